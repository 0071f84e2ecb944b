import json
from collections.abc import Callable

import pytest

from ishowtts_bus import Counters
from ishowtts_player.rooms.events import chat
from ishowtts_player.rooms.listener import Listener
from ishowtts_player.rooms.room import Room
from ishowtts_player.settings.stream import StreamSettings
from ishowtts_schemas import RoomControl
from tests.player import messages as m
from tests.player.clock import HandClock

Heard = list[tuple[str, dict]]


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def room(clock):
    return Room("main", "e", StreamSettings(), Counters(), clock)


@pytest.fixture
def join(room) -> Callable[..., Listener]:
    def join(last_event_id: str | None = None, max_bytes: int = 10**7) -> Listener:
        listener = Listener(1000, max_bytes)
        room.join(listener, last_event_id, [], None)
        return listener

    return join


async def heard(listener: Listener) -> Heard:
    """Names and contents of what has come, the greeting left out."""
    come = b""
    while listener._waiting:
        come += await listener.take() or b""
    blocks = come.decode().split("\n\n")
    events: Heard = []
    for block in blocks:
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in fields and fields["event"] != "hello":
            events.append((fields["event"], json.loads(fields["data"])))
    return events


def names(events: Heard) -> list[str]:
    return [name for name, _ in events]


async def test_a_dropped_listener_comes_back_and_misses_nothing(room, join):
    slow = join(max_bytes=5000)
    texts = [f"{n} {'x' * 100}" for n in range(100)]
    for number, text in enumerate(texts):
        room.emit(chat(m.chat(str(number), text=text)))
    assert slow.ending == "slow"
    assert not room.listeners
    again = join("e-0")
    assert [event["text"] for _, event in await heard(again)] == texts


async def test_a_newcomer_gets_what_waits_and_not_what_is_half_heard(room, join, clock):
    for utterance_id in ("u1", "u2"):
        room.audio_start(m.start(utterance_id))
        room.audio_chunk(m.chunk(utterance_id, pcm=bytes(5 * m.SECOND)))
        room.audio_stop(m.stop(utterance_id))
    clock.pass_s(3)
    events = await heard(join())
    assert names(events) == ["audio_start", "audio_chunk", "audio_stop"]
    assert {event["utterance_id"] for _, event in events} == {"u2"}


async def test_what_was_skipped_is_not_replayed_to_newcomers(room, join):
    room.audio_start(m.start())
    room.audio_chunk(m.chunk())
    room.control(RoomControl(action="skip", utterance_id="u1"))
    assert await heard(join()) == []


async def test_a_newcomer_hears_a_second_attempt_that_is_announced_anew(room, join, clock):
    room.audio_start(m.start())
    room.audio_chunk(m.chunk(pcm=bytes(5 * m.SECOND)))
    clock.pass_s(3)
    listener = join()
    room.fail("u1", "gave up")
    room.audio_start(m.start(attempt=2))
    room.audio_chunk(m.chunk(offset=0, pcm=bytes(6 * m.SECOND)))
    events = await heard(listener)
    assert names(events) == ["audio_start", "audio_chunk"]
    assert events[1][1]["offset"] == 5 * m.RATE_HZ


async def test_nothing_is_told_twice(room, join):
    listener = join()
    for _ in range(2):
        room.audio_start(m.start())
        room.audio_chunk(m.chunk())
    for _ in range(2):
        room.audio_stop(m.stop())
    assert names(await heard(listener)) == ["audio_start", "audio_chunk", "audio_stop"]


async def test_playback_is_told_when_it_changes_and_only_then(room, clock):
    assert room.take_news() is None
    room.audio_start(m.start())
    room.audio_chunk(m.chunk())
    room.audio_stop(m.stop())
    assert room.take_news().now_playing == "u1"
    assert room.take_news() is None
    clock.pass_s(5)
    assert room.take_news().now_playing is None, "time alone ended it"
    assert room.take_news() is None


async def test_a_room_that_somebody_needs_is_not_idle(room, join, clock):
    assert room.idle
    listener = join()
    assert not room.idle
    room.leave(listener)
    assert room.idle
    room.control(RoomControl(action="pause"))
    assert not room.idle


async def test_waiting_messages_are_counted_until_they_sound_or_end(room):
    for utterance_id in ("u1", "u2", "u2"):
        room.announce(utterance_id)
    assert room.queued == 2
    room.audio_start(m.start("u1"))
    room.conclude("u2")
    room.conclude("u2")
    assert room.queued == 0
