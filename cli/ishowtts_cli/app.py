"""The entry point. A node's process must stay small, so it never imports what people type into."""

import sys
from collections.abc import Sequence

from ishowtts_cli.nodes import NODES, main_node


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Words after the program's name; None takes the process's own.

    Returns:
        An exit status, see `ishowtts_cli.errors.ExitCode`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] and words[0] in NODES and words[1:2] == ["run"]:
        return main_node(words)
    from ishowtts_cli.commands import main_typer

    return main_typer(words)
