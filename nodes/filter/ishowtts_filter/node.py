"""The filter node: chat in, speech requests out, one end for every accepted message.

What was decided is written to the journal before anybody is told, and before the broker is told
to forget what led to it: handlers return what is to be waited for.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from ishowtts_bus import Bus, Node, NodeError, Outbox, Received, SettingsError
from ishowtts_filter.acceptance import Acceptance
from ishowtts_filter.chat_desk import ChatDesk
from ishowtts_filter.dispatch.dispatcher import Dispatcher, SpeechPolicy
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.gauges import DispatchGauges
from ishowtts_filter.intake import Intake
from ishowtts_filter.journal.journal import Journal, JournalRefusedError
from ishowtts_filter.journal.records import Remembered
from ishowtts_filter.journal.store import MIB, JournalStore
from ishowtts_filter.orders import OrderPerformer
from ishowtts_filter.performer import ActionPerformer
from ishowtts_filter.pump import Pump
from ishowtts_filter.repeats import RepeatAnswers
from ishowtts_filter.reports import ChatReports
from ishowtts_filter.room_desk import RoomDesk
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.speech.voices import Wish
from ishowtts_filter.synth_desk import SynthDesk
from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import ChatMessage, NodeKind, Topic
from ishowtts_schemas.topics import (
    CHAT_MESSAGE,
    CHAT_MODERATION,
    CONTROL,
    NODE_INFO,
    NODE_STATE,
    PLAYBACK,
    SPEECH_FAILED,
    SPEECH_PROGRESS,
)

REQUESTS_CAPACITY = 8192
REPORTS_CAPACITY = 20_000
"""What 10,000 messages have to tell, about 20 MB; in a flood the broker takes them more slowly."""
UNWRITTEN = 256
"""Messages that wait for their row at once; the broker hands out no more than 200."""
PUBLISHERS = 16
LAND_TIMEOUT_S = 1.5
DRAIN_TIMEOUT_S = 1.0


class FilterNode(Node):
    """Decides what is spoken, queues it, and has it spoken.

    Args:
        bus: Not yet started.
        settings: Section `filter`.
        instance: Unique among filters; each has a journal of its own.
        data_dir: Folder of the journal; None keeps it in memory.
        clock: Monotonic seconds.
        clock_ns: Wall clock.
        executor: Where the journal is written; None for a thread of its own.
    """

    kind: ClassVar[NodeKind] = "filter"

    def __init__(
        self,
        bus: Bus,
        settings: FilterSettings,
        instance: str = "1",
        *,
        data_dir: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        clock_ns: Callable[[], int] = time.time_ns,
        executor: Executor | None = None,
    ) -> None:
        super().__init__(bus, instance)
        self._settings = settings
        self._clock = clock
        self._clock_ns = clock_ns
        self._synths = SynthTable(settings.default_engine, settings.default_voice)
        policy = SpeechPolicy(settings.templates.name_again_s, settings.gifts, self._merge)
        self._dispatcher = Dispatcher(settings.queue, self._synths, settings.fallback, policy)
        self._speech = self._open_outbox("speech", REQUESTS_CAPACITY)
        self._outbox = self._open_outbox("reports", REPORTS_CAPACITY)
        path = None if data_dir is None else data_dir / f"journal-{instance}.sqlite3"
        store = JournalStore(path, settings.journal.keep_days, settings.journal.max_mb * MIB)
        self._journal = Journal(store, bus.counters, executor, clock_ns)
        self._reports = ChatReports(
            self._outbox, bus.counters, self._journal.told, self._voice_of, clock_ns
        )
        self._repeats = RepeatAnswers(self._journal, self._reports, bus.counters)
        performer = ActionPerformer(
            self._speech,
            self._journal,
            self._reports,
            bus.counters,
            clock_ns,
            self._synths.has_profile,
        )
        gauges = DispatchGauges(bus.counters, self._dispatcher)
        self._pump = Pump(bus, self._dispatcher, performer, gauges, clock)
        self._pump.on_paused = self._report_trouble
        self._readers: tuple[asyncio.Task[None], ...] = ()
        self._unread: asyncio.Future[None] | None = None

    async def setup(self) -> None:
        try:
            self._intake = Intake.build(self._settings, self._synths, self._on_missing_voice)
        except SettingsError as error:
            raise NodeError(str(error)) from None
        self._desk = self._open_chat_desk()
        self._desk.restore(await self._open_journal())
        for number in range(PUBLISHERS):
            self.spawn(self._speech.publish_forever(), f"publish-speech-{number}")
            self.spawn(self._outbox.publish_forever(), f"publish-reports-{number}")
        self._readers = (
            self.spawn(self._journal.tend(), "journal"),
            self.spawn(self._repeats.answer_forever(), "repeats"),
        )
        self.on_command("queue", self._on_queue_command)
        self._subscribe()
        self._pump.run()
        # The chassis says that all is well when this has returned: correct it after that.
        asyncio.get_running_loop().call_soon(self._report_trouble)

    async def teardown(self) -> None:
        """What waits is for the next filter, if it will find it; what is spoken may land."""
        self._unread = asyncio.get_running_loop().create_future()
        self._dispatcher.close()
        if not self._journal.lasting:
            self._dispatcher.cancel_waiting("the filter stopped")
        self._pump.run()
        try:
            await asyncio.wait_for(self._pump.landed.wait(), LAND_TIMEOUT_S)
        except asyncio.TimeoutError:
            if not self._journal.lasting:
                self._dispatcher.abandon("the filter stopped before it was finished", self._clock())
                self._pump.run()
        self._pump.stop()
        for task in self._readers:
            # Whoever looked into the file after it was closed would open it again.
            task.cancel()
        await self._journal.settle()
        timeout_s = DRAIN_TIMEOUT_S if self.bus.connected else 0.0
        await asyncio.gather(self._speech.close(timeout_s), self._outbox.close(timeout_s))
        # What comes now is for the next filter: nothing can be written down any more.
        self.bus.hold()
        await self._journal.close()
        self._unread.cancel()

    def _subscribe(self) -> None:
        subscribe = partial(self.bus.subscribe, concurrency=UNWRITTEN)
        synths = SynthDesk(self._journal, self._dispatcher, self._pump, self._clock)
        subscribe(NODE_INFO, synths.on_info, node="synth")
        subscribe(NODE_STATE, synths.on_state, node="synth")
        rooms = self._open_room_desk()
        subscribe(PLAYBACK, rooms.on_playback)
        subscribe(CONTROL, rooms.on_control)
        subscribe(SPEECH_PROGRESS, synths.on_progress)
        subscribe(SPEECH_FAILED, synths.on_failed)
        subscribe(CHAT_MODERATION, rooms.on_moderation)
        subscribe(CHAT_MESSAGE, self._on_chat)

    def _open_outbox(self, name: str, capacity: int) -> Outbox:
        def count(topic: Topic[Any], reason: str) -> None:
            self.bus.counters.add("filter_unpublished_total", topic=topic.name, reason=reason)

        return Outbox(self.bus, name, capacity, on_dropped=count)

    def _open_chat_desk(self) -> ChatDesk:
        acceptance = Acceptance(
            journal=self._journal,
            dispatcher=self._dispatcher,
            reports=self._reports,
            pump=self._pump,
            clock=self._clock,
            clock_ns=self._clock_ns,
        )
        return ChatDesk(
            intake=self._intake,
            journal=self._journal,
            acceptance=acceptance,
            repeats=self._repeats,
            orders=OrderPerformer(self._speech, self._journal, self._dispatcher, self._pump),
            reports=self._reports,
            clock=self._clock,
            clock_ns=self._clock_ns,
        )

    def _open_room_desk(self) -> RoomDesk:
        return RoomDesk(
            intake=self._intake,
            journal=self._journal,
            dispatcher=self._dispatcher,
            pump=self._pump,
            clock=self._clock,
            clock_ns=self._clock_ns,
        )

    async def _open_journal(self) -> Remembered:
        self._journal.on_trouble = self._report_trouble
        try:
            return await self._journal.open()
        except JournalRefusedError as error:
            raise NodeError(str(error)) from None

    def _on_chat(self, received: Received[ChatMessage]) -> Awaitable[Any]:
        """The broker forgets the message when its row is safe."""
        if self._unread is not None:
            return self._unread
        return asyncio.shield(self._desk.read(received.message))

    def _merge(self, gifts: Sequence[Utterance]) -> Utterance:
        return self._intake.wording.merge(gifts)

    def _on_missing_voice(self, wish: Wish) -> None:
        """Another voice speaks it: a message is worth more than its voice."""
        self.bus.counters.add("filter_missing_voices_total", source=wish.source, voice=wish.voice)

    def _voice_of(self, utterance: Utterance) -> str:
        choices = self._synths.choices(utterance.voice, utterance.engine)
        fallback = utterance.voice or self._settings.default_voice or "default"
        return choices[0].voice if choices else fallback

    async def _on_queue_command(self, _args: dict[str, Any]) -> dict[str, Any]:
        return self._dispatcher.snapshot(self._clock())

    def _report_trouble(self) -> None:
        troubles = [self._journal.trouble, _resting(self._dispatcher.paused_engines)]
        self.report("; ".join(filter(None, troubles)))


def _resting(engines: Sequence[str]) -> str:
    """What `status` says of engines that fail."""
    if not engines:
        return ""
    names = " and ".join(engines)
    return f"{names} failed too often in a row: one message at a time tries again"
