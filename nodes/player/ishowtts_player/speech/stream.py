"""The audio of one request, from the bus to whoever reads it."""

import asyncio
import time
from dataclasses import dataclass

from ishowtts_bus.patience import within
from ishowtts_player.dedupe import new_part
from ishowtts_player.directory import Departure, Voice
from ishowtts_player.errors import (
    ApiError,
    InputError,
    NothingToSpeakError,
    SpeechTimeoutError,
    SynthesisError,
    UnavailableError,
)
from ishowtts_schemas import (
    SAMPLE_BYTES,
    AudioChunk,
    AudioStart,
    AudioStop,
    FailureCode,
    SpeechFailed,
    SpeechTaken,
)

MAX_AUDIO_BYTES = 32 * 1024 * 1024
"""Of one request: 11 minutes at 24 kHz."""

Message = AudioStart | AudioChunk | AudioStop | SpeechFailed


@dataclass(frozen=True)
class Quota:
    """How many requests one interface may have at once, beside the limit for all together."""

    name: str
    requests: int


class SpeechStream:
    """The audio of one request as it is made: chunks of mono s16le.

    Attributes:
        utterance_id: Its id on the bus.
        sample_rate_hz: Known from the first chunk on.
        first_audio_s: From the request to its first chunk; None before.
        working: Whether a synth may still be at it.
    """

    def __init__(
        self,
        utterance_id: str,
        voice: Voice,
        timeout_s: float,
        quota: Quota | None = None,
        *,
        may_be_silent: bool = False,
    ) -> None:
        self.utterance_id = utterance_id
        self.voice = voice
        self.quota = quota
        self.sample_rate_hz = 0
        self.first_audio_s: float | None = None
        self.working = True
        self._may_be_silent = may_be_silent
        self._over = False
        self._timeout_s = timeout_s
        self._began_s = time.monotonic()
        self._queue: asyncio.Queue[bytes | ApiError | None] = asyncio.Queue()
        self._next_offset = 0
        self._holder: tuple[str, int] | None = None

    def __aiter__(self) -> "SpeechStream":
        return self

    async def __anext__(self) -> bytes:
        """The next chunk.

        Raises:
            ApiError: There will be no more.
        """
        try:
            item = await within(self._timeout_s, self._queue.get())
        except asyncio.TimeoutError:
            raise SpeechTimeoutError("no synth answered in time") from None
        if isinstance(item, ApiError):
            raise item
        if item is None:
            raise StopAsyncIteration
        return item

    def on_taken(self, taken: SpeechTaken) -> None:
        """A synth has it in hand."""
        self._holder = (taken.instance, taken.incarnation)

    def on_departure(self, departure: Departure) -> None:
        """A synth is gone; if it was ours, nothing more will come."""
        if self._holder is None:
            return
        instance, incarnation = self._holder
        if instance == departure.instance and incarnation < departure.before:
            self.working = False
            self.fail(SynthesisError("the synth died while it spoke"))

    def on_message(self, message: Message) -> None:
        """Take what a synth sent."""
        if isinstance(message, AudioStart):
            self.sample_rate_hz = message.sample_rate_hz
        elif isinstance(message, AudioChunk):
            self._on_chunk(message)
        else:
            self.working = False
            self._on_end(message)

    def _on_end(self, message: AudioStop | SpeechFailed) -> None:
        if isinstance(message, SpeechFailed):
            self.fail(_failure(message.code, message.text))
        elif message.reason == "done":
            self._finish(self._silence(message))
        else:
            self.fail(SynthesisError(message.detail or f"the speech was {message.reason}"))

    def _silence(self, stop: AudioStop) -> ApiError | None:
        """What is wrong with an end before any sound; None where that is in order."""
        if self._next_offset:
            return None
        if stop.samples:
            return SynthesisError("the audio was lost on its way")
        return None if self._may_be_silent else NothingToSpeakError()

    def fail(self, error: ApiError) -> None:
        """End it; the reader gets the error."""
        self._finish(error)

    def _on_chunk(self, chunk: AudioChunk) -> None:
        piece = new_part(chunk, self._next_offset)
        if piece is None or self._over:
            return
        self._next_offset = piece.offset + len(piece.pcm) // SAMPLE_BYTES
        if self._next_offset * SAMPLE_BYTES > MAX_AUDIO_BYTES:
            self.fail(SynthesisError("the speech is longer than this bridge takes"))
            return
        if self.first_audio_s is None:
            self.first_audio_s = time.monotonic() - self._began_s
        self._queue.put_nowait(piece.pcm)

    def _finish(self, end: ApiError | None) -> None:
        if not self._over:
            self._over = True
            self._queue.put_nowait(end)


def _failure(code: FailureCode, text: str) -> ApiError:
    """What a synth's refusal means to a client."""
    if code in ("unknown_voice", "bad_request"):
        return InputError(text)
    if code in ("overloaded", "shutting_down"):
        return UnavailableError(text, "OVERLOADED")
    if code == "expired":
        return SpeechTimeoutError(text)
    return SynthesisError(text)
