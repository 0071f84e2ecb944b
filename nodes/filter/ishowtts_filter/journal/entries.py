"""From messages and utterances to the journal's records, and back."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from ishowtts_filter.actions import Ask
from ishowtts_filter.journal.records import (
    Arrival,
    Asked,
    End,
    OpenRow,
    Reached,
    Taken,
    to_json,
)
from ishowtts_filter.utterance import Utterance, utterance_id
from ishowtts_schemas import ChatMessage, SpeechPart, SpeechTaken

NS = 1_000_000_000

_DECODER = msgspec.json.Decoder(Utterance)


def accepted(message: ChatMessage, utterance: Utterance, left_s: float, now_ns: int) -> Arrival:
    """A message that is to be spoken.

    Args:
        message: As it was received.
        utterance: What became of it.
        left_s: How long it may wait.
        now_ns: Wall clock.
    """
    return _arrival(
        message,
        now_ns,
        utterance_id=utterance.id,
        priority=utterance.priority,
        spoken=utterance.spoken,
        expires_at_ns=now_ns + round(left_s * NS),
        utterance=to_json(utterance).decode(),
    )


def rejected(message: ChatMessage, rule: str, reason: str, now_ns: int) -> Arrival:
    """A message that is not spoken."""
    return _arrival(
        message,
        now_ns,
        utterance_id=utterance_id(message),
        priority=message.priority,
        state="ended",
        outcome="rejected",
        rule=rule,
        reason=reason,
        ended_at_ns=now_ns,
    )


def asked(ask: Ask, now_ns: int) -> list[Asked]:
    """A request, for the utterance and for those that are spoken with it."""
    merged = ask.utterance.merged
    # What was written of a carrier when it came was about itself alone.
    whole = ask.text == ask.utterance.spoken and not merged
    own = Asked(
        utterance_id=ask.utterance.id,
        engine=ask.engine,
        voice=ask.voice,
        attempt=ask.attempt,
        asked_at_ns=now_ns,
        words=None if whole else ask.text,
        offset=ask.offset,
    )
    return [own, *(replace(own, utterance_id=one, carrier=own.utterance_id) for one in merged)]


def taken(progress: SpeechTaken) -> Taken:
    """Who has it."""
    return Taken(
        utterance_id=progress.utterance_id,
        attempt=progress.attempt,
        synth=progress.instance,
        incarnation=progress.incarnation,
    )


def reached(part: SpeechPart) -> Reached:
    """How far it is."""
    return Reached(
        utterance_id=part.utterance_id,
        attempt=part.attempt,
        chars=part.chars,
        samples=part.samples,
    )


def unreadable(row: OpenRow, error: str, now_ns: int) -> End:
    """The end of an utterance that another release wrote."""
    reason = f"this release cannot read it: {error}"
    return End(utterance_id=row.utterance_id, outcome="failed", reason=reason, ended_at_ns=now_ns)


def utterance(written: str) -> Utterance:
    """As it was written down; its times are those of the process that did.

    Raises:
        msgspec.DecodeError: Another release wrote what this one cannot read.
    """
    return _DECODER.decode(written)


def restored(row: OpenRow, paused: Mapping[str, int], now: float, now_ns: int) -> Utterance:
    """The utterance of an open row, by this process's clock.

    Args:
        row: As the last filter left it.
        paused: Rooms that are paused, and since when.
        now: Monotonic seconds.
        now_ns: Wall clock.

    Raises:
        msgspec.DecodeError: Another release wrote what this one cannot read.
    """
    waiting = utterance(row.utterance)
    paused_at_ns = max(paused.get(waiting.room, now_ns), row.decided_at_ns)
    held_ns = max(0, now_ns - paused_at_ns)
    left_ns = row.expires_at_ns + held_ns - now_ns
    # A clock that was set back makes nobody immortal.
    whole_ns = row.expires_at_ns - row.decided_at_ns
    return replace(waiting, expires_at=now + min(left_ns, whole_ns) / NS)


def _arrival(message: ChatMessage, now_ns: int, **decision: Any) -> Arrival:
    return Arrival(
        platform=message.platform,
        message_id=message.id,
        room=message.room,
        author=message.author.name,
        author_id=message.author.id,
        kind=message.kind,
        text=message.text,
        received_at_ns=message.received_at_ns,
        decided_at_ns=now_ns,
        **decision,
    )
