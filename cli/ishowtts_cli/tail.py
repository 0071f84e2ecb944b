"""`ishowtts tail`: every message on the bus, decoded, one JSON line each."""

import asyncio
import base64
import difflib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ishowtts_bus import BrokerSettings, Bus, Invalid, Received
from ishowtts_cli.client import connected, run_async
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import load_settings
from ishowtts_schemas import TOPICS, Topic, is_slug

MAX_WAITING = 1000
_HIDDEN = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}

Line = dict[str, Any]


def tail(names: list[str], room: str | None, config: Path | None, *, raw: bool) -> None:
    """Print messages until interrupted.

    Args:
        names: Topics by name; empty for all.
        room: Only this room's; topics without a room are left out then.
        config: The configuration file.
        raw: Whether to show bytes in full, as base64, instead of their number.

    Raises:
        CliError: No such topic, or no broker.
    """
    topics = _choose(names, room)
    broker = load_settings(config).broker
    run_async(_tail(topics, room, broker, raw=raw))


def _choose(names: list[str], room: str | None) -> list[Topic[Any]]:
    known = {topic.name: topic for topic in TOPICS}
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
            raise CliError(f"no topic {name!r}; {hint}", ExitCode.USAGE)
    if room is not None and not is_slug(room):
        raise CliError(f"room {room!r} may hold a-z, 0-9, _ and - only", ExitCode.USAGE)
    chosen = [known[name] for name in names] or list(TOPICS)
    return [topic for topic in chosen if room is None or "room" in topic.levels]


async def _tail(
    topics: list[Topic[Any]], room: str | None, broker: BrokerSettings, *, raw: bool
) -> None:
    async with connected(broker) as bus:
        lines = _Lines(raw=raw)
        for topic in topics:
            lines.hear(bus, topic, room)
        while True:
            sys.stdout.write(to_json_line(await lines.next()) + "\n")
            sys.stdout.flush()


class _Lines:
    """Messages on their way to the terminal; a slow terminal misses some, and is told."""

    def __init__(self, *, raw: bool) -> None:
        self._raw = raw
        self._waiting: asyncio.Queue[Line] = asyncio.Queue(MAX_WAITING)
        self._missed = 0

    def hear(self, bus: Bus, topic: Topic[Any], room: str | None) -> None:
        if room is None:
            bus.subscribe(topic, self._on_message, on_invalid=self._on_invalid)
        else:
            bus.subscribe(topic, self._on_message, on_invalid=self._on_invalid, room=room)

    async def next(self) -> Line:
        if self._missed and self._waiting.empty():
            missed, self._missed = self._missed, 0
            return {"missed": missed}
        return await self._waiting.get()

    def _on_message(self, received: Received[Any]) -> None:
        self._put(describe(received, raw=self._raw))

    def _on_invalid(self, invalid: Invalid) -> None:
        self._put(describe_invalid(invalid))

    def _put(self, line: Line) -> None:
        try:
            self._waiting.put_nowait(
                {"at": datetime.now().astimezone().isoformat("T", "milliseconds")} | line
            )
        except asyncio.QueueFull:
            self._missed += 1


def describe(received: Received[Any], *, raw: bool = False) -> Line:
    """A message as plain data that JSON can hold."""
    plain = msgspec.to_builtins(received.message, builtin_types=(bytes,))
    line: Line = {"topic": received.topic.name, **received.ids}
    if received.retained:
        line["retained"] = True
    if received.reply_to is not None:
        line["reply_to"] = received.reply_to.address
    return line | {"message": _shown(plain, raw=raw)}


def describe_invalid(invalid: Invalid) -> Line:
    """What was wrong with a payload."""
    error = {"reason": invalid.error.reason, "detail": str(invalid.error)}
    return {"topic": invalid.topic.name, **invalid.ids, "invalid": error}


def to_json_line(line: Line) -> str:
    """One line, whatever the message holds; nothing in it moves a terminal's cursor."""
    return json.dumps(line, ensure_ascii=False).translate(_HIDDEN)


def _shown(value: Any, *, raw: bool) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode() if raw else f"<{len(value)} bytes>"
    if isinstance(value, dict):
        return {str(key): _shown(item, raw=raw) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item, raw=raw) for item in value]
    return value
