"""HTTP: a connection that is kept, one request for each text."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import httpx

from ishowtts_cli.bench.clients.client import Client, Place, RefusedError

TIMEOUT_S = 30.0
OK = 200
WAV_HEADER_BYTES = 44


class HttpClient(Client):
    """Posts JSON and reads the body."""

    headers: ClassVar[dict[str, str]] = {}
    skip_bytes: ClassVar[int] = 0

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._http: httpx.AsyncClient | None = None

    async def open(self) -> None:
        """Keep one connection."""
        self._http = httpx.AsyncClient(base_url=self.place.url, timeout=TIMEOUT_S)

    async def close(self) -> None:
        """Close it."""
        if self._http is not None:
            await self._http.aclose()

    async def hear(self, text: str, voice: str) -> AsyncIterator[bytes]:
        """Read the body, without the header of a file."""
        if self._http is None:
            raise RuntimeError("open() comes first")
        path, body = self.request(text, voice)
        skip = self.skip_bytes
        async with self._http.stream("POST", path, json=body, headers=self.headers) as answer:
            if answer.status_code != OK:
                problem = (await answer.aread()).decode("utf-8", "replace")
                raise RefusedError(f"{self.name}: {answer.status_code} {problem[:200]}")
            async for piece in answer.aiter_raw():
                kept, skip = piece[skip:], max(0, skip - len(piece))
                if kept:
                    yield kept

    def request(self, text: str, voice: str) -> tuple[str, dict[str, Any]]:
        """Path and body."""
        raise NotImplementedError


class TtsWhole(HttpClient):
    name: ClassVar[str] = "POST /api/tts, WAV"
    whole: ClassVar[bool] = True
    headers: ClassVar[dict[str, str]] = {"accept": "audio/wav"}
    skip_bytes: ClassVar[int] = WAV_HEADER_BYTES

    def request(self, text: str, voice: str) -> tuple[str, dict[str, Any]]:
        return "/api/tts", {"text": text, "voice_id": voice}


class OpenAiPcm(HttpClient):
    name: ClassVar[str] = "OpenAI, pcm"
    audio_format: ClassVar[str] = "pcm"

    def request(self, text: str, voice: str) -> tuple[str, dict[str, Any]]:
        body = {"model": "tts-1", "input": text, "voice": voice}
        return "/v1/audio/speech", {**body, "response_format": self.audio_format}


class OpenAiMp3(OpenAiPcm):
    name: ClassVar[str] = "OpenAI, mp3"
    audio_format: ClassVar[str] = "mp3"
    pcm: ClassVar[bool] = False


class ElevenLabsStream(HttpClient):
    name: ClassVar[str] = "ElevenLabs, stream"

    def request(self, text: str, voice: str) -> tuple[str, dict[str, Any]]:
        return f"/v1/text-to-speech/{voice}/stream?output_format=pcm_24000", {"text": text}


class ChatterboxHttp(HttpClient):
    name: ClassVar[str] = "Chatterbox, pcm"
    headers: ClassVar[dict[str, str]] = {"x-tts-dialect": "chatterbox"}

    def request(self, text: str, voice: str) -> tuple[str, dict[str, Any]]:
        audio = {"format": "pcm_s16le", "sample_rate": 24_000}
        return "/api/tts", {"text": text, "voice": {"audio_prompt_path": voice}, "audio": audio}


HTTP_CLIENTS: tuple[type[HttpClient], ...] = (
    TtsWhole,
    OpenAiPcm,
    OpenAiMp3,
    ElevenLabsStream,
    ChatterboxHttp,
)
