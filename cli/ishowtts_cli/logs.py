"""Logging of commands and nodes: one line each, safe to show."""

import logging
import sys
import traceback
from typing import TextIO

LEVELS = ("debug", "info", "warning", "error")
DEFAULT_LEVEL = "info"

_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), *range(0x7F, 0xA0))}


class OneLineFormatter(logging.Formatter):
    """`INFO filter: message`; an exception is its type, its text and where it was raised.

    Control characters are shown escaped: nobody in a chat can forge a line or colour one.
    """

    def __init__(self, node: str, *, tracebacks: bool = False) -> None:
        super().__init__()
        self._node = node
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname} {self._node}: {record.getMessage()}"
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line += f" ({_one_line(error)})"
        line = line.translate(_ESCAPES)
        if error is not None and self._tracebacks:
            line += "\n" + "".join(traceback.format_exception(error)).rstrip()
        return line


def _one_line(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def set_up_logging(node: str, level: str, stream: TextIO | None = None) -> None:
    """Log to stderr from `level` on; at `debug` with tracebacks.

    Args:
        node: Who speaks.
        level: One of `LEVELS`.
        stream: Where to, instead of stderr.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(OneLineFormatter(node, tracebacks=level == "debug"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
