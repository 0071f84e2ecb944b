"""Filters that die at any point, and what is promised all the same.

A real node on a bus in memory, its journal in a real file; time, the writing thread and every
turn of the event loop are the machine's, so that a crash falls between any two steps.
"""

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from ishowtts_bus import MemoryBroker, Received
from ishowtts_filter.node import FilterNode
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_schemas import (
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    Priority,
    RoomControl,
    SpeechDone,
    SpeechPart,
    SpeechRequest,
    SpeechTaken,
)
from ishowtts_schemas.topics import (
    CHAT_ACCEPTED,
    CHAT_ENDED,
    CHAT_MESSAGE,
    CHAT_MODERATION,
    CHAT_REJECTED,
    CONTROL,
    NODE_INFO,
    NODE_STATE,
    SPEECH_PROGRESS,
    SPEECH_REQUEST,
)
from tests.filter.fakes import message, synth_info, synth_state
from tests.filter.stage import kill
from tests.filter.virtual import StepExecutor, VirtualLoop

NS = 1_000_000_000
TTL_S = 30.0
ENOUGH_TURNS = 25
PLACE = {"platform": "mqtt", "room": "main"}


class CrashMachine(RuleBasedStateMachine):
    """Every message that was accepted ends once, whoever dies when."""

    @initialize(lead_s=st.sampled_from([0.0, 5.0]), capacity=st.sampled_from([3, 100]))
    def begin(self, lead_s: float, capacity: int) -> None:
        self.loop = VirtualLoop()
        asyncio.set_event_loop(self.loop)
        self.folder = Path(tempfile.mkdtemp())
        queue = QueueSettings(
            lead_s=lead_s, capacity=capacity, ttl_s=TTL_S, paid_ttl_s=60, rate_limit_per_sec=0
        )
        self.settings = FilterSettings(queue=queue, rules=("clean", "links"))
        self.broker = MemoryBroker()
        self.said: list[ChatMessage] = []
        self.deleted: set[Any] = set()
        self.heard: list[Any] = []
        self.untrue: list[Any] = []
        self.requests: list[SpeechRequest] = []
        self.taken: list[SpeechRequest] = []
        self.incarnation = 1
        self.app = self.broker.bus("app", session_expiry_s=10**6)
        self.loop.run_until_complete(self.app.start())
        for topic in (CHAT_ACCEPTED, CHAT_REJECTED, CHAT_ENDED):
            self.app.subscribe(topic, self.hear)
        self.synth = self.broker.bus("synth", session_expiry_s=10**6)
        self.loop.run_until_complete(self.synth.start())
        self.synth.subscribe(SPEECH_REQUEST, self.be_asked, engine="espeak")
        self.start_filter()
        self.announce("ready")
        self.turn()

    # The world around the filter.

    def hear(self, received: Received[Any]) -> None:
        """What anybody is told is in the file by then."""
        event = received.message
        self.heard.append(event)
        outcomes = dict(self.rows("message_id, outcome"))
        if event.message_id not in outcomes:
            self.untrue.append(event)
        if isinstance(event, ChatEnded) and outcomes.get(event.message_id) != event.outcome:
            self.untrue.append(event)

    def be_asked(self, received: Received[SpeechRequest]) -> None:
        self.requests.append(received.message)

    def send(self, topic: Any, message: Any, **ids: str) -> None:
        self.loop.create_task(self.app.publish(topic, message, **ids))

    def answer(self, message: Any) -> None:
        self.loop.create_task(self.synth.publish(SPEECH_PROGRESS, message, engine="espeak"))

    def announce(self, health: Any) -> None:
        ids = {"node": "synth", "instance": "1"}
        self.send(NODE_INFO, synth_info(incarnation=self.incarnation), **ids)
        self.send(NODE_STATE, synth_state("1", health, self.incarnation), **ids)

    def wall_ns(self) -> int:
        return round(self.loop.now * NS)

    def start_filter(self) -> None:
        self.executor = StepExecutor()
        self.executor.at_once = True
        bus = self.broker.bus("filter", session_expiry_s=10**6)
        self.node = FilterNode(
            bus,
            self.settings,
            data_dir=self.folder,
            clock=self.loop.time,
            clock_ns=self.wall_ns,
            executor=self.executor,
        )
        put = self.node._speech.put
        self.node._speech.put = lambda topic, message, **ids: (  # type: ignore[method-assign]
            self.check_request(message),
            put(topic, message, **ids),
        )[1]
        self.loop.run_until_complete(self.node.start())
        moderate = self.node._intake.moderate
        self.node._intake.moderate = lambda moderation, now: (  # type: ignore[method-assign]
            self.deleted.add(moderation.message_id),
            moderate(moderation, now),
        )[1]
        self.executor.at_once = False

    def turn(self, count: int = ENOUGH_TURNS) -> None:
        self.loop.turn(count)

    def settle(self) -> None:
        """Until nothing moves any more without time."""
        for _ in range(4):
            self.executor.work()
            self.turn()

    def rows(self, columns: str = "utterance_id, state, outcome") -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.folder / "journal-1.sqlite3")) as database:
            return database.execute(f"SELECT {columns} FROM message").fetchall()  # noqa: S608

    def check_request(self, request: Any) -> None:
        if not isinstance(request, SpeechRequest):
            return
        states = {row[0]: row[1] for row in self.rows()}
        assert states.get(request.utterance_id) in ("waiting", "asked"), "not open in the journal"
        assert request.deadline_at_ns > self.wall_ns(), "late speech is worse than none"
        assert request.message_id not in self.deleted, "the filter had heard that it was deleted"

    # What may happen.

    @rule(priority=st.sampled_from(["normal", "paid"]), link=st.integers(0, 5))
    def say(self, priority: Priority, link: int) -> None:
        text = "see https://example.com" if not link else f"message number {len(self.said)}"
        author = f"a{len(self.said) % 3}"
        one = message(
            text,
            author=author,
            author_id=author,
            priority=priority,
            received_at_ns=self.wall_ns(),
        )
        self.said.append(one)
        self.send(CHAT_MESSAGE, one, **PLACE)

    @rule(choice=st.integers(0, 50))
    def say_again(self, choice: int) -> None:
        if self.said:
            self.send(CHAT_MESSAGE, self.said[choice % len(self.said)], **PLACE)

    @rule(count=st.integers(4, 6))
    def say_much(self, count: int) -> None:
        for _ in range(count):
            self.say("normal", 1)

    @rule(choice=st.integers(0, 50), first=st.booleans())
    def delete(self, choice: int, first: bool) -> None:
        """A message that was said, or that is said right after."""
        if first:
            self.said.append(message(received_at_ns=self.wall_ns()))
        elif not self.said:
            return
        one = self.said[-1] if first else self.said[choice % len(self.said)]
        order = ChatModeration(
            **PLACE, action="message_deleted", at_ns=self.wall_ns(), message_id=one.id
        )
        self.send(CHAT_MODERATION, order, **PLACE)
        if first:
            self.send(CHAT_MESSAGE, one, **PLACE)

    @rule(count=st.integers(1, 6))
    def go_on(self, count: int) -> None:
        self.turn(count)

    @rule()
    def write(self) -> None:
        self.executor.work()

    @rule(written=st.booleans(), away_s=st.sampled_from([0.0, 0.5, 5.0, 40.0]), lose=st.booleans())
    def crash(self, written: bool, away_s: float, lose: bool) -> None:
        """Between any two steps; perhaps after the write and before anybody knew of it."""
        if written:
            self.executor.work(tell=False)
        self.executor.jobs.clear()
        self.loop.run_until_complete(kill(self.node))
        queued = self.broker._sessions["filter"].queued
        self.deleted = {
            one for one in self.deleted if not any(one.encode() in row.payload for row in queued)
        }
        if lose:
            self.lose_progress()
        self.loop.now += away_s
        self.start_filter()

    def lose_progress(self) -> None:
        """The broker died too, and forgot what synths had said."""
        session = self.broker._sessions["filter"]
        kept = [packet for packet in session.queued if "/speech/" not in packet.address]
        session.queued.clear()
        session.queued.extend(kept)

    @rule()
    def stop_and_start(self) -> None:
        self.executor.work()
        self.executor.at_once = True
        stopping = self.loop.create_task(self.node.stop())
        for _ in range(100):
            self.turn(5)
            if stopping.done():
                break
            self.loop.now += 0.1
        stopping.result()
        self.start_filter()

    @rule(choice=st.integers(0, 50))
    def take(self, choice: int) -> None:
        if not self.requests:
            return
        request = self.requests.pop(choice % len(self.requests))
        self.taken.append(request)
        self.answer(
            SpeechTaken(
                utterance_id=request.utterance_id,
                attempt=request.attempt,
                instance="1",
                incarnation=self.incarnation,
            )
        )

    @rule(choice=st.integers(0, 50), chars=st.integers(0, 12))
    def reach(self, choice: int, chars: int) -> None:
        """A later clause; what is left of it may have nothing to be spoken."""
        if self.taken:
            request = self.taken[choice % len(self.taken)]
            self.answer(
                SpeechPart(
                    utterance_id=request.utterance_id,
                    attempt=request.attempt,
                    chars=min(chars, len(request.text)),
                    samples=480 * chars,
                )
            )

    @rule(choice=st.integers(0, 50))
    def finish(self, choice: int) -> None:
        if self.taken:
            self.done(self.taken.pop(choice % len(self.taken)))

    def done(self, request: SpeechRequest) -> None:
        self.answer(
            SpeechDone(
                utterance_id=request.utterance_id,
                attempt=request.attempt,
                instance="1",
                outcome="done",
                audio_ms=500.0,
                synth_ms=5.0,
            )
        )

    @rule()
    def synth_dies(self) -> None:
        self.announce("offline")
        self.incarnation += 1
        self.taken.clear()
        self.announce("ready")

    @rule(seconds=st.sampled_from([0.02, 0.3, 3.0, 12.0, 31.0]))
    def wait(self, seconds: float) -> None:
        self.settle()
        self.loop.now += seconds
        self.settle()

    @rule(action=st.sampled_from(["pause", "resume"]))
    def control(self, action: Any) -> None:
        self.send(CONTROL, RoomControl(action=action), room="main")

    @rule()
    def broker_restarts(self) -> None:
        async def down_and_up() -> None:
            self.broker.go_down()
            await asyncio.sleep(0)
            self.broker.come_back()

        self.loop.run_until_complete(down_and_up())

    # In the end.

    def teardown(self) -> None:
        if not hasattr(self, "node"):
            return
        try:
            self.come_to_an_end()
            self.check()
        finally:
            self.executor.at_once = True
            self.loop.run_until_complete(kill(self.node))
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.turn()
            self.loop.close()
            asyncio.set_event_loop(None)
            shutil.rmtree(self.folder)

    def come_to_an_end(self) -> None:
        self.send(CONTROL, RoomControl(action="resume"), room="main")
        for _ in range(40):
            self.settle()
            for request in [*self.requests, *self.taken]:
                self.done(request)
            self.requests.clear()
            self.taken.clear()
            self.loop.now += 3.0
        self.settle()

    def check(self) -> None:
        rows = self.rows("message_id, utterance_id, state, outcome, repeats")
        by_message = {row[0]: row for row in rows}
        assert len(by_message) == len(rows) == len(self.said), "each message once, none lost"
        assert {row[2] for row in rows} <= {"ended"}, "everything ends"
        assert self.untrue == [], "nobody is told what a crash can undo"
        for event in self.heard:
            _, utterance_id, _, outcome, _ = by_message[event.message_id]
            if isinstance(event, ChatEnded):
                assert (event.utterance_id, event.outcome) == (utterance_id, outcome)
            elif isinstance(event, ChatAccepted):
                assert event.utterance_id == utterance_id
                assert outcome != "rejected"
            else:
                assert outcome == "rejected"
        ended = {one.message_id for one in self.heard if isinstance(one, ChatEnded | ChatRejected)}
        assert ended == set(by_message), "and everybody hears of it"


TestCrashMachine = CrashMachine.TestCase
TestCrashMachine.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
