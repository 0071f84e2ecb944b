"""One line of speech: text that comes in pieces, and the narrator that speaks it."""

from ishowtts_player.audio.pacer import Pacer
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.elevenlabs.alignment import SpeakingRate
from ishowtts_player.dialects.elevenlabs.manner import Manner
from ishowtts_player.dialects.elevenlabs.messages import ClientMessage
from ishowtts_player.dialects.elevenlabs.narrator import Mark, Narrator
from ishowtts_player.dialects.elevenlabs.outlet import Deliver, Outlet
from ishowtts_player.dialects.elevenlabs.packets import PacketMaker
from ishowtts_player.dialects.elevenlabs.schedule import FrameSchedule, TextBuffer, Thresholds
from ishowtts_player.dialects.elevenlabs.terms import Terms
from ishowtts_player.errors import InputError


class Context:
    """What one client has said to one voice, and is to hear.

    Args:
        bridge: Speaks.
        terms: Of the socket.
        manner: How it is spoken, until a message says otherwise.
        deliver: Sends what is to be heard.

    Attributes:
        flushed: Whether the client wants to hear all that is under way.
    """

    def __init__(self, bridge: Bridge, terms: Terms, manner: Manner, deliver: Deliver) -> None:
        self.flushed = False
        self._terms = terms
        self._manner = manner
        limits = bridge.settings.elevenlabs
        self._max_waiting_chars = limits.max_waiting_chars
        self._schedule = terms.schedule
        self._buffer = TextBuffer(
            self._thresholds(), manner.max_chars, by_sentence=terms.by_sentence
        )
        pacer = None if terms.lead_ms is None else Pacer(terms.lead_ms)
        maker = PacketMaker(terms.output, SpeakingRate(), terms.max_packet_ms)
        outlet = Outlet(deliver, pacer)
        sounds = bridge.metrics.api_sounds
        self._narrator = Narrator(bridge.speech, maker, outlet, limits.max_unsent_s, sounds)

    @property
    def busy(self) -> bool:
        """Whether there is work, or audio that has not left."""
        return self._narrator.busy

    async def run(self) -> None:
        """Speak, until `end` with the last mark.

        Raises:
            ApiError: Something cannot be spoken.
        """
        await self._narrator.run()

    def take(self, message: ClientMessage) -> None:
        """Do what a message asks for.

        Raises:
            InputError: More text waits than may.
        """
        self._manner = self._manner.changed(message)
        self._reschedule(message)
        text = message.text or ""
        if self._narrator.waiting_chars + self._buffer.chars + len(text) > self._max_waiting_chars:
            raise InputError("too much text waits to be spoken; send it slower", "TOO_MUCH_TEXT")
        self._say(self._buffer.add(text) if text.strip() or self._buffer.chars else [])
        if message.flush or (self._terms.xtts and message.try_trigger_generation):
            self.flush()
        elif message.try_trigger_generation:
            self._say(self._buffer.trigger())

    def flush(self) -> None:
        """Speak all there is."""
        self._say(self._buffer.flush())
        self._narrator.order(Mark.FLUSH)
        self.flushed = True

    def end(self, mark: Mark) -> None:
        """Speak all there is, then tell the client; schedules begin anew."""
        self._say(self._buffer.flush())
        self._narrator.order(mark)
        self._buffer.thresholds = self._thresholds()

    def forget(self) -> int:
        """Drop the text that nobody speaks yet; how many characters that were."""
        return self._buffer.clear()

    def _say(self, pieces: list[str]) -> None:
        orders = [order for order in map(self._manner.say, pieces) if order is not None]
        for order in orders:
            self.flushed = False
            self._narrator.order(order)

    def _reschedule(self, message: ClientMessage) -> None:
        config = message.config
        if config is None:
            return
        if config.chunk_length_schedule is not None:
            self._schedule = tuple(int(chars) for chars in config.chunk_length_schedule)
            self._buffer.thresholds = self._thresholds()
        if config.chunk_length_schedule_frames is not None:
            self._narrator.schedule(FrameSchedule(config.chunk_length_schedule_frames))

    def _thresholds(self) -> Thresholds:
        return Thresholds(self._schedule, repeat_last=not self._terms.xtts)
