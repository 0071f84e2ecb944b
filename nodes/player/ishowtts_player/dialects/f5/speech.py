"""Speech as the F5 service answers with it: whole, or in pieces that are files of their own."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from ishowtts_player.audio.pieces import PieceCutter
from ishowtts_player.audio.wav import wav_file
from ishowtts_player.bridge import Bridge
from ishowtts_player.errors import ApiError
from ishowtts_player.speech.client import SpeakRequest
from ishowtts_player.speech.streaming import Pieces
from ishowtts_schemas import SAMPLE_BYTES

DIALECT = "f5"
FIRST_PIECE_S = 0.25
"""Heard as soon as it is there; a second of it would take the engine a third of one more."""
PIECE_S = 1.0


class GenerateAnswer(msgspec.Struct, kw_only=True):
    """The service's answer, with what its older answers had beside."""

    audio_base64: bytes
    """A whole WAV file."""
    sample_rate: int
    duration: float
    """Of the audio, in seconds."""
    generation_time: float
    """From the request to the whole of it, in seconds."""
    text_length: int
    """In characters."""
    audio_length: int
    """In samples."""


class Timer:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def seconds(self) -> float:
        return round(time.monotonic() - self._began_s, 3)


async def whole(bridge: Bridge, request: SpeakRequest, timer: Timer) -> GenerateAnswer:
    """Speak it all.

    Raises:
        ApiError: It cannot be spoken.
    """
    async with bridge.speech.speak(request) as stream:
        pcm = b"".join([chunk async for chunk in stream])
        if stream.first_audio_s is not None:
            bridge.metrics.api_sounds(stream.first_audio_s)
        rate_hz = stream.sample_rate_hz
    samples = len(pcm) // SAMPLE_BYTES
    return GenerateAnswer(
        audio_base64=wav_file(pcm, rate_hz),
        sample_rate=rate_hz,
        duration=samples / rate_hz,
        generation_time=timer.seconds(),
        text_length=len(request.text),
        audio_length=samples,
    )


async def events(bridge: Bridge, request: SpeakRequest, timer: Timer) -> Pieces:
    """Server-sent events, a piece each; the last says that it is.

    Raises:
        ApiError: Before the first event. A later one is an event, the last.
    """
    index = 0
    try:
        async with aclosing(_pieces(bridge, request)) as pieces:
            async for piece, rate_hz, last in pieces:
                more = {"total_chunks": index + 1, "generation_time": timer.seconds()}
                yield _event(index, wav_file(piece, rate_hz), rate_hz, more if last else None)
                index += 1
    except ApiError as error:
        if not index:
            raise
        bridge.bus.counters.add("player_api_streams_broken_total", dialect=DIALECT)
        yield _framed({"detail": error.text, "is_final": True})


async def _pieces(
    bridge: Bridge, request: SpeakRequest
) -> AsyncGenerator[tuple[bytes, int, bool], None]:
    """Each with its rate, and whether it is the last."""
    cutter: PieceCutter | None = None
    async with bridge.speech.speak(request) as stream:
        async for pcm in stream:
            rate_hz = stream.sample_rate_hz
            if cutter is None:
                bridge.metrics.api_sounds(stream.first_audio_s or 0.0)
                cutter = PieceCutter(_bytes(PIECE_S, rate_hz), _bytes(FIRST_PIECE_S, rate_hz))
            for piece in cutter.push(pcm):
                yield piece, rate_hz, False
        rate_hz = stream.sample_rate_hz
    yield (cutter.finish() if cutter else b""), rate_hz, True


def _event(index: int, wav: bytes, rate_hz: int, more: dict[str, Any] | None) -> bytes:
    """`chunk_index` stands in both places where clients look for it."""
    return _framed(
        {
            "audio_chunk": wav,
            "sample_rate": rate_hz,
            "is_final": more is not None,
            "chunk_index": index,
            "metadata": {"chunk_index": index, **(more or {})},
        }
    )


def _framed(data: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


def _bytes(seconds: float, rate_hz: int) -> int:
    return int(seconds * rate_hz) * SAMPLE_BYTES
