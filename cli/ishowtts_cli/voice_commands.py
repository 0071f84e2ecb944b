"""`ishowtts voices`: what people type to change the voices that engines clone."""

# Typer makes an option of each parameter.
# ruff: noqa: FBT002, PLR0913, PLR0917

from pathlib import Path
from typing import Annotated

import typer

from ishowtts_cli.options import Config, Debug, Json, LogLevel, finish

voices_app = typer.Typer(no_args_is_help=True, help="The voices that engines clone.")

Voice = Annotated[str, typer.Argument(help="The voice's name: a-z, 0-9, _ and -.")]
Instance = Annotated[
    str | None,
    typer.Option(help="Which player node, where several run.", show_default=False),
]


@voices_app.command()
def add(
    voice: Voice,
    clip: Annotated[
        Path | None,
        typer.Argument(help="The clip: wav, mp3, flac, ogg, opus or m4a.", show_default=False),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="What is said in it, word for word.", show_default=False)
    ] = None,
    label: Annotated[str, typer.Option(help="What people see.", show_default=False)] = "",
    language: Annotated[
        str | None, typer.Option(help="BCP 47, as en or zh-CN.", show_default=False)
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(help="Only for this engine; may be repeated.", show_default=False),
    ] = None,
    licence: Annotated[
        str, typer.Option(help="Whose voice, and what it may be used for.", show_default=False)
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Lay clip or text over a voice that is there.")
    ] = False,
    json: Json = False,
    instance: Instance = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Add a voice: 5 to 12 s of one person are best. It is kept over restarts."""

    def action() -> None:
        from ishowtts_cli import voices as command

        new = command.NewVoice(
            voice, clip, text, label, language, tuple(engine or ()), licence, replace
        )
        command.add(new, instance, config, as_json=json)

    finish(action, log_level, debug=debug)


@voices_app.command("list")
def list_(
    json: Json = False,
    instance: Instance = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """The voices, and which synths speak them."""

    def action() -> None:
        from ishowtts_cli import voices as command

        command.list_all(instance, config, as_json=json)

    finish(action, log_level, debug=debug)


@voices_app.command()
def show(
    voice: Voice,
    json: Json = False,
    instance: Instance = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """All that is known of one voice."""

    def action() -> None:
        from ishowtts_cli import voices as command

        command.show(voice, instance, config, as_json=json)

    finish(action, log_level, debug=debug)


@voices_app.command()
def reset(
    voice: Voice,
    json: Json = False,
    instance: Instance = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Take away what was laid over a voice."""

    def action() -> None:
        from ishowtts_cli import voices as command

        command.reset(voice, instance, config, as_json=json)

    finish(action, log_level, debug=debug)


@voices_app.command()
def remove(
    voice: Voice,
    instance: Instance = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Forget a voice that was added; one of the file is taken out there."""

    def action() -> None:
        from ishowtts_cli import voices as command

        command.remove(voice, instance, config)

    finish(action, log_level, debug=debug)
