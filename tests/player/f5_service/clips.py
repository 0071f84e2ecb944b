"""Clips for requests, and what the service's answers hold."""

import base64
import io
import math
import struct
import wave
from typing import Any

import httpx

RATE_HZ = 16_000


def tone(seconds: float = 1.0) -> bytes:
    """A WAV file that is no silence."""
    count = int(seconds * RATE_HZ)
    values = (round(9000 * math.sin(number / 9)) for number in range(count))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(struct.pack(f"<{count}h", *values))
    return file.getvalue()


CLIP = base64.b64encode(tone()).decode()


def wish(**more: Any) -> dict[str, Any]:
    """A request as the service's README has it."""
    return {
        "ref_text": "This is the reference.",
        "gen_text": "This is new.",
        "ref_audio_base64": CLIP,
        **more,
    }


def samples(wav: str | bytes) -> tuple[bytes, int]:
    """Samples and rate of a WAV file, or of one in base64; it must be whole."""
    data = base64.b64decode(wav) if isinstance(wav, str) else wav
    with wave.open(io.BytesIO(data)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        pcm = sound.readframes(sound.getnframes())
        assert len(pcm) == 2 * sound.getnframes() == len(data) - 44
        return pcm, sound.getframerate()


async def cloner(site: Any, **more: Any) -> tuple[httpx.AsyncClient, Any]:
    """A bridge with a synth that clones; a client of it, and the synth."""
    await site.bridge(**more.pop("settings", {}))
    synth = await site.synth("mia", engine="f5", engine_label="F5-TTS", clones=True, **more)
    return site.http(), synth
