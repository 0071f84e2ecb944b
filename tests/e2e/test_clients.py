"""Clients as people have them, unchanged, against the whole pipeline: each is heard."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import av
import httpx
import numpy
import openai
import pytest
from elevenlabs.client import ElevenLabs
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.tts import Synthesize

from tests.broker import free_port
from tests.e2e.pipeline import FAST_QUEUE, Pipeline
from tests.recogniser import Recogniser

PHRASE = "good morning"
RATE_HZ = 24_000
WYOMING_PORT = free_port()


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline whose Wyoming port is open."""
    folder: Path = tmp_path_factory.mktemp("clients")
    port = str(WYOMING_PORT)
    pipeline = Pipeline(folder, **FAST_QUEUE, ISHOWTTS__PLAYER__WYOMING__PORT=port)
    pipeline.start()
    yield pipeline
    pipeline.stop()


@pytest.fixture
def eleven(pipeline: Pipeline) -> Iterator[ElevenLabs]:
    with httpx.Client() as http:
        yield ElevenLabs(api_key="any", base_url=_base(pipeline), httpx_client=http)


@pytest.fixture
def voice(pipeline: Pipeline) -> str:
    return httpx.get(f"{_base(pipeline)}/api/health").json()["default_voice"]


def test_openai_speaks(pipeline: Pipeline, recogniser: Recogniser) -> None:
    with openai.OpenAI(base_url=f"{_base(pipeline)}/v1", api_key="any") as client:
        pcm, mp3 = (_from_openai(client, kind) for kind in ("pcm", "mp3"))
    assert recogniser.hear(pcm) == PHRASE
    assert recogniser.hear(_decoded(mp3)) == PHRASE


def test_elevenlabs_converts_and_streams(
    eleven: ElevenLabs, voice: str, recogniser: Recogniser
) -> None:
    whole = b"".join(eleven.text_to_speech.convert(voice, text=PHRASE))
    assert recogniser.hear(_decoded(whole)) == PHRASE
    live = eleven.text_to_speech.stream(voice, text=PHRASE, output_format="pcm_24000")
    assert recogniser.hear(b"".join(live)) == PHRASE


@pytest.mark.filterwarnings("ignore:ConnectionClosed.code is deprecated")  # the SDK's own use
def test_elevenlabs_speaks_while_text_comes_in(
    pipeline: Pipeline, eleven: ElevenLabs, voice: str, recogniser: Recogniser
) -> None:
    realtime = eleven.text_to_speech
    realtime._ws_base_url = _base(pipeline, "ws")  # the SDK makes wss of every address
    audio = realtime.convert_realtime(
        voice, text=iter(["good ", "morning"]), output_format="pcm_24000"
    )
    assert recogniser.hear(b"".join(audio)) == PHRASE


def test_wyoming_speaks(pipeline: Pipeline, recogniser: Recogniser) -> None:
    assert recogniser.hear(asyncio.run(_over_wyoming(PHRASE))) == PHRASE


def _from_openai(client: openai.OpenAI, kind: Literal["pcm", "mp3"]) -> bytes:
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=PHRASE, response_format=kind
    ) as answer:
        return answer.read()


async def _over_wyoming(text: str) -> bytes:
    pcm = bytearray()
    async with AsyncTcpClient("127.0.0.1", WYOMING_PORT) as client:
        await client.write_event(Synthesize(text).event())
        while (event := await asyncio.wait_for(client.read_event(), 20)) is not None:
            if AudioStart.is_type(event.type):
                assert AudioStart.from_event(event).rate == RATE_HZ
            elif AudioChunk.is_type(event.type):
                pcm += AudioChunk.from_event(event).audio
            elif AudioStop.is_type(event.type):
                break
    return bytes(pcm)


def _base(pipeline: Pipeline, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{pipeline.http_port}"


def _decoded(audio: bytes) -> bytes:
    """As mono s16le at 24 kHz."""
    resampler = av.AudioResampler("s16", "mono", RATE_HZ)
    with av.open(io.BytesIO(audio)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return numpy.concatenate([frame.to_ndarray()[0] for frame in frames]).tobytes()
