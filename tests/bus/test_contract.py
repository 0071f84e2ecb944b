"""One contract for every bus: the real one over Mosquitto, and its twin in memory."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from ishowtts_bus import Bus, BusError, BusTimeoutError, MemoryBroker, Received, ReplyTo, connect
from ishowtts_bus._client import MqttTransport
from ishowtts_bus.transport import Packet
from ishowtts_schemas import (
    AudioChunk,
    AudioStop,
    Command,
    CommandReply,
    InvalidMessageError,
    NodeState,
    NodeStats,
    PlaybackState,
    SpeechCancel,
    TextRequest,
)
from ishowtts_schemas.topics import (
    AUDIO,
    NODE_COMMAND,
    NODE_STATE,
    NODE_STATS,
    PLAYBACK,
    REPLY,
    SPEECH_CANCEL,
    TEXT_REQUEST,
)
from tests.broker import SETTLED_S, MosquittoServer

SOON_S = 20.0
"""Only a failure waits that long."""


class Site:
    """A broker under test: makes buses, and goes down and comes back."""

    def __init__(self, server: MosquittoServer | None) -> None:
        self._server = server
        self._memory = MemoryBroker()
        self._buses: list[Bus] = []

    async def bus(self, name: str, *, session_expiry_s: int = 0, started: bool = True) -> Bus:
        if self._server is None:
            bus = self._memory.bus(name, session_expiry_s=session_expiry_s)
        else:
            bus = connect(self._server.settings, name, session_expiry_s=session_expiry_s)
        self._buses.append(bus)
        if started:
            await bus.start()
            await bus.wait_connected(SOON_S)
        return bus

    async def settle(self) -> None:
        """Let the broker save its sessions."""
        if self._server is not None:
            await asyncio.sleep(SETTLED_S)

    async def go_down(self) -> None:
        if self._server is None:
            self._memory.go_down()
        else:
            await asyncio.to_thread(self._server.kill)

    async def come_back(self) -> None:
        if self._server is None:
            self._memory.come_back()
        else:
            await asyncio.to_thread(self._server.start)

    async def close(self) -> None:
        for bus in self._buses:
            await bus.close()


@pytest.fixture(params=["memory", "mosquitto"])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    server = request.getfixturevalue("mosquitto") if request.param == "mosquitto" else None
    site = Site(server)
    yield site
    await site.close()


class Inbox:
    """Collects what a subscription hears."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self._grown = asyncio.Event()

    def put(self, event: Any) -> None:
        self.events.append(event)
        self._grown.set()

    async def wait(self, count: int) -> list[Any]:
        async def grown() -> None:
            while len(self.events) < count:
                self._grown.clear()
                await self._grown.wait()

        await asyncio.wait_for(grown(), SOON_S)
        return self.events

    async def texts(self, count: int) -> list[str]:
        return [received.message.text for received in await self.wait(count)]


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(int(SOON_S / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("it did not come true")


async def subscribed(bus: Bus, subscribe: Callable[[], None]) -> None:
    """Subscribe, and wait until the broker has certainly processed it."""
    subscribe()
    seen = asyncio.Event()
    probe = bus.reply_id

    def heard(_received: Received[Any]) -> None:
        seen.set()

    bus.subscribe(REPLY, heard, client=probe)
    while not seen.is_set():
        await bus.reply(ReplyTo(REPLY.address(client=probe)), CommandReply(ok=True))
        await asyncio.sleep(0.01)
    bus.unsubscribe(REPLY, client=probe)


async def test_messages_arrive_typed_and_in_order(site: Site) -> None:
    sender, receiver, inbox = await site.bus("sender"), await site.bus("receiver"), Inbox()
    await subscribed(receiver, lambda: receiver.subscribe(TEXT_REQUEST, inbox.put))
    publishes = [
        sender.publish(TEXT_REQUEST, TextRequest(text=str(n)), room="main") for n in range(300)
    ]
    await asyncio.gather(*publishes)
    assert await inbox.texts(300) == [str(n) for n in range(300)]
    assert inbox.events[0].ids == {"room": "main"}


async def test_a_fixed_level_hears_only_its_own(site: Site) -> None:
    sender, receiver, mine, every = (
        await site.bus("sender"),
        await site.bus("receiver"),
        Inbox(),
        Inbox(),
    )
    await subscribed(receiver, lambda: receiver.subscribe(TEXT_REQUEST, mine.put, room="a"))
    await subscribed(receiver, lambda: receiver.subscribe(TEXT_REQUEST, every.put))
    for room in ("a", "b"):
        await sender.publish(TEXT_REQUEST, TextRequest(text=room), room=room)
    assert await every.texts(2) == ["a", "b"]
    assert await mine.texts(1) == ["a"]


async def test_unsubscribing_the_wide_one_keeps_the_narrow_one(site: Site) -> None:
    sender, receiver, mine, every = (
        await site.bus("sender"),
        await site.bus("receiver"),
        Inbox(),
        Inbox(),
    )
    receiver.subscribe(TEXT_REQUEST, mine.put, room="a")
    receiver.subscribe(TEXT_REQUEST, every.put)
    await subscribed(receiver, lambda: receiver.unsubscribe(TEXT_REQUEST))
    await sender.publish(TEXT_REQUEST, TextRequest(text="hi"), room="a")
    assert await mine.texts(1) == ["hi"]
    assert every.events == []


async def test_a_group_shares_the_work(site: Site) -> None:
    sender, inboxes = await site.bus("sender"), [Inbox(), Inbox()]
    for number, inbox in enumerate(inboxes):
        worker = await site.bus(f"worker{number}")
        await subscribed(
            worker, lambda w=worker, i=inbox: w.subscribe(TEXT_REQUEST, i.put, group="g")
        )
    for n in range(20):
        await sender.publish(TEXT_REQUEST, TextRequest(text=str(n)), room="main")
    await until(lambda: sum(len(inbox.events) for inbox in inboxes) == 20)
    assert sorted(int(e.message.text) for inbox in inboxes for e in inbox.events) == [*range(20)]
    assert all(inbox.events for inbox in inboxes)


async def test_a_cancel_is_never_shared(site: Site) -> None:
    sender, inboxes = await site.bus("sender"), [Inbox(), Inbox()]
    for number, inbox in enumerate(inboxes):
        worker = await site.bus(f"worker{number}")
        await subscribed(worker, lambda w=worker, i=inbox: w.subscribe(SPEECH_CANCEL, i.put))
    await sender.publish(SPEECH_CANCEL, SpeechCancel(utterance_id="u"), engine="espeak")
    for inbox in inboxes:
        await inbox.wait(1)


async def test_late_subscribers_get_the_retained_state(site: Site) -> None:
    sender, late, inbox = await site.bus("sender"), await site.bus("late"), Inbox()
    for backlog_ms in (1.0, 2.0):
        state = PlaybackState(room="main", at_ns=1, backlog_ms=backlog_ms)
        await sender.publish(PLAYBACK, state, room="main")
    late.subscribe(PLAYBACK, inbox.put)
    (received,) = await inbox.wait(1)
    assert received.retained
    assert received.message.backlog_ms == 2.0


async def test_cleared_state_is_gone(site: Site) -> None:
    sender, late, inbox = await site.bus("sender"), await site.bus("late"), Inbox()
    await sender.publish(PLAYBACK, PlaybackState(room="a", at_ns=1, backlog_ms=1), room="a")
    await sender.clear(PLAYBACK, room="a")
    await subscribed(late, lambda: late.subscribe(PLAYBACK, inbox.put))
    assert inbox.events == []


async def test_a_subscriber_hears_that_state_is_taken_back(site: Site) -> None:
    sender, hearer, inbox = await site.bus("sender"), await site.bus("hearer"), Inbox()
    await subscribed(
        hearer, lambda: hearer.subscribe(PLAYBACK, inbox.put, on_cleared=inbox.put, room="a")
    )
    await sender.publish(PLAYBACK, PlaybackState(room="a", at_ns=1, backlog_ms=1), room="a")
    await sender.clear(PLAYBACK, room="a")
    _, cleared = await inbox.wait(2)
    assert (cleared.topic, cleared.ids) == (PLAYBACK, {"room": "a"})


async def test_request_gets_its_own_answer(site: Site) -> None:
    server, client = await site.bus("server"), await site.bus("client")

    async def double(received: Received[Command]) -> None:
        assert received.reply_to is not None
        answer = CommandReply(ok=True, result=received.message.args["n"] * 2)
        await server.reply(received.reply_to, answer)

    await subscribed(server, lambda: server.subscribe(NODE_COMMAND, double, concurrency=4))
    ids = {"node": "filter", "instance": "1"}
    replies = await asyncio.gather(
        *(
            client.request(
                NODE_COMMAND, Command(name="double", args={"n": n}), timeout_s=SOON_S, **ids
            )
            for n in range(5)
        )
    )
    assert [reply.result for reply in replies] == [0, 2, 4, 6, 8]


async def test_request_without_an_answer_times_out(site: Site) -> None:
    client = await site.bus("client")
    with pytest.raises(BusTimeoutError):
        await client.request(
            NODE_COMMAND, Command(name="x"), timeout_s=0.05, node="filter", instance="none"
        )


async def test_publish_waits_through_an_outage_and_keeps_the_order(site: Site) -> None:
    sender = await site.bus("sender", session_expiry_s=60)
    receiver, inbox = await site.bus("receiver", session_expiry_s=60), Inbox()
    await subscribed(receiver, lambda: receiver.subscribe(TEXT_REQUEST, inbox.put))
    await site.settle()
    await site.go_down()
    await until(lambda: not sender.connected)
    publishes = [
        asyncio.create_task(sender.publish(TEXT_REQUEST, TextRequest(text=str(n)), room="main"))
        for n in range(50)
    ]
    await asyncio.sleep(0.05)
    assert not any(publish.done() for publish in publishes)
    await site.come_back()
    await asyncio.wait_for(asyncio.gather(*publishes), SOON_S)
    assert await inbox.texts(50) == [str(n) for n in range(50)]


async def test_a_broker_that_is_down_at_start_is_waited_for(site: Site) -> None:
    await site.go_down()
    bus = await site.bus("early", started=False)
    await bus.start()
    with pytest.raises(BusTimeoutError):
        await bus.wait_connected(0.05)
    with pytest.raises(BusTimeoutError):
        await bus.publish(TEXT_REQUEST, TextRequest(text="x"), timeout_s=0.05, room="main")
    await site.come_back()
    await bus.wait_connected(SOON_S)


async def test_a_session_keeps_messages_for_a_client_that_is_away(site: Site) -> None:
    sender = await site.bus("sender")
    first = await site.bus("sleeper", session_expiry_s=60)
    await subscribed(first, lambda: first.subscribe(TEXT_REQUEST, lambda _received: None))
    await first.close()
    await sender.publish(TEXT_REQUEST, TextRequest(text="while you slept"), room="main")
    inbox = Inbox()
    second = await site.bus("sleeper", session_expiry_s=60, started=False)
    second.subscribe(TEXT_REQUEST, inbox.put)
    await second.start()
    assert "while you slept" in await inbox.texts(1)


async def test_a_message_is_delivered_again_if_its_handler_never_finished(site: Site) -> None:
    sender = await site.bus("sender", session_expiry_s=60)
    receiver, inbox = await site.bus("receiver", session_expiry_s=60), Inbox()

    async def never(received: Received[TextRequest]) -> None:
        inbox.put(received)
        await asyncio.Event().wait()

    await subscribed(receiver, lambda: receiver.subscribe(TEXT_REQUEST, never, concurrency=9))
    await sender.publish(TEXT_REQUEST, TextRequest(text="again"), room="main")
    await inbox.wait(1)
    _lose_connection(receiver)
    assert await inbox.texts(2) == ["again", "again"]


async def test_what_a_killed_broker_had_acknowledged_is_sent_again(site: Site) -> None:
    sender = await site.bus("sender")
    first = await site.bus("sleeper", session_expiry_s=60)
    await subscribed(first, lambda: first.subscribe(AUDIO, lambda _received: None))
    await site.settle()
    await first.close()
    for n in range(20):
        chunk = AudioChunk(utterance_id="u", offset=n, pcm=b"")
        await sender.publish(AUDIO, chunk, room="main")
    await site.go_down()
    await site.come_back()
    inbox = Inbox()
    second = await site.bus("sleeper", session_expiry_s=60, started=False)
    second.subscribe(AUDIO, inbox.put)
    await second.start()
    events = await inbox.wait(20)
    assert list(dict.fromkeys(event.message.offset for event in events))[:20] == [*range(20)]


async def test_without_a_broker_unacknowledged_messages_are_dropped_and_counted(
    site: Site,
) -> None:
    bus = await site.bus("sender")
    await site.go_down()
    await until(lambda: not bus.connected)
    await bus.publish(NODE_STATS, _stats(), node="filter", instance="1")
    assert bus.counters.get("bus_dropped_total", topic="node_stats") == 1


async def test_a_will_speaks_for_the_dead_but_not_for_those_who_left(site: Site) -> None:
    watcher, inbox = await site.bus("watcher"), Inbox()
    await subscribed(watcher, lambda: watcher.subscribe(NODE_STATE, inbox.put))
    for name in ("leaves", "dies"):
        bus = await site.bus(name, started=False)
        bus.set_will(NODE_STATE, _offline(name), node="synth", instance=name)
        await bus.start()
        await bus.wait_connected(SOON_S)
        if name == "leaves":
            await bus.close()
        else:
            _break_connection(bus)
    (received,) = await inbox.wait(1)
    assert received.message.instance == "dies"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x81\xa4text", "malformed"),
        (b"\x81\xa4text\x01", "wrong_type"),
        (b'{"text": "half', "malformed"),
        (b"\x81\xa1x" + b"\x91" * 60_000, "too_deep"),
        (b"x" * 70_000, "oversized"),
        (b"\xff\xfe hi", "not_utf8"),
        (b'{"text": "\\ud800"}', "malformed"),
    ],
)
async def test_an_unreadable_payload_is_reported_counted_and_logged_once(
    site: Site, caplog: pytest.LogCaptureFixture, payload: bytes, reason: str
) -> None:
    caplog.set_level(logging.WARNING, "ishowtts.bus")  # whatever a test before has set up
    sender, receiver, good, bad = (
        await site.bus("sender"),
        await site.bus("receiver"),
        Inbox(),
        Inbox(),
    )
    await subscribed(
        receiver, lambda: receiver.subscribe(TEXT_REQUEST, good.put, on_invalid=bad.put)
    )
    for _ in range(3):
        await _publish_raw(sender, TEXT_REQUEST.address(room="main"), payload)
    await sender.publish(TEXT_REQUEST, TextRequest(text="still here"), room="main")
    assert await good.texts(1) == ["still here"]
    assert [invalid.error.reason for invalid in bad.events] == [reason] * 3
    assert isinstance(bad.events[0].error, InvalidMessageError)
    assert receiver.counters.get("bus_invalid_total", topic="text", reason=reason) == 3
    assert len([r for r in caplog.records if "refused a message" in r.message]) == 1


async def test_a_failing_handler_does_not_stop_the_others(site: Site) -> None:
    bus, inbox = await site.bus("bus"), Inbox()

    def fails(_received: Received[TextRequest]) -> None:
        raise RuntimeError("boom")

    async def fails_later(_received: Received[TextRequest]) -> None:
        raise RuntimeError("boom")

    for handler in (fails, fails_later, inbox.put):
        bus.subscribe(TEXT_REQUEST, handler)
    await subscribed(bus, lambda: None)
    for text in ("a", "b"):
        await bus.publish(TEXT_REQUEST, TextRequest(text=text), room="main")
    assert await inbox.texts(2) == ["a", "b"]
    await until(lambda: bus.counters.get("bus_handler_errors_total") == 4)


async def test_a_slow_handler_takes_messages_in_turn(site: Site) -> None:
    bus, inbox, running = await site.bus("bus"), Inbox(), []

    async def slow(received: Received[TextRequest]) -> None:
        running.append(received)
        assert len(running) == 1
        await asyncio.sleep(0)
        running.clear()
        inbox.put(received)

    await subscribed(bus, lambda: bus.subscribe(TEXT_REQUEST, slow))
    for n in range(20):
        await bus.publish(TEXT_REQUEST, TextRequest(text=str(n)), room="main")
    assert await inbox.texts(20) == [str(n) for n in range(20)]


async def test_a_closed_bus_says_so(site: Site) -> None:
    bus = await site.bus("bus")
    await bus.close()
    assert not bus.connected
    with pytest.raises(BusError, match="closed"):
        await bus.publish(TEXT_REQUEST, TextRequest(text="x"), room="main")


async def test_an_answer_to_a_nonsense_topic_is_refused(site: Site) -> None:
    bus = await site.bus("bus")
    for address in ("", "a/#", "x" * 600, "nul\0"):
        with pytest.raises(BusError, match="response topic"):
            await bus.reply(ReplyTo(address), CommandReply(ok=True))


async def test_audio_of_one_room_stays_in_order_across_types(site: Site) -> None:
    sender, receiver, inbox = await site.bus("sender"), await site.bus("receiver"), Inbox()
    await subscribed(receiver, lambda: receiver.subscribe(AUDIO, inbox.put))
    work: list[Awaitable[None]] = []
    for n in range(100):
        chunk = AudioChunk(utterance_id="u", offset=n, pcm=bytes(4000))
        work.append(sender.publish(AUDIO, chunk, room="main"))
    stop = AudioStop(utterance_id="u", attempt=1, reason="done", samples=100)
    work.append(sender.publish(AUDIO, stop, room="main"))
    await asyncio.gather(*work)
    events = await inbox.wait(101)
    assert [event.message.offset for event in events[:100]] == [*range(100)]
    assert isinstance(events[100].message, AudioStop)


def _offline(instance: str) -> NodeState:
    return NodeState(node="synth", instance=instance, incarnation=1, health="offline", pid=1)


def _stats() -> NodeStats:
    return NodeStats(node="filter", instance="1", incarnation=1, at_ns=1, samples=())


def _lose_connection(bus: Bus) -> None:
    """Cut the connection as a network would; it comes back by itself."""
    transport: Any = bus._transport
    if isinstance(transport, MqttTransport):
        transport._client.socket().shutdown(socket.SHUT_RDWR)
    else:
        transport.connection_lost("cut")
        transport.connect()


def _break_connection(bus: Bus) -> None:
    """End a connection as a killed process would."""
    transport: Any = bus._transport
    if isinstance(transport, MqttTransport):
        transport._task.cancel()
        transport._client.socket().close()
    else:
        transport.crash()


async def _publish_raw(bus: Bus, address: str, payload: bytes, *, retain: bool = False) -> None:
    await bus._transport.publish(Packet(address, payload, retain=retain))
