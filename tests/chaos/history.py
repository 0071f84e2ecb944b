"""Checks a run from the outside: what was accepted, what was heard, and whether they agree.

The journal says what the filter promised; the audio topic says what came of it. A listener is
modelled by the published rule: samples below the offset that it has are left out.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ishowtts_schemas import SAMPLE_BYTES, AudioChunk, AudioEvent, AudioStart, AudioStop

NS = 1_000_000_000
FIRST_AUDIO_S = 0.5
"""What began in time may have its first audio so much later."""


@dataclass(frozen=True)
class JournalRow:
    """One message as the filter's journal has it."""

    message_id: str
    utterance_id: str
    outcome: str | None
    received_at_ns: int
    reason: str = ""


@dataclass
class Heard:
    """One utterance as a listener heard it.

    Attributes:
        samples: How many, without a gap, from the start.
        starts: Attempts whose start was heard of.
        gaps: Samples that never came before later ones did.
        complete: A rendition reached its end.
        length: Its samples, by the synth.
        repeated: Samples that were sent again, and left out by offset.
        after_end: Samples that a listener would hear after the end.
    """

    message_id: str | None = None
    samples: int = 0
    starts: list[int] = field(default_factory=list)
    first_started_at_ns: int = 0
    gaps: int = 0
    complete: bool = False
    length: int = 0
    repeated: int = 0
    after_end: int = 0

    def take(self, chunk: AudioChunk) -> None:
        count = len(chunk.pcm) // SAMPLE_BYTES
        end = chunk.offset + count
        new = max(0, end - max(self.samples, chunk.offset))
        self.repeated += count - new
        if self.complete:
            self.after_end += new
            return
        self.gaps += max(0, chunk.offset - self.samples)
        self.samples = max(self.samples, end)


@dataclass(frozen=True)
class Report:
    """What the checker found.

    Attributes:
        violations: Sentences; none is a pass.
        counts: What there was of everything.
    """

    violations: tuple[str, ...]
    counts: dict[str, int]

    @property
    def passed(self) -> bool:
        return not self.violations


def read_journal(path: Path) -> list[JournalRow]:
    """All rows, in order of acceptance."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = database.execute(
            "SELECT message_id, utterance_id, outcome, received_at_ns, reason"
            " FROM message ORDER BY seq"
        ).fetchall()
    finally:
        database.close()
    return [JournalRow(*row) for row in rows]


def listen(events: Iterable[AudioEvent]) -> dict[str, Heard]:
    """What a listener made of the audio topic, by utterance."""
    heard: dict[str, Heard] = defaultdict(Heard)
    for event in events:
        one = heard[event.utterance_id]
        if isinstance(event, AudioStart):
            one.message_id = event.message_id
            one.starts.append(event.attempt)
            one.first_started_at_ns = one.first_started_at_ns or event.started_at_ns
        elif isinstance(event, AudioChunk):
            one.take(event)
        elif isinstance(event, AudioStop) and event.reason == "done":
            one.complete, one.length = True, event.samples
    return dict(heard)


def check(
    published: set[str], rows: list[JournalRow], heard: dict[str, Heard], ttl_s: float
) -> Report:
    """Hold promises against what was heard."""
    accepted = [row for row in rows if row.outcome != "rejected"]
    violations = [
        *_ends(accepted),
        *_heard_whole(accepted, heard),
        *_heard_once(accepted, heard),
        *_in_time(accepted, heard, ttl_s),
    ]
    known = {row.message_id for row in rows}
    outcomes = Counter(f"accepted, {row.outcome or 'open'}" for row in accepted)
    counts = {
        "published": len(published),
        "never reached the filter": len(published - known),
        "journal rows": len(rows),
        "rejected": len(rows) - len(accepted),
        **dict(sorted(outcomes.items())),
        "utterances with audio": len(heard),
        "second attempts": sum(len(one.starts) > 1 for one in heard.values()),
        "samples sent again and left out": sum(one.repeated for one in heard.values()),
    }
    return Report(tuple(violations), counts)


def _ends(accepted: list[JournalRow]) -> list[str]:
    return [f"{row.message_id}: accepted and lost" for row in accepted if row.outcome is None]


def _heard_whole(accepted: list[JournalRow], heard: dict[str, Heard]) -> list[str]:
    found: list[str] = []
    for row in accepted:
        if row.outcome != "spoken":
            continue
        one = heard.get(row.utterance_id, Heard())
        if not one.complete:
            found.append(f"{row.message_id}: spoken, but its end was not heard")
        elif one.gaps or one.samples < one.length:
            missing = one.gaps + one.length - one.samples
            found.append(f"{row.message_id}: spoken, but {missing} samples were not heard")
    return found


def _heard_once(accepted: list[JournalRow], heard: dict[str, Heard]) -> list[str]:
    found = [
        f"{one.message_id}: {one.after_end} samples were heard after its end"
        for one in heard.values()
        if one.after_end
    ]
    voices = Counter(one.message_id for one in heard.values() if one.samples)
    found += [f"{name}: spoken as {n} utterances" for name, n in voices.items() if n > 1]
    rows = Counter(row.message_id for row in accepted)
    found += [f"{name}: accepted {n} times" for name, n in rows.items() if n > 1]
    return found


def _in_time(accepted: list[JournalRow], heard: dict[str, Heard], ttl_s: float) -> list[str]:
    found: list[str] = []
    for row in accepted:
        one = heard.get(row.utterance_id)
        if one is None or not one.starts:
            continue
        late_s = (one.first_started_at_ns - row.received_at_ns) / NS - ttl_s
        if late_s > FIRST_AUDIO_S:
            found.append(f"{row.message_id}: began {late_s:.1f} s after its time to live")
    return found
