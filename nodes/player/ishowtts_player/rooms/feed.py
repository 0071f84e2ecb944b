"""From the bus into the rooms."""

import time
from collections.abc import Callable

from ishowtts_bus import Bus, BusError, Received
from ishowtts_player.directory import Departure
from ishowtts_player.metrics import BridgeMetrics
from ishowtts_player.recent import Recent
from ishowtts_player.rooms import events
from ishowtts_player.rooms.announcer import PlaybackAnnouncer
from ishowtts_player.rooms.chat_memory import ChatMemory
from ishowtts_player.rooms.hub import Hub
from ishowtts_player.rooms.room import Room
from ishowtts_schemas import (
    AudioEvent,
    AudioStart,
    AudioStop,
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    PlaybackState,
    RoomControl,
    SpeechDone,
    SpeechFailed,
    SpeechProgress,
    SpeechTaken,
)
from ishowtts_schemas.topics import (
    AUDIO,
    CHAT_ACCEPTED,
    CHAT_ENDED,
    CHAT_MESSAGE,
    CHAT_MODERATION,
    CHAT_REJECTED,
    CONTROL,
    PLAYBACK,
    SPEECH_FAILED,
    SPEECH_PROGRESS,
)

PUBLISH_TIMEOUT_S = 2.0
MAX_REMEMBERED = 5000
NS = 1_000_000_000


class RoomFeed:
    """Hears what concerns listeners and gives it to their rooms.

    Args:
        bus: Where it is heard.
        hub: The rooms.
        metrics: Told how long things took.
        announcer: Woken when the playback state may have changed.
        on_taken: Told which synth has an utterance.
    """

    def __init__(
        self,
        bus: Bus,
        hub: Hub,
        metrics: BridgeMetrics,
        announcer: PlaybackAnnouncer,
        on_taken: Callable[[SpeechTaken], None],
    ) -> None:
        self._bus = bus
        self._hub = hub
        self._metrics = metrics
        self._announcer = announcer
        self._on_taken = on_taken
        self._said = ChatMemory()
        self._sounding: Recent[str, int] = Recent(MAX_REMEMBERED)
        self._holders: Recent[str, tuple[str, int]] = Recent(MAX_REMEMBERED)
        self._settled: Recent[str, None] = Recent(MAX_REMEMBERED)

    def start(self) -> None:
        """Subscribe."""
        subscribe = self._bus.subscribe
        subscribe(CHAT_MESSAGE, self._on_chat)
        subscribe(CHAT_ACCEPTED, self._on_accepted)
        subscribe(CHAT_REJECTED, self._on_rejected)
        subscribe(CHAT_MODERATION, self._on_moderation)
        subscribe(CHAT_ENDED, self._on_ended)
        subscribe(AUDIO, self._on_audio)
        subscribe(CONTROL, self._on_control)
        subscribe(PLAYBACK, self._on_playback)
        subscribe(SPEECH_PROGRESS, self._on_progress)
        subscribe(SPEECH_FAILED, self._on_failed)

    def on_departure(self, departure: Departure) -> None:
        """A synth is gone: what it had waits for another one, for a while."""
        for utterance_id, (instance, incarnation) in list(self._holders.items()):
            if instance == departure.instance and incarnation < departure.before:
                del self._holders[utterance_id]
                for room in self._hub.rooms:
                    room.playback.orphan(utterance_id, "its synth died")

    def _on_chat(self, received: Received[ChatMessage]) -> None:
        message = received.message
        if not self._said.add(message):
            return
        room = self._hub.hear(received.ids["room"])
        if room is not None:
            room.emit(events.chat(message))

    def _on_accepted(self, received: Received[ChatAccepted]) -> None:
        message = received.message
        room = self._hub.hear(received.ids["room"])
        if room is None:
            return
        if not room.announce(message.utterance_id):
            return  # said again to somebody who asked again
        room.emit(events.chat_taken(message))
        said = self._said.accept(message.utterance_id, message.platform, message.message_id)
        if said is not None:
            self._sounding[message.utterance_id] = said.received_at_ns
        self._announcer.wake()

    def _on_rejected(self, received: Received[ChatRejected]) -> None:
        room = self._hub.hear(received.ids["room"])
        self._bus.counters.add("player_chat_rejected_total", rule=received.message.rule)
        if room is not None:
            room.emit(events.chat_refused(received.message))

    def _on_moderation(self, received: Received[ChatModeration]) -> None:
        message = received.message
        room = self._hub.hear(received.ids["room"])
        if room is None:
            return
        room.emit(events.chat_removed(message))
        for utterance in room.playback.queue:
            said_as = utterance.message_id
            if said_as is not None and self._said.concerns(message, said_as):
                room.cancel(utterance.id)
        self._announcer.wake()

    def _on_ended(self, received: Received[ChatEnded]) -> None:
        message = received.message
        room = self._hub.hear(received.ids["room"])
        self._bus.counters.add("player_chat_ended_total", outcome=message.outcome)
        if room is None:
            return
        room.emit(events.chat_over(message))
        room.conclude(message.utterance_id)
        if message.outcome == "cancelled":
            room.cancel(message.utterance_id)
        elif message.outcome != "spoken":
            room.fail(message.utterance_id, message.reason)
        self._announcer.wake()

    def _on_audio(self, received: Received[AudioEvent]) -> None:
        message = received.message
        room = self._hub.hear(received.ids["room"])
        if room is None:
            return
        if isinstance(message, AudioStart):
            room.audio_start(message, self._said.origin(message.utterance_id))
        elif isinstance(message, AudioStop):
            room.audio_stop(message)
        elif room.audio_chunk(message):
            self._first_sound(message.utterance_id)
        self._announcer.wake()

    def _first_sound(self, utterance_id: str) -> None:
        received_at_ns = self._sounding.pop(utterance_id, None)
        if received_at_ns is not None:
            self._metrics.chat_sounds((time.time_ns() - received_at_ns) / NS)

    async def _on_control(self, received: Received[RoomControl]) -> None:
        room = self._hub.hear(received.ids["room"])
        control = received.message
        if room is None:
            return
        if control.action == "skip" and control.utterance_id is None:
            await self._skip_current(room)
            return
        self._settled[room.slug] = None
        room.control(control)
        self._announcer.wake()

    async def _skip_current(self, room: Room) -> None:
        """Say again with the utterance: only the bridge knows what plays, the filter acts on it."""
        playing = room.playback.now_playing
        if playing is None:
            return
        control = RoomControl(action="skip", utterance_id=playing)
        try:
            await self._bus.publish(CONTROL, control, room=room.slug, timeout_s=PUBLISH_TIMEOUT_S)
        except BusError:
            room.control(control)

    def _on_playback(self, received: Received[PlaybackState]) -> None:
        """Take over, once, whether an earlier bridge had paused the room."""
        slug = received.ids["room"]
        if not received.retained or slug in self._settled:
            return
        self._settled[slug] = None
        room = self._hub.hear(slug) if received.message.paused else None
        if room is not None:
            room.restore(paused=True)
            self._announcer.wake()

    def _on_progress(self, received: Received[SpeechProgress]) -> None:
        message = received.message
        if isinstance(message, SpeechDone):
            self._holders.pop(message.utterance_id, None)
            self._metrics.spoken(received.ids["engine"], message)
            return
        if not isinstance(message, SpeechTaken):
            return
        self._holders[message.utterance_id] = (message.instance, message.incarnation)
        self._on_taken(message)

    def _on_failed(self, received: Received[SpeechFailed]) -> None:
        message = received.message
        self._bus.counters.add("player_speech_failed_total", code=message.code)
        self._holders.pop(message.utterance_id, None)
        for room in self._hub.rooms:
            if message.retryable:
                room.playback.orphan(message.utterance_id, message.text, message.attempt)
            else:
                room.fail(message.utterance_id, message.text, message.attempt)
        self._announcer.wake()
