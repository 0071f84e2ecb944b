"""`ishowtts danmaku`: what people type to have channels read, or not."""

# Typer makes an option of each parameter.
# ruff: noqa: FBT002, PLR0913, PLR0917

from typing import Annotated

import typer

from ishowtts_cli.options import Config, Debug, Json, LogLevel, finish

danmaku_app = typer.Typer(no_args_is_help=True, help="The channels that are read aloud.")

Platform = Annotated[str, typer.Argument(help="twitch, bilibili or youtube; or a source's name.")]
Channel = Annotated[str, typer.Argument(help="Name, id or address of the channel.")]
Instance = Annotated[
    str | None,
    typer.Option(help="Which ingest node, where several run.", show_default=False),
]


@danmaku_app.command()
def start(
    platform: Platform,
    channel: Channel,
    room: Annotated[
        str | None, typer.Option(help="Room in which it is spoken.", show_default=False)
    ] = None,
    voice: Annotated[str | None, typer.Option(help="Voice of the channel.")] = None,
    engine: Annotated[str | None, typer.Option(help="Engine that speaks it.")] = None,
    instance: Instance = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Read a channel from now on, and again after a restart."""

    def action() -> None:
        from ishowtts_cli import danmaku as command

        wish = command.Wish(platform, channel, room, voice, engine)
        command.start(wish, instance, config)

    finish(action, log_level, debug=debug)


@danmaku_app.command()
def stop(
    platform: Platform,
    channel: Channel,
    instance: Instance = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Read a channel no more."""

    def action() -> None:
        from ishowtts_cli import danmaku as command

        command.stop(platform, channel, instance, config)

    finish(action, log_level, debug=debug)


@danmaku_app.command("list")
def list_(
    json: Json = False,
    instance: Instance = None,
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """The channels that are read, and how that goes."""

    def action() -> None:
        from ishowtts_cli import danmaku as command

        command.show(instance, config, as_json=json)

    finish(action, log_level, debug=debug)
