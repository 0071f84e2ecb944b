"""When paced audio may leave: a little ahead of playback, also after a pause, never in circles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.audio.pacer import Pacer, shard_bytes, shards
from tests.player.clock import HandClock

LEAD_MS = 20.0
SHARD_MS = 60.0


class Sender:
    """Sends as the pacer says, and notes how much the client had in hand each time."""

    def __init__(self, lead_ms: float = LEAD_MS) -> None:
        self.clock = HandClock()
        self.pacer = Pacer(lead_ms, self.clock)
        self.leads_ms: list[float] = []
        self.sleeps_s: list[float] = []

    def send(self, shards: int, duration_ms: float = SHARD_MS, late_s: float = 0.0) -> None:
        for _ in range(shards):
            while wait_s := self.pacer.wait_s():
                self.sleeps_s.append(wait_s)
                self.clock.pass_s(wait_s + late_s)
            self.leads_ms.append(self.pacer.ahead_ms)
            self.pacer.sent(duration_ms)


def test_the_first_shard_leaves_at_once_and_the_others_with_the_lead():
    sender = Sender()
    sender.send(100)

    assert sender.leads_ms[0] == 0
    assert all(10 <= lead <= 30 for lead in sender.leads_ms[1:])


def test_after_a_minute_of_silence_nothing_is_made_up_for():
    sender = Sender()
    sender.send(10)
    sender.clock.pass_s(60)
    begin_s = sender.clock.now_s
    sender.leads_ms.clear()

    sender.send(50)

    assert sender.leads_ms[0] == 0
    assert all(10 <= lead <= 30 for lead in sender.leads_ms[1:])
    assert sender.clock.now_s - begin_s == pytest.approx(
        (50 * SHARD_MS - SHARD_MS - 20) / 1000, abs=0.01
    )


def test_across_batches_without_a_pause_the_lead_is_the_same():
    sender = Sender()
    for _ in range(5):
        sender.send(10)
        sender.clock.pass_s(0.015)

    assert all(10 <= lead <= 30 for lead in sender.leads_ms[1:] if lead)
    assert sender.leads_ms.count(0) == 1


def test_it_never_sleeps_for_nothing():
    sender = Sender()
    sender.send(500)

    assert len(sender.sleeps_s) <= 500
    assert min(sender.sleeps_s) >= 0.001


def test_a_timer_that_rings_early_does_not_make_it_spin():
    sender = Sender()
    for _ in range(100):
        while wait_s := sender.pacer.wait_s():
            sender.sleeps_s.append(wait_s)
            sender.clock.pass_s(wait_s * 0.99)
        sender.pacer.sent(SHARD_MS)

    assert len(sender.sleeps_s) <= 200


def test_an_engine_that_is_late_gets_no_second_chance_to_burst():
    sender = Sender()
    for _ in range(20):
        sender.clock.pass_s(0.2)  # each shard of 60 ms takes 200 to make
        sender.send(1)

    assert sender.sleeps_s == []
    assert set(sender.leads_ms) == {0}
    sender.send(2)
    assert sender.pacer.ahead_ms <= LEAD_MS + SHARD_MS + 1


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.floats(1, 60), st.floats(0, 3)).map(lambda row: (row[0], round(row[1], 3))),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_the_pauses_the_client_is_never_further_ahead_than_lead_and_shard(steps):
    sender = Sender()
    for duration_ms, pause_s in steps:
        sender.send(1, duration_ms)
        assert sender.leads_ms[-1] <= LEAD_MS + 1.01
        assert sender.pacer.ahead_ms <= LEAD_MS + 1.01 + duration_ms
        sender.clock.pass_s(pause_s)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_a_shard_is_whole_samples_and_at_most_60_ms(rate_hz):
    size = shard_bytes(rate_hz * 2, 2)

    assert size % 2 == 0
    assert 59 <= size / 2 / rate_hz * 1000 <= 60
    audio = bytes(range(256)) * 100
    assert b"".join(shards(audio, size)) == audio
    assert max(map(len, shards(audio, size))) <= size
