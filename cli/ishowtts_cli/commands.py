"""The commands that people type. Each imports what it needs when it is called."""

# Typer makes an option of each parameter.
# ruff: noqa: FBT002, PLR0913, PLR0917

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ishowtts_cli.danmaku_commands import danmaku_app
from ishowtts_cli.errors import ExitCode
from ishowtts_cli.f5_commands import f5_app
from ishowtts_cli.filter_commands import explain
from ishowtts_cli.journal_commands import journal_app
from ishowtts_cli.logs import DEFAULT_LEVEL
from ishowtts_cli.nodes import NODES, main_node
from ishowtts_cli.options import Config, Debug, Json, LogLevel, finish
from ishowtts_cli.voice_commands import voices_app

app = typer.Typer(
    name="ishowtts",
    help="Reads chat aloud: text on MQTT in, speech in a browser out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(no_args_is_help=True, help="What is configured, and where it comes from.")
app.add_typer(config_app, name="config")
app.add_typer(danmaku_app, name="danmaku")
app.add_typer(f5_app, name="f5")
app.add_typer(journal_app, name="journal")
app.add_typer(voices_app, name="voices")

Room = Annotated[str | None, typer.Option("--room", help="Only this room.")]


def main_typer(argv: Sequence[str]) -> int:
    """Run a command line.

    Returns:
        An exit status.
    """
    try:
        code = app(args=list(argv), prog_name="ishowtts", standalone_mode=True)
    except SystemExit as end:
        code = end.code
    return code if isinstance(code, int) else ExitCode.OK


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="What to say; - reads it from standard input.")],
    voice: Annotated[str | None, typer.Option(help="See `ishowtts status --voices`.")] = None,
    engine: Annotated[str | None, typer.Option(help="Engine that speaks.")] = None,
    speed: Annotated[float, typer.Option(min=0.25, max=4.0, help="Speaking rate.")] = 1.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a WAV file; - is stdout.")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Speak here, without a broker.")] = False,
    room: Annotated[
        str | None, typer.Option(help="Let this room's listeners hear it, as if it were chat.")
    ] = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Speak a text and play it, or write it to a file."""
    if room is not None and (local or output is not None):
        raise typer.BadParameter("goes neither with --local nor with -o", param_hint="--room")

    def action() -> None:
        from ishowtts_cli import say as command
        from ishowtts_cli.wish import Wish

        wish = Wish(text, voice, engine, speed)
        if room is not None:
            command.say_in_room(wish, room, config)
        else:
            command.say(wish, output, config, local=local)

    finish(action, log_level, debug=debug)


@app.command()
def status(
    json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Until Ctrl-C.")] = False,
    voices: Annotated[bool, typer.Option("--voices", help="List the voices too.")] = False,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Nodes, engines, voices, queue and rooms of the running pipeline."""

    def action() -> None:
        from ishowtts_cli import status as command

        command.status(config, as_json=json, watch=watch, voices=voices)

    finish(action, log_level, debug=debug)


@app.command()
def tail(
    topic: Annotated[
        list[str] | None, typer.Option("--topic", "-t", help="Only this topic; may be repeated.")
    ] = None,
    room: Room = None,
    raw: Annotated[bool, typer.Option("--raw", help="Show bytes in full, as base64.")] = False,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Every message on the bus, decoded, one JSON line each."""

    def action() -> None:
        from ishowtts_cli import tail as command

        command.tail(topic or [], room, config, raw=raw)

    finish(action, log_level, debug=debug)


@app.command()
def doctor(
    json: Json = False,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """What is installed, what can run and why not, and whether the GPU is really used."""

    def action() -> int:
        from ishowtts_cli import doctor as command

        return command.doctor(config, as_json=json)

    finish(action, log_level, debug=debug)


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="A minute instead of several.")] = False,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the JSON and the plot.")
    ] = Path("bench/results"),
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Measure latency, throughput, listeners, start and memory of a pipeline of its own."""

    def action() -> int:
        from ishowtts_cli.bench import command

        return command.bench(output, quick=quick)

    finish(action, log_level, debug=debug)


@app.command("run-all")
def run_all(
    wait: Annotated[float, typer.Option(min=1, help="Seconds until all must be ready.")] = 60.0,
    warmup: Annotated[bool, typer.Option("--warmup", help="Warm the engine up first.")] = False,
    config: Config = None,
    log_level: LogLevel = DEFAULT_LEVEL,
    debug: Debug = False,
) -> None:
    """Start the broker and every node, and keep them running until Ctrl-C."""

    def action() -> int:
        from ishowtts_cli.supervisor import run_all as command

        return command.main(config, wait, warmup=warmup)

    finish(action, log_level, debug=debug)


@config_app.command("show")
def config_show(json: Json = False, config: Config = None, debug: Debug = False) -> None:
    """Every value and where it comes from; secrets are masked."""

    def action() -> None:
        from ishowtts_cli import config as command

        command.show(config, as_json=json)

    finish(action, DEFAULT_LEVEL, debug=debug)


@config_app.command("check")
def config_check(
    path: Annotated[Path | None, typer.Argument(show_default=False)] = None,
    config: Config = None,
    debug: Debug = False,
) -> None:
    """Find mistakes in a configuration file and in ISHOWTTS__ variables."""

    def action() -> None:
        from ishowtts_cli import config as command

        command.check(path or config)

    finish(action, DEFAULT_LEVEL, debug=debug)


@config_app.command("default")
def config_default(debug: Debug = False) -> None:
    """Print the file with every key at its default."""

    def action() -> None:
        import sys

        from ishowtts_cli import config as command

        sys.stdout.write(command.default_text())

    finish(action, DEFAULT_LEVEL, debug=debug)


@config_app.command("check-default")
def config_check_default(debug: Debug = False) -> None:
    """Fail where config/ishowtts.toml is not what `default` prints; for `just check`."""

    def action() -> None:
        from ishowtts_cli import config as command

        command.check_default()

    finish(action, DEFAULT_LEVEL, debug=debug)


def _add_node(kind: str) -> typer.Typer:
    """`run` is for help only: `ishowtts_cli.app` runs nodes before this module is imported."""
    group = typer.Typer(no_args_is_help=True, help=f"The {kind} node: {NODES[kind].summary}.")

    @group.command("run", context_settings={"ignore_unknown_options": True})
    def run(words: Annotated[list[str] | None, typer.Argument(hidden=True)] = None) -> None:
        raise typer.Exit(main_node([kind, "run", *(words or [])]))

    run.__doc__ = f"Run the {kind} node in this terminal."
    app.add_typer(group, name=kind, rich_help_panel="Nodes")
    return group


_node_apps = {_kind: _add_node(_kind) for _kind in NODES}
# `-5` is a text too.
_node_apps["filter"].command(context_settings={"ignore_unknown_options": True})(explain)
