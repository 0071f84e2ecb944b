"""What `run-all` decides: when to restart, who is ready, how a log line looks. No I/O."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ishowtts_cli.settings import RunSettings
from ishowtts_schemas import NodeState

NodeKey = tuple[str, str]
"""Kind and instance."""

MAX_LINE_BYTES = 16 * 1024
_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93)
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(9), *range(10, 32), *range(0x7F, 0xA0))}


class Backoff:
    """How long to wait before the next start: doubling, jittered, anew after a long life."""

    def __init__(self, settings: RunSettings, jitter: Callable[[], float]) -> None:
        """Remember the limits.

        Args:
            settings: First and longest wait, and the life after which they begin anew.
            jitter: Draws a factor around 1.
        """
        self._settings = settings
        self._jitter = jitter
        self._deaths = 0

    def next_s(self, lived_s: float) -> float:
        """The wait after a death at this age."""
        settings = self._settings
        if lived_s >= settings.restart_reset_s:
            self._deaths = 0
        doubled = settings.restart_first_s * 2.0 ** min(self._deaths, 32)
        self._deaths += 1
        return min(doubled * self._jitter(), settings.restart_max_s)


class LineSplitter:
    """Turns what a process writes into lines that are safe to show, each of bounded length."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Complete lines; a longer one than `MAX_LINE_BYTES` comes in pieces."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > MAX_LINE_BYTES:
            lines.append(self._rest[:MAX_LINE_BYTES])
            self._rest = self._rest[MAX_LINE_BYTES:]
        return [_printable(line) for line in lines]

    def flush(self) -> list[str]:
        """What stands after the last line break."""
        rest, self._rest = self._rest, b""
        return [_printable(rest)] if rest else []


def _printable(line: bytes) -> str:
    """Escapes are shown, not obeyed: chat text must not reach the terminal as commands."""
    return line.decode("utf-8", "backslashreplace").rstrip("\r").translate(_ESCAPES)


class Prefixes:
    """Aligned names before log lines, each in a colour of its own."""

    def __init__(self, names: list[str], *, colour: bool) -> None:
        self._width = max(map(len, names))
        self._colours = {name: _COLOURS[n % len(_COLOURS)] for n, name in enumerate(names)}
        self._colour = colour

    def line(self, name: str, text: str) -> str:
        padded = f"{name:<{self._width}} |"
        if self._colour:
            padded = f"\x1b[{self._colours[name]}m{padded}\x1b[0m"
        return f"{padded} {text}"


@dataclass
class _Watched:
    name: str
    pid: int | None = None
    health: str = ""
    reason: str = "it has not said anything yet"


@dataclass
class Readiness:
    """Which node is ready. Retained states of earlier processes do not count.

    Attributes:
        names: Every node that must become ready, and what people call it.
    """

    names: Mapping[NodeKey, str]
    _watched: dict[NodeKey, _Watched] = field(init=False)

    def __post_init__(self) -> None:
        self._watched = {key: _Watched(name) for key, name in self.names.items()}

    def started(self, key: NodeKey, pid: int) -> None:
        """A process was started for the node."""
        self._watched[key].pid = pid
        self._watched[key].health = "starting"

    def ended(self, key: NodeKey, reason: str) -> None:
        """Its process is gone."""
        watched = self._watched[key]
        watched.pid, watched.health, watched.reason = None, "offline", reason

    def heard(self, state: NodeState) -> None:
        """A presence message came."""
        watched = self._watched.get((state.node, state.instance))
        if watched is not None and watched.pid == state.pid:
            watched.health = state.health
            watched.reason = state.detail or f"it says that it is {state.health}"

    def pending(self) -> dict[str, str]:
        """Nodes that are not ready, and why."""
        return {one.name: one.reason for one in self._watched.values() if one.health != "ready"}


def describe_exit(code: int) -> str:
    """How a process ended, in words: `"was killed by SIGKILL"`."""
    if code >= 0:
        return f"ended with status {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
