"""A room's audio for a program: one utterance after the other, in order, bounded."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_bus.counters import Counters
from ishowtts_player.rooms import relay
from ishowtts_player.rooms.relay import RelayQueue
from tests.player.clock import HandClock
from tests.player.messages import chunk, start, stop


def pcm(value: int, samples: int = 10) -> bytes:
    return bytes([value, 0]) * samples


def queue(clock: HandClock | None = None) -> RelayQueue:
    return RelayQueue(Counters(), clock or HandClock())


async def taken(one: RelayQueue, ends: int) -> list[bytes | None]:
    """What comes, up to the given number of ends."""
    heard: list[bytes | None] = []
    while heard.count(None) < ends:
        part = await asyncio.wait_for(one.next(), 5)
        heard.append(None if part is None else part.pcm)
    return heard


def play(one: RelayQueue, *events) -> None:
    for event in events:
        one.on_event(event)


async def test_utterances_that_come_at_once_are_heard_one_after_the_other():
    one = queue()
    play(
        one,
        start("a"),
        start("b"),
        chunk("b", 0, pcm(2)),
        chunk("a", 0, pcm(1)),
        stop("b"),
        chunk("a", 10, pcm(3)),
        stop("a"),
    )

    assert await taken(one, 2) == [pcm(1), pcm(3), None, pcm(2), None]


async def test_repeats_are_left_out_and_another_attempt_goes_on():
    one = queue()
    play(one, start("a"), chunk("a", 0, pcm(1)), chunk("a", 0, pcm(1)))
    play(one, start("a", attempt=2, rate_hz=8000), chunk("a", 0, pcm(1, 20)), stop("a"))

    first, second = await one.next(), await one.next()

    assert (first.pcm, first.rate_hz) == (pcm(1), 24_000)
    assert (second.pcm, second.rate_hz) == (pcm(1), 8000)
    assert await one.next() is None


async def test_what_was_said_before_is_not_heard_from_its_middle():
    one = queue()
    play(one, chunk("old", 50, pcm(9)), stop("old"), start("a"), chunk("a", 0, pcm(1)), stop("a"))

    assert await taken(one, 1) == [pcm(1), None]


async def test_what_is_cancelled_falls_silent_at_once():
    one = queue()
    play(one, start("a"), chunk("a", 0, pcm(1)), chunk("a", 10, pcm(2)))
    assert (await one.next()).pcm == pcm(1)
    play(one, stop("a", "cancelled"), chunk("a", 20, pcm(3)))

    assert await one.next() is None


async def test_an_utterance_whose_synth_died_does_not_hold_back_the_next():
    clock = HandClock()
    one = queue(clock)
    play(one, start("a"), chunk("a", 0, pcm(1)), start("b"), chunk("b", 0, pcm(2)), stop("b"))
    assert (await one.next()).pcm == pcm(1)

    clock.pass_s(relay.STALE_S)

    assert await taken(one, 2) == [None, pcm(2), None]


async def test_a_listener_that_does_not_take_it_loses_whole_utterances(monkeypatch):
    monkeypatch.setattr(relay, "MAX_BYTES", 50)
    counters = Counters()
    one = RelayQueue(counters, HandClock())
    play(one, start("a"), chunk("a", 0, pcm(1)), start("b"), chunk("b", 0, pcm(2)))
    play(one, chunk("b", 10, pcm(3)), chunk("b", 20, pcm(4)), stop("a"), stop("b"))
    play(one, start("c"), chunk("c", 0, pcm(5)), stop("c"))

    assert await taken(one, 2) == [pcm(1), None, pcm(5), None]
    assert counters.get("player_relay_dropped_total", reason="too_slow") == 1


def test_utterances_are_bounded(monkeypatch):
    counters = Counters()
    one = RelayQueue(counters, HandClock())
    for number in range(relay.MAX_UTTERANCES + 5):
        one.on_event(start(f"u{number}"))

    assert counters.get("player_relay_dropped_total", reason="too_many") == 5


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from("abc"), max_size=30), st.randoms(use_true_random=False))
def test_no_two_utterances_are_ever_mixed(order, random):
    async def check() -> None:
        one = queue()
        offsets = dict.fromkeys("abc", 0)
        play(one, *(start(name) for name in "abc"))
        for name in order:
            play(one, chunk(name, offsets[name], pcm(ord(name))))
            offsets[name] += 10
        play(one, *(stop(name) for name in random.sample("abc", 3)))
        said = [name for name in "abc" if offsets[name]]
        heard = await taken(one, len(said))
        expected = [
            row for name in said for row in [pcm(ord(name))] * (offsets[name] // 10) + [None]
        ]
        assert heard == expected

    asyncio.run(check())
