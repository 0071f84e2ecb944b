"""The checker of histories finds each broken promise, and nothing where none is broken."""

from dataclasses import replace

import pytest

from ishowtts_schemas import AudioChunk, AudioEvent, AudioStart, AudioStop
from tests.chaos.history import NS, JournalRow, Report, check, listen

TTL_S = 60.0


def row(
    number: int = 1, outcome: str | None = "spoken", utterance: str | None = None
) -> JournalRow:
    return JournalRow(f"m{number}", utterance or f"u{number}", outcome, 0)


def start(number: int = 1, attempt: int = 1, at_s: float = 1.0, message: int = 1) -> AudioStart:
    return AudioStart(
        utterance_id=f"u{number}",
        room="main",
        attempt=attempt,
        sample_rate_hz=24_000,
        engine="tone",
        voice="tone-400",
        text="hi",
        started_at_ns=int(at_s * NS),
        message_id=f"m{message}",
    )


def chunk(number: int, offset: int, samples: int) -> AudioChunk:
    return AudioChunk(utterance_id=f"u{number}", offset=offset, pcm=b"\0\0" * samples)


def stop(number: int = 1, samples: int = 20, attempt: int = 1, reason: str = "done") -> AudioStop:
    return AudioStop(
        utterance_id=f"u{number}",
        attempt=attempt,
        reason=reason,  # type: ignore[arg-type]
        samples=samples,
    )


WHOLE: list[AudioEvent] = [start(), chunk(1, 0, 10), chunk(1, 10, 10), stop()]


def verdict(rows: list[JournalRow], audio: list[AudioEvent]) -> Report:
    return check({"m1"}, rows, listen(audio), TTL_S)


def test_a_message_spoken_once_breaks_no_promise() -> None:
    report = verdict([row()], WHOLE)
    assert report.passed
    assert report.counts["accepted, spoken"] == 1


def test_a_second_attempt_that_completes_the_first_breaks_none() -> None:
    audio = [start(), chunk(1, 0, 10), start(attempt=2), chunk(1, 0, 10), chunk(1, 10, 10), stop()]
    report = verdict([row()], audio)
    assert report.passed
    assert report.counts["second attempts"] == 1
    assert report.counts["samples sent again and left out"] == 10


def test_a_whole_repeat_is_left_out_by_its_offsets() -> None:
    assert verdict([row()], [*WHOLE, start(attempt=2), chunk(1, 0, 20), stop(attempt=2)]).passed


@pytest.mark.parametrize(
    ("rows", "audio", "sentence"),
    [
        ([row(outcome=None)], [], "m1: accepted and lost"),
        ([row()], [], "m1: spoken, but its end was not heard"),
        ([row()], WHOLE[:-1], "m1: spoken, but its end was not heard"),
        ([row()], [start(), chunk(1, 10, 10), stop()], "10 samples were not heard"),
        ([row()], [start(), chunk(1, 0, 10), stop()], "10 samples were not heard"),
        ([row()], [*WHOLE, chunk(1, 20, 5)], "5 samples were heard after its end"),
        ([row(), row(utterance="u2")], WHOLE, "m1: accepted 2 times"),
        (
            [row(), row(2, "cancelled")],
            [*WHOLE, start(2), chunk(2, 0, 20), stop(2)],
            "m1: spoken as 2 utterances",
        ),
        ([row()], [start(at_s=61.5), *WHOLE[1:]], "m1: began 1.5 s after its time to live"),
    ],
)
def test_a_broken_promise_is_found(
    rows: list[JournalRow], audio: list[AudioEvent], sentence: str
) -> None:
    report = verdict(rows, audio)
    assert not report.passed
    assert any(sentence in violation for violation in report.violations), report.violations


def test_what_was_rejected_owes_nothing() -> None:
    report = verdict([row(outcome="rejected")], [])
    assert report.passed
    assert report.counts["rejected"] == 1


def test_what_was_published_and_is_in_no_journal_is_counted() -> None:
    report = check({"m1", "m2"}, [row()], listen(WHOLE), TTL_S)
    assert report.counts["never reached the filter"] == 1


def test_a_cancelled_message_may_be_heard_in_part() -> None:
    assert verdict([replace(row(), outcome="cancelled")], WHOLE[:2]).passed
