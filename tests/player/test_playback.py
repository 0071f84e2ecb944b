import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts_player.dedupe import new_part
from ishowtts_player.rooms.playback import GRACE_S, STALL_S, PlaybackClock
from ishowtts_player.rooms.utterance import GAP_S
from tests.player.clock import HandClock
from tests.player.messages import RATE_HZ, SECOND, chunk, start, stop


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def playback(clock):
    return PlaybackClock(clock)


def speak(playback: PlaybackClock, utterance_id: str, seconds: float) -> None:
    playback.start(start(utterance_id))
    playback.chunk(chunk(utterance_id, pcm=bytes(int(seconds * RATE_HZ) * 2)))
    playback.stop(stop(utterance_id))


def backlog_s(playback: PlaybackClock) -> float:
    return round(playback.backlog_ms / 1000, 3)


def test_backlog_shrinks_as_listeners_hear_it(playback, clock):
    speak(playback, "u1", 3.0)
    assert backlog_s(playback) == 3.0 + GAP_S
    clock.pass_s(1.0)
    assert backlog_s(playback) == 2.0 + GAP_S
    clock.pass_s(60.0)
    assert backlog_s(playback) == 0.0
    assert playback.now_playing is None


def test_utterances_are_heard_one_after_the_other(playback, clock):
    speak(playback, "u1", 1.0)
    speak(playback, "u2", 1.0)
    assert playback.now_playing == "u1"
    clock.pass_s(1.0 + GAP_S + 0.1)
    assert playback.now_playing == "u2"
    assert playback.next_change_s() == pytest.approx(0.9 + GAP_S)


def test_time_spent_waiting_for_the_next_chunk_is_not_owed(playback, clock):
    playback.start(start())
    playback.chunk(chunk())
    clock.pass_s(5.0)
    assert playback.now_playing == "u1", "it is not over, only late"
    playback.chunk(chunk(offset=RATE_HZ))
    assert backlog_s(playback) == 1.0


def test_nothing_is_heard_while_paused(playback, clock):
    speak(playback, "u1", 3.0)
    assert playback.pause(paused=True)
    assert not playback.pause(paused=True)
    clock.pass_s(60.0)
    assert backlog_s(playback) == 3.0 + GAP_S
    assert playback.next_change_s() is None
    playback.pause(paused=False)
    clock.pass_s(1.0)
    assert backlog_s(playback) == 2.0 + GAP_S


def test_a_second_attempt_gives_listeners_the_rest_only(playback):
    assert playback.start(start())
    playback.chunk(chunk(pcm=b"ab" * 100))
    assert not playback.start(start(attempt=2))
    assert playback.chunk(chunk(pcm=b"xy" * 60)) is None
    piece = playback.chunk(chunk(offset=60, pcm=b"zz" * 60))
    assert (piece.offset, piece.pcm) == (100, b"zz" * 20)


def test_a_repeated_chunk_is_left_out(playback):
    playback.start(start())
    assert playback.chunk(chunk()) is not None
    assert playback.chunk(chunk()) is None


def test_an_utterance_that_has_ended_does_not_come_back(playback):
    speak(playback, "u1", 1.0)
    assert not playback.start(start())
    assert playback.chunk(chunk(offset=RATE_HZ)) is None
    assert playback.stop(stop()) is None


def test_chunks_without_a_start_are_left_out(playback):
    assert playback.chunk(chunk()) is None


def test_the_end_of_an_earlier_attempt_is_no_end(playback):
    playback.start(start())
    playback.start(start(attempt=2))
    assert playback.stop(stop(attempt=1, reason="cancelled")) is None
    assert playback.stop(stop(attempt=2)).reason == "done"


def test_a_skipped_utterance_is_silent_at_once_and_stays_so(playback):
    speak(playback, "u1", 5.0)
    speak(playback, "u2", 1.0)
    assert playback.cancel("u1").reason == "cancelled"
    assert playback.now_playing == "u2"
    assert backlog_s(playback) == 1.0 + GAP_S
    assert playback.cancel("u1") is None
    assert playback.chunk(chunk()) is None


def test_what_is_skipped_before_it_begins_never_begins(playback):
    assert playback.cancel("u1") is None
    assert not playback.start(start())


def test_clear_ends_what_plays_and_what_waits(playback):
    speak(playback, "u1", 5.0)
    playback.start(start("u2"))
    stops = playback.clear(["u3"])
    assert [(stop.utterance_id, stop.reason) for stop in stops] == [
        ("u1", "cancelled"),
        ("u2", "cancelled"),
    ]
    assert backlog_s(playback) == 0.0
    assert not playback.start(start("u3"))
    assert playback.start(start("u4"))


def test_an_orphan_waits_for_another_attempt_and_is_given_up(playback, clock):
    playback.start(start())
    playback.chunk(chunk())
    playback.orphan("u1", "its synth died")
    clock.pass_s(GRACE_S - 0.1)
    assert playback.expire() == []
    clock.pass_s(0.2)
    (given_up,) = playback.expire()
    assert (given_up.reason, given_up.samples) == ("failed", RATE_HZ)
    assert given_up.detail == "its synth died"


def test_another_attempt_adopts_an_orphan(playback, clock):
    playback.start(start())
    playback.orphan("u1", "its synth died")
    playback.start(start(attempt=2))
    clock.pass_s(GRACE_S * 2)
    assert playback.expire() == []


def test_a_failed_attempt_is_not_the_end_yet(playback, clock):
    playback.start(start())
    assert playback.stop(stop(reason="failed", detail="no memory")) is None
    clock.pass_s(GRACE_S)
    assert [stop.detail for stop in playback.expire()] == ["no memory"]


def test_a_late_attempt_goes_on_where_listeners_were_left(playback):
    playback.start(start())
    playback.chunk(chunk())
    assert playback.fail("u1", "gave up").reason == "failed"
    assert not playback.start(start(attempt=1))
    assert playback.start(start(attempt=2))
    piece = playback.chunk(chunk(pcm=bytes(2 * SECOND)))
    assert piece.offset == RATE_HZ


def test_a_late_failure_of_an_earlier_attempt_does_no_harm(playback):
    playback.start(start())
    playback.start(start(attempt=2))
    assert playback.fail("u1", "the first one", attempt=1) is None


def test_a_silent_synth_is_given_up(playback, clock):
    playback.start(start())
    clock.pass_s(STALL_S)
    assert [stop.reason for stop in playback.expire()] == ["failed"]


def test_a_lost_chunk_is_seen(playback):
    playback.start(start())
    piece = playback.chunk(chunk(offset=480, pcm=bytes(20)))
    assert (piece.offset, piece.lost) == (480, 480)


@given(cuts=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 200)), min_size=1, max_size=40))
def test_no_sample_is_sent_twice_and_none_out_of_order(cuts):
    total = bytes(range(250)) * 4
    next_offset, sent = 0, b""
    for back, length in cuts:
        offset = max(0, next_offset - back)
        pcm = total[offset * 2 : (offset + length) * 2]
        piece = new_part(chunk(offset=offset, pcm=pcm), next_offset)
        if piece is not None:
            assert piece.offset == next_offset
            sent += piece.pcm
            next_offset += len(piece.pcm) // 2
    assert sent == total[: len(sent)]
