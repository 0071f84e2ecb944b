"""A synth that sings: a tone for each request, in pieces as engines send them."""

import asyncio

from ishowtts_schemas import AudioChunk, AudioStop
from tests.player.audio.sounds import SECONDS, TONE_HZ, pieces, tone

TONES_HZ = {"en": TONE_HZ, "de": 1000}


def song(voice: str = "en", seconds: float = SECONDS) -> bytes:
    return tone(seconds, TONES_HZ[voice])


async def sing(synth, request, to) -> None:
    await synth.begin(request, to)
    await send(synth, request, to, song(request.voice))
    await synth.end(request, to, samples=len(song(request.voice)) // 2)


async def sing_and_fail(synth, request, to) -> None:
    """A third of it, and then no more."""
    await synth.begin(request, to)
    await send(synth, request, to, song(request.voice)[:24_000])
    failed = AudioStop(
        utterance_id=request.utterance_id,
        attempt=1,
        reason="failed",
        samples=12_000,
        detail="the engine broke",
    )
    await synth.bus.reply(to, failed)


async def hold(synth, request, to) -> None:
    """A beginning without an end."""
    await synth.begin(request, to)
    await send(synth, request, to, song(request.voice)[:24_000])


async def send(synth, request, to, pcm: bytes) -> None:
    offset = 0
    for piece in pieces(pcm, 130):
        chunk = AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=piece)
        await synth.bus.reply(to, chunk)
        offset += len(piece) // 2
        await asyncio.sleep(0)
