"""Engines that live in an environment of their own, with a torch that fits the machine."""

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ishowtts_cli.errors import CliError, ExitCode

_FOLDER = Path(__file__).resolve().parents[2] / ".local"
"""Of a checkout; the script `just` makes the environments there."""
_NEEDS = {"f5": "torch"}
"""Engine to the module that only its environment has."""


def own_interpreter(engine: str) -> str | None:
    """The Python of an engine's own environment, or None."""
    found = _FOLDER / engine / "bin" / "python"
    return str(found) if engine in _NEEDS and found.is_file() else None


def interpreter(engine: str) -> str:
    """The Python that runs an engine.

    Raises:
        CliError: The engine is not installed.
    """
    own = own_interpreter(engine)
    if own is not None:
        return own
    if engine in _NEEDS and importlib.util.find_spec(_NEEDS[engine]) is None:
        raise CliError(not_installed(engine), ExitCode.USAGE)
    return sys.executable


def not_installed(engine: str) -> str:
    """What to do about it, in one sentence."""
    return f"the engine {engine} is not installed; run ./just install-{engine} (docs/{engine}.md)"


def enter(engine: str, words: Sequence[str]) -> None:
    """Go on in the engine's environment, with the same command line; return where we are in it.

    Raises:
        CliError: The engine is not installed.
    """
    wanted = interpreter(engine)
    if wanted == sys.executable or Path(wanted).parents[1].samefile(sys.prefix):
        return
    sys.stdout.flush()
    sys.stderr.flush()
    # To become it, not to start it: signals and the exit status are its own.
    os.execv(wanted, [wanted, "-m", "ishowtts_cli", *words])  # noqa: S606
