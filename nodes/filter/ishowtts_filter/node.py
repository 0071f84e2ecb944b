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
from ishowtts_filter.chat_desk import ChatDesk
from ishowtts_filter.dispatch.dispatcher import Dispatcher, SpeechPolicy
from ishowtts_filter.dispatch.queue import Among
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.gauges import DepthGauges
from ishowtts_filter.intake import Intake
from ishowtts_filter.journal import entries
from ishowtts_filter.journal.group_commit import Saved
from ishowtts_filter.journal.journal import Journal, JournalRefusedError
from ishowtts_filter.journal.records import Remembered
from ishowtts_filter.journal.store import MIB, JournalStore
from ishowtts_filter.moderation import concerns
from ishowtts_filter.orders import OrderPerformer
from ishowtts_filter.performer import ActionPerformer
from ishowtts_filter.reports import ChatReports
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.speech.voices import Wish
from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import (
    ChatMessage,
    ChatModeration,
    NodeInfo,
    NodeKind,
    NodeState,
    PlaybackState,
    RoomControl,
    SpeechFailed,
    SpeechPart,
    SpeechProgress,
    SpeechTaken,
    Topic,
)
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

OUTBOX_CAPACITY = 8192
UNWRITTEN = 256
"""Messages that wait for their row at once; the broker hands out no more than 200."""
PUBLISHERS = 16
LAND_TIMEOUT_S = 1.5
DRAIN_TIMEOUT_S = 1.0
GAUGE_INTERVAL_S = 0.25


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
        self._speech = self._open_outbox("speech")
        self._outbox = self._open_outbox("reports")
        path = None if data_dir is None else data_dir / f"journal-{instance}.sqlite3"
        store = JournalStore(path, settings.journal.keep_days, settings.journal.max_mb * MIB)
        self._journal = Journal(store, bus.counters, executor, clock_ns)
        self._reports = ChatReports(
            self._outbox, bus.counters, self._journal.told, self._voice_of, clock_ns
        )
        self._performer = ActionPerformer(
            self._speech, self._journal, self._reports, bus.counters, clock_ns
        )
        self._orders = OrderPerformer(self._speech, self._journal, self._dispatcher)
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = 0.0
        self._gauged_at = 0.0
        self._gauges = DepthGauges(bus.counters)
        self._unread: asyncio.Future[None] | None = None
        self._landed = asyncio.Event()

    async def setup(self) -> None:
        try:
            self._intake = Intake.build(self._settings, self._synths, self._on_missing_voice)
        except SettingsError as error:
            raise NodeError(str(error)) from None
        self._desk = self._open_desk()
        self._desk.restore(await self._open_journal())
        for number in range(PUBLISHERS):
            self.spawn(self._speech.publish_forever(), f"publish-speech-{number}")
            self.spawn(self._outbox.publish_forever(), f"publish-reports-{number}")
        self.spawn(self._journal.tend(), "journal")
        self.on_command("queue", self._on_queue_command)
        self._subscribe()
        self._pump()
        # The chassis says that all is well when this has returned: correct it after that.
        asyncio.get_running_loop().call_soon(self._report_trouble)

    async def teardown(self) -> None:
        """What waits is for the next filter, if it will find it; what is spoken may land."""
        self._unread = asyncio.get_running_loop().create_future()
        self._dispatcher.close()
        if not self._journal.lasting:
            self._dispatcher.cancel_waiting("the filter stopped")
        self._pump()
        try:
            await asyncio.wait_for(self._landed.wait(), LAND_TIMEOUT_S)
        except asyncio.TimeoutError:
            if not self._journal.lasting:
                self._dispatcher.abandon("the filter stopped before it was finished", self._clock())
                self._pump()
        if self._timer is not None:
            self._timer.cancel()
        await self._journal.settle()
        timeout_s = DRAIN_TIMEOUT_S if self.bus.connected else 0.0
        await asyncio.gather(self._speech.close(timeout_s), self._outbox.close(timeout_s))
        await self._journal.close()
        self._unread.cancel()

    def _subscribe(self) -> None:
        subscribe = partial(self.bus.subscribe, concurrency=UNWRITTEN)
        subscribe(NODE_INFO, self._on_synth_info, node="synth")
        subscribe(NODE_STATE, self._on_synth_state, node="synth")
        subscribe(PLAYBACK, self._on_playback)
        subscribe(CONTROL, self._on_control)
        subscribe(SPEECH_PROGRESS, self._on_progress)
        subscribe(SPEECH_FAILED, self._on_failed)
        subscribe(CHAT_MODERATION, self._on_moderation)
        subscribe(CHAT_MESSAGE, self._on_chat)

    def _open_outbox(self, name: str) -> Outbox:
        def count(topic: Topic[Any], reason: str) -> None:
            self.bus.counters.add("filter_unpublished_total", topic=topic.name, reason=reason)

        return Outbox(self.bus, name, OUTBOX_CAPACITY, on_dropped=count)

    def _open_desk(self) -> ChatDesk:
        return ChatDesk(
            intake=self._intake,
            journal=self._journal,
            dispatcher=self._dispatcher,
            reports=self._reports,
            orders=self._orders,
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

    def _on_moderation(self, received: Received[ChatModeration]) -> Awaitable[Any]:
        moderation, now = received.message, self._clock()
        self._intake.moderate(moderation, now)
        saved = self._journal.moderate(moderation)
        self._dispatcher.cancel(
            lambda utterance: concerns(moderation, utterance),
            "removed by moderation",
            now,
            _among(moderation),
        )
        return asyncio.shield(self._pump() or saved)

    def _on_control(self, received: Received[RoomControl]) -> Awaitable[Any] | None:
        control, room, now = received.message, received.ids["room"], self._clock()
        if control.action == "clear":
            self._dispatcher.clear(room, now)
        elif control.action == "skip":
            # Without an id only the player knows what is heard now; it says so and we hear that.
            if control.utterance_id is not None:
                skipped = control.utterance_id
                among = Among(utterance_id=skipped)
                self._dispatcher.cancel(lambda one: one.id == skipped, "skipped", now, among)
        else:
            self._dispatcher.pause(room, now, paused=control.action == "pause")
        return self._when_saved(self._pump())

    def _on_playback(self, received: Received[PlaybackState]) -> Awaitable[Any] | None:
        state = received.message
        self._intake.playing.on_playback(received.ids["room"], state.now_playing)
        age_ms = 0.0 if state.paused else max(0.0, (self._clock_ns() - state.at_ns) / 1e6)
        backlog_s = max(0.0, state.backlog_ms - age_ms) / 1000
        self._dispatcher.on_playback(
            received.ids["room"], backlog_s, self._clock(), paused=state.paused
        )
        return self._when_saved(self._pump())

    def _on_progress(self, received: Received[SpeechProgress]) -> Awaitable[Any] | None:
        progress = received.message
        if isinstance(progress, SpeechTaken):
            self._dispatcher.on_taken(progress, self._clock())
            self._journal.taken(entries.taken(progress))
        elif isinstance(progress, SpeechPart):
            self._dispatcher.on_part(progress)
        else:
            self._dispatcher.on_done(progress, self._clock())
        return self._when_saved(self._pump())

    def _on_failed(self, received: Received[SpeechFailed]) -> Awaitable[Any] | None:
        self._dispatcher.on_failed(received.message, self._clock())
        return self._when_saved(self._pump())

    def _on_synth_state(self, received: Received[NodeState]) -> None:
        self._dispatcher.on_synth_state(received.message, self._clock())
        self._pump()

    def _on_synth_info(self, received: Received[NodeInfo]) -> None:
        self._dispatcher.on_synth_info(received.message)
        self._pump()

    async def _on_queue_command(self, _args: dict[str, Any]) -> dict[str, Any]:
        return self._dispatcher.snapshot(self._clock())

    def _report_trouble(self) -> None:
        self.report(self._journal.trouble)

    @staticmethod
    def _when_saved(saved: Saved | None) -> Awaitable[Any] | None:
        """What a handler waits for; whoever gives up waiting does not undo the writing."""
        return None if saved is None else asyncio.shield(saved)

    def _pump(self) -> Saved | None:
        """Do what can be done now; the result is there when its ends are written."""
        now = self._clock()
        actions = self._dispatcher.poll(now, online=self.bus.connected)
        saved = self._performer.perform(actions, now)
        self._after_pump(now)
        return saved

    def _after_pump(self, now: float) -> None:
        if self._unread is not None and not self._dispatcher.in_flight:
            self._landed.set()
        if now - self._gauged_at >= GAUGE_INTERVAL_S or not self._dispatcher.depths:
            self._gauged_at = now
            self._gauges.show(self._dispatcher.depths)
            self.bus.counters.set("filter_in_flight", self._dispatcher.in_flight)
        self._arm(now)

    def _arm(self, now: float) -> None:
        """Wake up when time alone changes something."""
        wake_at = self._dispatcher.next_wake(now)
        if wake_at is None or (self._timer is not None and self._wake_at <= wake_at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._wake_at = wake_at
        delay_s = max(0.0, wake_at - now)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._pump()


def _among(moderation: ChatModeration) -> Among:
    """Where what it concerns can be: a message may be spoken in another room than it was in."""
    if moderation.action == "message_deleted" and moderation.message_id is not None:
        return Among(message=(moderation.platform, moderation.message_id))
    return Among(room=moderation.room)
