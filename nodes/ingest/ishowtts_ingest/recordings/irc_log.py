"""Raw IRC logs of Twitch's chat: a line of the wire per line, perhaps with a time before it."""

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from ishowtts_ingest.lines import MAX_LINE_BYTES
from ishowtts_ingest.recordings.base import Recorded, Unreadable
from ishowtts_ingest.recordings.jsonl import read_lines
from ishowtts_ingest.source import Channel
from ishowtts_ingest.twitch.events import Options, read_event
from ishowtts_ingest.twitch.irc import IrcError, Line, parse_line
from ishowtts_schemas import ChatMessage, ChatModeration

_STAMP = re.compile(
    r"\[?(\d{4}-\d\d-\d\d)?[ T]?(\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?"
    r"(Z|[+-]\d\d:?\d\d)?\]?(?:[ \t]+[<>]?[ \t]*)"
)
_NO_DATE = "1970-01-01"
_OPTIONS = Options(new_id=str)


def read_irc_log(path: Path) -> Iterator[Recorded | Unreadable]:
    """The chat of a log; what belongs to the protocol alone is left out.

    The times are those that Twitch wrote into the lines, or those before the lines: the kind
    that the first message has counts for all, because the two clocks may be hours apart.

    Raises:
        OSError: The file cannot be read.
    """
    by_twitch: bool | None = None
    for number, raw in enumerate(read_lines(path), 1):
        try:
            found = _read(raw)
        except IrcError as error:
            kind = "oversized" if len(raw) > MAX_LINE_BYTES else "malformed"
            yield Unreadable(number, kind, str(error))
            continue
        if found is None:
            continue
        if by_twitch is None:
            by_twitch = found.sent_ms is not None
        yield Recorded(number, found.sent_ms if by_twitch else found.stamped_ms, found.event)


class _Found(NamedTuple):
    event: ChatMessage | ChatModeration
    sent_ms: float | None
    stamped_ms: float | None


def _read(raw: bytes) -> _Found | None:
    """One line; None where it is no chat.

    Raises:
        IrcError: It is no line of IRC.
    """
    if len(raw) > MAX_LINE_BYTES:
        raise IrcError(f"more than {MAX_LINE_BYTES} bytes")
    text = raw.decode(errors="replace").strip("\r\n\ufeff")
    if not text.strip():
        return None
    stamp = _STAMP.match(text)
    line = parse_line(text[stamp.end() :] if stamp else text.lstrip("<> \t"))
    event = read_event(line, Channel(line.channel, room=""), 0, _OPTIONS).event
    if event is None:
        return None
    return _Found(event, _sent_ms(line), _stamp_ms(stamp) if stamp else None)


def _stamp_ms(stamp: "re.Match[str]") -> float | None:
    """Milliseconds since the epoch; a time without a date counts from midnight."""
    date, clock, fraction, zone = stamp.groups()
    text = f"{date or _NO_DATE}T{clock}.{(fraction or '0')[:6].ljust(6, '0')}"
    try:
        at = datetime.fromisoformat(text)
        offset = datetime.strptime((zone or "Z").replace("Z", "+0000"), "%z").utcoffset()
    except ValueError:
        return None
    if offset is not None:
        at -= offset
    return at.replace(tzinfo=timezone.utc).timestamp() * 1000


def _sent_ms(line: Line) -> float | None:
    sent = line.tags.get("tmi-sent-ts", "")
    return float(sent) if re.fullmatch("[0-9]{1,14}", sent) else None
