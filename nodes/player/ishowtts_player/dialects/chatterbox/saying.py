"""One text on its way through Chatterbox's socket, as the messages that its client gets."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from ishowtts_player.audio.formats import OutputFormat
from ishowtts_player.audio.pieces import PieceCutter
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.chatterbox.messages import Say, SayAudio
from ishowtts_player.dialects.chatterbox.wish import Speech, read_wish
from ishowtts_player.speech.client import SpeakRequest
from ishowtts_player.speech.streaming import Pieces, encoded
from ishowtts_player.speech.text import is_speakable
from ishowtts_schemas import SAMPLE_BYTES

Message = dict[str, Any] | bytes
"""A text frame, or a binary one."""

PIECE_MS = 40
MS = 1000


class Saying:
    """Speaks one `say`.

    Args:
        bridge: Asks a synth.
        say_id: The client's, or one that was made up for it.
        say: What the client sent.
        usual_voice: The one that was set on the socket when that came.

    Attributes:
        id: Of the `say`.
        audio: How its client wants it.
    """

    def __init__(self, bridge: Bridge, say_id: str, say: Say, usual_voice: str | None) -> None:
        self.id = say_id
        self._bridge = bridge
        self._say = say
        self.audio = say.audio or SayAudio()
        self._usual_voice = usual_voice
        self._samples = 0

    async def messages(self, *, binary: bool) -> AsyncGenerator[Message, None]:
        """All that the client gets, `done` last; bytes are binary frames.

        Raises:
            ApiError: It goes no further.
        """
        speech = read_wish(self._bridge, self._say, self._usual_voice)
        if is_speakable(speech.request.text):
            request = replace(speech.request, may_be_silent=True)
            async with aclosing(self._sound(request, binary=binary)) as sound:
                async for message in sound:
                    yield message
        yield self._done(speech)

    async def _sound(self, request: SpeakRequest, *, binary: bool) -> AsyncGenerator[Message, None]:
        if self.audio.stream is False:
            whole = b"".join([pcm async for pcm in self._pcm(request)])
            yield whole if binary else self._whole(whole)
            return
        index = 0
        async with aclosing(self._pieces(request)) as pieces:
            async for piece, last in pieces:
                yield piece if binary else self._chunk(index, piece, last=last)
                index += 1

    async def _pieces(self, request: SpeakRequest) -> AsyncGenerator[tuple[bytes, bool], None]:
        piece_ms = self.audio.chunk_size_ms or PIECE_MS
        cutter = PieceCutter(self.audio.rate_hz * piece_ms // MS * SAMPLE_BYTES)
        async with aclosing(self._pcm(request)) as sound:
            async for pcm in sound:
                for piece in cutter.push(pcm):
                    yield piece, False
        if last := cutter.finish():
            yield last, True

    async def _pcm(self, request: SpeakRequest) -> Pieces:
        output = OutputFormat("pcm", self.audio.rate_hz)
        sound = encoded(self._bridge.speech, request, output, self._bridge.metrics.api_sounds)
        async with aclosing(sound) as pieces:
            async for pcm in pieces:
                self._samples += len(pcm) // SAMPLE_BYTES
                yield pcm

    def _chunk(self, index: int, pcm: bytes, *, last: bool) -> dict[str, Any]:
        return {"type": "chunk", "id": self.id, "index": index, "data": pcm, "is_last": last}

    def _whole(self, pcm: bytes) -> dict[str, Any]:
        return {
            "type": "audio",
            "id": self.id,
            "data": pcm,
            "sample_rate": self.audio.rate_hz,
            "duration_seconds": self._seconds(),
        }

    def _done(self, speech: Speech) -> dict[str, Any]:
        done = {
            "type": "done",
            "id": self.id,
            "duration_seconds": self._seconds(),
            "duration_ms": round(self._seconds() * MS),
            "sample_rate": self.audio.rate_hz,
            "format": "pcm_s16le",
        }
        return done | ({"ignored": speech.ignored} if speech.ignored else {})

    def _seconds(self) -> float:
        return self._samples / self.audio.rate_hz
