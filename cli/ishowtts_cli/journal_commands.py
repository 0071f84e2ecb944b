"""`ishowtts journal`: what people type to see what became of messages."""

# Typer makes an option of each parameter.
# ruff: noqa: FBT002, PLR0913, PLR0917

from pathlib import Path
from typing import Annotated

import typer

from ishowtts_cli.options import Config, Debug, Json, finish

journal_app = typer.Typer(
    help="What became of every message. Works while the filter runs, and while it does not.",
    invoke_without_command=True,
)

SHOWN = 20

Instance = Annotated[str, typer.Option("--instance", help="Whose journal, of several filters.")]
Room = Annotated[str | None, typer.Option("--room", help="Only this room.")]
Outcome = Annotated[
    str | None,
    typer.Option(
        "--outcome",
        help="spoken, expired, cancelled, shed, failed, rejected or open.",
    ),
]
Author = Annotated[str | None, typer.Option("--author", help="Only this author, by name or id.")]
Since = Annotated[
    str | None, typer.Option("--since", help="A time (2026-01-31T20:00) or an age: 10m, 2h, 1d.")
]
Format = Annotated[str, typer.Option("--format", help="jsonl or csv.")]


@journal_app.callback()
def main(context: typer.Context, config: Config = None, debug: Debug = False) -> None:
    """Without a command: the latest messages."""
    if context.invoked_subcommand is None:
        show(config=config, debug=debug)


@journal_app.command()
def show(
    room: Room = None,
    outcome: Outcome = None,
    author: Author = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The latest so many.")] = SHOWN,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="And every message that ends, until Ctrl-C.")
    ] = False,
    instance: Instance = "1",
    config: Config = None,
    debug: Debug = False,
) -> None:
    """The latest messages, and how they ended."""

    def action() -> None:
        from ishowtts_cli import journal as command

        wanted = command.wanted(room, outcome, author, since)
        command.show(config, instance, wanted, limit, follow=follow)

    finish(action, "error", debug=debug)


@journal_app.command()
def export(
    format_: Format = "jsonl",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
    ] = None,
    room: Room = None,
    outcome: Outcome = None,
    author: Author = None,
    since: Since = None,
    instance: Instance = "1",
    config: Config = None,
    debug: Debug = False,
) -> None:
    """Every message with all that is known of it, oldest first."""

    def action() -> None:
        from ishowtts_cli import journal as command

        wanted = command.wanted(room, outcome, author, since)
        command.export(config, instance, wanted, format_, output)

    finish(action, "error", debug=debug)


@journal_app.command()
def counts(
    json: Json = False, instance: Instance = "1", config: Config = None, debug: Debug = False
) -> None:
    """How many messages came in, and how many ended how."""

    def action() -> None:
        from ishowtts_cli import journal as command

        command.counts(config, instance, as_json=json)

    finish(action, "error", debug=debug)
