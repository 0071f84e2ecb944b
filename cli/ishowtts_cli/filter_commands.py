"""`ishowtts filter`: what people type to see what the filter does."""

# Typer makes an option of each parameter.
# ruff: noqa: FBT002, PLR0913, PLR0917

from typing import Annotated

import typer

from ishowtts_cli.options import Config, Debug, Json, finish
from ishowtts_schemas.chat import ChatKind


def explain(
    text: Annotated[str, typer.Argument(help="As it stands in chat; - reads lines from stdin.")],
    author: Annotated[str, typer.Option(help="Name of who wrote it.")] = "",
    platform: Annotated[str, typer.Option(help="mqtt, twitch, bilibili, youtube.")] = "",
    tags: Annotated[
        str, typer.Option(help="Twitch's IRC tags: emotes=25:0-4;badges=moderator/1")
    ] = "",
    kind: Annotated[
        ChatKind | None, typer.Option(help="What it is, if not chat.", show_default=False)
    ] = None,
    room: Annotated[str, typer.Option(help="Room in which it is spoken.")] = "main",
    bare: Annotated[
        bool, typer.Option("--bare", help="The text alone, without what is said around it.")
    ] = False,
    json: Json = False,
    config: Config = None,
    debug: Debug = False,
) -> None:
    """What each rule makes of a text, and what is spoken; without a broker."""

    def action() -> None:
        from ishowtts_cli import explain as command

        circumstances = command.Circumstances(author, platform, tags, kind, room)
        command.explain(text, circumstances, config, bare=bare, as_json=json)

    finish(action, "error", debug=debug)
