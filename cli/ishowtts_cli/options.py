"""Options that many commands have, and how every command ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ishowtts_cli.errors import run_guarded
from ishowtts_cli.logs import LEVELS, set_up_logging

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="ISHOWTTS_CONFIG",
        help="Configuration file; else config/ishowtts.toml, else built-in defaults.",
        show_default=False,
    ),
]
LogLevel = Annotated[str, typer.Option("--log-level", help=" | ".join(LEVELS))]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def finish(action: Callable[[], int | None], log_level: str, *, debug: bool) -> None:
    """Do what a command does and exit with its status."""
    if log_level not in LEVELS:
        raise typer.BadParameter(f"not one of {', '.join(LEVELS)}", param_hint="--log-level")
    set_up_logging("cli", log_level)
    raise typer.Exit(run_guarded(action, debug=debug))
