"""How a command ends: one sentence for the person, one status for the script.

CliError    the command cannot do what it was asked; the text says why
"""

import sys
import traceback
from collections.abc import Callable
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit statuses of `ishowtts`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    """Wrong command line or configuration."""
    INTERRUPTED = 130


class CliError(Exception):
    """The command cannot do what it was asked; the text is one sentence for a person."""

    def __init__(self, text: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(text)
        self.code = code


_EXTRAS = {
    "regex": "filter",
    "aiohttp": "chat",
    "aiohttp_socks": "chat",
    "brotli": "chat",
    "litestar": "player",
    "uvicorn": "player",
    "prometheus_client": "player",
    "espeakng_loader": "espeak",
    "numpy": "espeak",
    "soxr": "espeak",
    "httpx": "bench",
    "matplotlib": "bench",
    "psutil": "bench",
}
"""Module to the extra that installs it."""


def run_guarded(action: Callable[[], int | None], *, debug: bool = False) -> int:
    """Run a command and turn whatever it raises into a sentence and a status."""
    try:
        return action() or ExitCode.OK
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:  # noqa: BLE001, nothing is above but the shell
        if debug:
            traceback.print_exc()
        text, code = _explain(error)
        sys.stderr.write(f"ishowtts: {text}\n")
        return code


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """What to install for a module that is missing; None where it is not ours to install."""
    module = (error.name or "").partition(".")[0]
    extra = _EXTRAS.get(module)
    if extra is None:
        return None
    return f"{module} is missing; install it with: pip install 'ishowtts[{extra}]'"


def _explain(error: Exception) -> tuple[str, ExitCode]:
    from ishowtts_bus import BusError, NodeError, SettingsError

    if isinstance(error, CliError):
        return str(error), error.code
    if isinstance(error, SettingsError):
        return str(error), ExitCode.USAGE
    if isinstance(error, (BusError, NodeError)):
        return str(error), ExitCode.FAILED
    if isinstance(error, ModuleNotFoundError) and (hint := missing_extra(error)):
        return hint, ExitCode.FAILED
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}", ExitCode.FAILED
    text = f"internal error: {type(error).__name__}: {error} (--debug shows where)"
    return text, ExitCode.FAILED


def _reader_gone() -> int:
    """`ishowtts tail | head` is not a failure; do not fail at exit while flushing either."""
    sys.stdout = None
    return ExitCode.OK
