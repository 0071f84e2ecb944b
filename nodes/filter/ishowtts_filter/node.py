"""The filter node: chat in, speech requests out, one end for every accepted message.

`_admit` and `_report_end` are the only ways into and out of the queue: what must outlive this
process is written there.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

from ishowtts_bus import Bus, Node, NodeError, Outbox, Received, SettingsError
from ishowtts_filter.actions import Ask, Cancel, Reasked
from ishowtts_filter.dispatch import Dispatcher
from ishowtts_filter.gauges import DepthGauges
from ishowtts_filter.intake import Intake, Refusal
from ishowtts_filter.moderation import concerns
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.synths import SynthTable
from ishowtts_filter.utterance import Ended, Utterance
from ishowtts_schemas import (
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    NodeInfo,
    NodeKind,
    NodeState,
    PlaybackState,
    RoomControl,
    SpeechCancel,
    SpeechFailed,
    SpeechPart,
    SpeechProgress,
    SpeechRequest,
    SpeechTaken,
    Topic,
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
    PLAYBACK,
    SPEECH_CANCEL,
    SPEECH_FAILED,
    SPEECH_PROGRESS,
    SPEECH_REQUEST,
)

OUTBOX_CAPACITY = 8192
PUBLISHERS = 16
LAND_TIMEOUT_S = 1.5
DRAIN_TIMEOUT_S = 1.0
GAUGE_INTERVAL_S = 0.25


class FilterNode(Node):
    """Decides what is spoken, queues it, and has it spoken."""

    kind: ClassVar[NodeKind] = "filter"

    def __init__(
        self,
        bus: Bus,
        settings: FilterSettings,
        instance: str = "1",
        *,
        clock: Callable[[], float] = time.monotonic,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        super().__init__(bus, instance)
        self._settings = settings
        self._clock = clock
        self._clock_ns = clock_ns
        self._synths = SynthTable(settings.default_engine, settings.default_voice)
        self._dispatcher = Dispatcher(settings.queue, self._synths, settings.fallback)
        self._speech = self._open_outbox("speech")
        self._reports = self._open_outbox("reports")
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = 0.0
        self._gauged_at = 0.0
        self._gauges = DepthGauges(bus.counters)
        self._stopping = False
        self._landed = asyncio.Event()

    async def setup(self) -> None:
        try:
            self._intake = Intake.build(self._settings, self._synths)
        except SettingsError as error:
            raise NodeError(str(error)) from None
        for number in range(PUBLISHERS):
            self.spawn(self._speech.publish_forever(), f"publish-speech-{number}")
            self.spawn(self._reports.publish_forever(), f"publish-reports-{number}")
        self.on_command("queue", self._on_queue_command)
        self.bus.subscribe(NODE_INFO, self._on_synth_info, node="synth")
        self.bus.subscribe(NODE_STATE, self._on_synth_state, node="synth")
        self.bus.subscribe(PLAYBACK, self._on_playback)
        self.bus.subscribe(CONTROL, self._on_control)
        self.bus.subscribe(SPEECH_PROGRESS, self._on_progress)
        self.bus.subscribe(SPEECH_FAILED, self._on_failed)
        self.bus.subscribe(CHAT_MODERATION, self._on_moderation)
        self.bus.subscribe(CHAT_MESSAGE, self._on_chat)

    async def teardown(self) -> None:
        self._stopping = True
        self._dispatcher.cancel_waiting("the filter stopped")
        self._pump()
        try:
            await asyncio.wait_for(self._landed.wait(), LAND_TIMEOUT_S)
        except asyncio.TimeoutError:
            self._dispatcher.abandon("the filter stopped before it was finished", self._clock())
            self._pump()
        if self._timer is not None:
            self._timer.cancel()
        timeout_s = DRAIN_TIMEOUT_S if self.bus.connected else 0.0
        await asyncio.gather(self._speech.close(timeout_s), self._reports.close(timeout_s))

    def _open_outbox(self, name: str) -> Outbox:
        def count(topic: Topic[Any], reason: str) -> None:
            self.bus.counters.add("filter_unpublished_total", topic=topic.name, reason=reason)

        return Outbox(self.bus, name, OUTBOX_CAPACITY, on_dropped=count)

    def _on_chat(self, received: Received[ChatMessage]) -> None:
        message = received.message
        if self._stopping:
            self._refuse(message, Refusal("stopping", "the filter is stopping"))
            return
        decision = self._intake.read(message, self._clock(), self._clock_ns())
        if decision is None:
            self._count_message("duplicate")
        elif isinstance(decision, Refusal):
            self._refuse(message, decision)
        else:
            self._admit(decision)

    def _refuse(self, message: ChatMessage, refusal: Refusal) -> None:
        self._count_message("rejected", refusal.rule)
        rejected = ChatRejected(
            message_id=message.id,
            platform=message.platform,
            room=message.room,
            rule=refusal.rule,
            reason=refusal.reason,
            at_ns=self._clock_ns(),
        )
        self._reports.put(CHAT_REJECTED, rejected, platform=message.platform, room=message.room)

    def _admit(self, utterance: Utterance) -> None:
        """The message is accepted: from here it has exactly one end."""
        self._count_message("accepted")
        self._dispatcher.submit(utterance)
        self._pump(utterance)

    def _report_accepted(self, utterance: Utterance) -> None:
        choices = self._synths.choices(utterance.voice, utterance.engine)
        fallback = utterance.voice or self._settings.default_voice or "default"
        accepted = ChatAccepted(
            message_id=utterance.message_id,
            platform=utterance.platform,
            room=utterance.room,
            utterance_id=utterance.id,
            spoken=utterance.spoken,
            voice=choices[0].voice if choices else fallback,
            at_ns=self._clock_ns(),
        )
        self._reports.put(CHAT_ACCEPTED, accepted, platform=utterance.platform, room=utterance.room)

    def _report_end(self, ended: Ended) -> None:
        """The one end of an accepted message."""
        utterance = ended.utterance
        self.bus.counters.add("filter_ended_total", outcome=ended.outcome)
        message = ChatEnded(
            message_id=utterance.message_id,
            platform=utterance.platform,
            room=utterance.room,
            utterance_id=utterance.id,
            outcome=ended.outcome,
            at_ns=self._clock_ns(),
            reason=ended.reason,
        )
        self._reports.put(CHAT_ENDED, message, platform=utterance.platform, room=utterance.room)

    def _on_moderation(self, received: Received[ChatModeration]) -> None:
        moderation, now = received.message, self._clock()
        self._intake.moderate(moderation, now)
        self._dispatcher.cancel(
            lambda utterance: concerns(moderation, utterance), "removed by moderation", now
        )
        self._pump()

    def _on_control(self, received: Received[RoomControl]) -> None:
        control, room, now = received.message, received.ids["room"], self._clock()
        if control.action == "clear":
            self._dispatcher.clear(room, now)
        elif control.action == "skip":
            # Without an id only the player knows what is heard now; it says so and we hear that.
            if control.utterance_id is not None:
                skipped = control.utterance_id
                self._dispatcher.cancel(lambda one: one.id == skipped, "skipped", now)
        else:
            self._dispatcher.pause(room, now, paused=control.action == "pause")
        self._pump()

    def _on_playback(self, received: Received[PlaybackState]) -> None:
        state = received.message
        age_ms = 0.0 if state.paused else max(0.0, (self._clock_ns() - state.at_ns) / 1e6)
        backlog_s = max(0.0, state.backlog_ms - age_ms) / 1000
        self._dispatcher.on_playback(
            received.ids["room"], backlog_s, self._clock(), paused=state.paused
        )
        self._pump()

    def _on_progress(self, received: Received[SpeechProgress]) -> None:
        progress = received.message
        if isinstance(progress, SpeechTaken):
            self._dispatcher.on_taken(progress, self._clock())
        elif isinstance(progress, SpeechPart):
            self._dispatcher.on_part(progress)
        else:
            self._dispatcher.on_done(progress, self._clock())
        self._pump()

    def _on_failed(self, received: Received[SpeechFailed]) -> None:
        self._dispatcher.on_failed(received.message, self._clock())
        self._pump()

    def _on_synth_state(self, received: Received[NodeState]) -> None:
        self._dispatcher.on_synth_state(received.message, self._clock())
        self._pump()

    def _on_synth_info(self, received: Received[NodeInfo]) -> None:
        self._dispatcher.on_synth_info(received.message)
        self._pump()

    async def _on_queue_command(self, _args: dict[str, Any]) -> dict[str, Any]:
        return self._dispatcher.snapshot(self._clock())

    def _pump(self, accepted: Utterance | None = None) -> None:
        """Do what can be done now: requests first, then reports."""
        now = self._clock()
        ends: list[Ended] = []
        for action in self._dispatcher.poll(now, online=self.bus.connected):
            if isinstance(action, Ask):
                self._ask(action, now)
            elif isinstance(action, Cancel):
                cancel = SpeechCancel(
                    utterance_id=action.utterance_id, reason=action.reason, attempt=action.attempt
                )
                self._speech.put(SPEECH_CANCEL, cancel, engine=action.engine)
            elif isinstance(action, Reasked):
                self.bus.counters.add("filter_reasked_total", cause=action.cause)
            else:
                ends.append(action)
        if accepted is not None:
            self._report_accepted(accepted)
        for ended in ends:
            self._report_end(ended)
        self._after_pump(now)

    def _ask(self, ask: Ask, now: float) -> None:
        utterance = ask.utterance
        request = SpeechRequest(
            utterance_id=utterance.id,
            room=utterance.room,
            text=ask.text,
            offset=ask.offset,
            voice=ask.voice,
            deadline_at_ns=self._clock_ns() + round((utterance.expires_at - now) * 1e9),
            priority=utterance.priority,
            attempt=ask.attempt,
            message_id=utterance.message_id,
            author=utterance.author or None,
            display_text=utterance.text,
        )
        self._speech.put(SPEECH_REQUEST, request, engine=ask.engine)

    def _after_pump(self, now: float) -> None:
        if self._stopping and not self._dispatcher.in_flight:
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

    def _count_message(self, outcome: str, rule: str = "") -> None:
        self.bus.counters.add("filter_messages_total", outcome=outcome, rule=rule)
