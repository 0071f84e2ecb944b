"""ElevenLabs' own SDK against the running bridge."""

import asyncio
import base64
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
import pytest_asyncio
from elevenlabs import VoiceSettings
from elevenlabs.client import AsyncElevenLabs, ElevenLabs
from elevenlabs.core import ApiError

from ishowtts_player.audio.formats import ELEVENLABS_FORMATS, elevenlabs_format
from tests.player.audio.sounds import TONE_HZ, hear, loudest
from tests.player.elevenlabs.conftest import KEY
from tests.player.fake_synth import refuse
from tests.player.openai.songs import TONES_HZ, hold, sing_and_fail, song
from tests.player.sse import SOON_S

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    # The SDK reads code and reason from websockets' exception.
    pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning"),
]

WISH = {"voice_id": "en", "text": "Hello there."}


@pytest_asyncio.fixture(loop_scope="module")
async def sdk(theatre) -> AsyncIterator[AsyncElevenLabs]:
    async with httpx.AsyncClient(timeout=SOON_S) as http:
        yield AsyncElevenLabs(api_key=KEY, base_url=theatre.url, httpx_client=http)


async def whole(answer: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in answer])


async def test_mp3_is_what_nobody_asks_for_and_gets(sdk):
    audio = await whole(sdk.text_to_speech.convert(**WISH))
    samples, rate_hz = hear(audio, elevenlabs_format("mp3_44100_128"))
    assert rate_hz == 44_100
    assert loudest(samples, rate_hz) == pytest.approx(TONE_HZ, abs=2)


async def test_every_format_sounds_as_it_should(sdk):
    for name in (
        "mp3_22050_32",
        "pcm_16000",
        "wav_44100",
        "opus_48000_32",
        "ulaw_8000",
        "alaw_8000",
    ):
        output = ELEVENLABS_FORMATS[name]
        for ask in (sdk.text_to_speech.convert, sdk.text_to_speech.stream):
            samples, rate_hz = hear(await whole(ask(**WISH, output_format=name)), output)
            assert loudest(samples, rate_hz) == pytest.approx(TONE_HZ, abs=2), name
            assert len(samples) / rate_hz == pytest.approx(1.5, abs=0.1), name


async def test_a_whole_wav_tells_its_length(sdk):
    audio = await whole(sdk.text_to_speech.convert(**WISH, output_format="wav_24000"))
    with wave.open(BytesIO(audio)) as sound:
        assert (sound.getframerate(), sound.getnframes()) == (24_000, 36_000)
    assert audio[44:] == song()


async def test_the_first_audio_does_not_wait_for_the_last(sdk, theatre):
    theatre.synth.script = hold
    answer = sdk.text_to_speech.stream(**WISH, output_format="pcm_24000")
    first = await asyncio.wait_for(anext(answer), SOON_S)
    assert song().startswith(first)
    await answer.aclose()
    await asyncio.wait_for(theatre.synth.cancelled.wait(), SOON_S)


async def test_what_is_asked_for_reaches_the_synth(sdk, theatre):
    await whole(
        sdk.text_to_speech.convert(
            voice_id="de",
            text=" Guten\nTag ",
            model_id="eleven_flash_v2_5",
            language_code="de",
            voice_settings=VoiceSettings(stability=0.3, speed=1.2),
            seed=7,
            previous_text="Und",
            output_format="pcm_24000",
        )
    )
    (request,) = theatre.synth.requests
    assert (request.text, request.voice, request.speed) == ("Guten Tag", "de", 1.2)
    assert (request.language, request.priority) == ("de", "interactive")


async def test_times_come_with_the_whole(sdk):
    answer = await sdk.text_to_speech.convert_with_timestamps(**WISH, output_format="pcm_24000")
    assert base64.b64decode(answer.audio_base_64) == song()
    times = answer.alignment
    assert "".join(times.characters) == WISH["text"]
    assert times.character_start_times_seconds[0] == 0
    assert times.character_end_times_seconds[-1] == pytest.approx(1.5, abs=0.001)
    assert times.character_start_times_seconds == sorted(times.character_start_times_seconds)
    assert answer.normalized_alignment == times


async def test_times_come_with_the_stream(sdk):
    stream = sdk.text_to_speech.stream_with_timestamps(**WISH, output_format="pcm_24000")
    lines = [line async for line in stream]
    timed = [line.alignment for line in lines if line.alignment]
    starts = [start for one in timed for start in one.character_start_times_seconds]
    assert b"".join(base64.b64decode(line.audio_base_64) for line in lines) == song()
    assert "".join("".join(one.characters) for one in timed) == WISH["text"]
    assert starts == sorted(starts)
    assert starts[-1] <= 1.5


async def test_voices_are_found(sdk):
    every = await sdk.voices.get_all()
    assert [voice.voice_id for voice in every.voices] == ["de", "en"]
    found = await sdk.voices.search(search="DE", page_size=1)
    assert [voice.name for voice in found.voices] == ["De"]
    assert (found.total_count, found.has_more) == (1, False)
    first = await sdk.voices.search(page_size=1)
    second = await sdk.voices.search(page_size=1, next_page_token=first.next_page_token)
    assert (first.has_more, second.has_more, second.total_count) == (True, False, 2)
    assert [voice.voice_id for voice in (*first.voices, *second.voices)] == ["de", "en"]
    one = await sdk.voices.get("en")
    assert (one.voice_id, one.category, one.labels["language"]) == ("en", "premade", "en")


async def test_the_models_are_the_engines(sdk):
    (model,) = await sdk.models.list()
    assert (model.model_id, model.name, model.can_do_text_to_speech) == (
        "espeak",
        "eSpeak NG",
        True,
    )
    assert [language.language_id for language in model.languages] == ["de", "en"]


async def test_errors_are_told_in_the_sdks_shape(sdk, theatre):
    async def refused(**wish: Any) -> tuple[int | None, str]:
        with pytest.raises(ApiError) as told:
            await whole(sdk.text_to_speech.convert(**{**WISH, **wish}))
        return told.value.status_code, told.value.body["detail"]["status"]

    assert await refused(voice_id="nobody") == (404, "voice_not_found")
    assert await refused(voice_id="..%2F..%2Fetc") == (404, "not_found")
    assert await refused(text=" ") == (400, "empty_text")
    assert await refused(text="x" * 2001) == (400, "text_too_long")
    assert await refused(output_format="mp3_1") == (400, "unknown_format")
    assert await refused(voice_settings={"speed": 9}) == (422, "invalid_field")
    theatre.synth.script = refuse("engine_error", "this is why")
    assert await refused() == (502, "synthesis_failed")
    with pytest.raises(ApiError) as told:
        await sdk.voices.get("nobody")
    assert told.value.status_code == 404


async def test_the_key_is_asked_for_and_known(theatre):
    await theatre.open(api_token=KEY)
    async with httpx.AsyncClient() as http:
        for key, known in ((KEY, True), ("wrong", False)):
            sdk = AsyncElevenLabs(api_key=key, base_url=theatre.url, httpx_client=http)
            if known:
                assert len((await sdk.voices.get_all()).voices) == 2
                continue
            with pytest.raises(ApiError) as told:
                await sdk.voices.get_all()
            assert told.value.status_code == 401


async def test_a_broken_answer_is_not_taken_for_a_whole_one(sdk, theatre):
    theatre.synth.script = sing_and_fail
    with pytest.raises(httpx.RemoteProtocolError):
        await whole(sdk.text_to_speech.stream(**WISH, output_format="pcm_24000"))


async def test_two_requests_at_once_are_not_mixed(sdk):
    async def ask(voice: str) -> bytes:
        wish = {"text": "Hello.", "output_format": "pcm_24000"}
        return await whole(sdk.text_to_speech.convert(voice_id=voice, **wish))

    voices = ("en", "de") * 6
    for voice, audio in zip(voices, await asyncio.gather(*map(ask, voices)), strict=True):
        heard = hear(audio, elevenlabs_format("pcm_24000"))
        assert loudest(*heard) == pytest.approx(TONES_HZ[voice], abs=2)


class Realtime:
    """`convert_realtime`, which by itself speaks TLS only."""

    def __init__(self, url: str, key: str = KEY) -> None:
        self._url = url
        self._key = key

    async def ask(self, texts: Callable[[], Iterator[str]], **wish: Any) -> bytes:
        def run() -> bytes:
            client = ElevenLabs(api_key=self._key, base_url=self._url, timeout=SOON_S)
            speech = client.text_to_speech
            speech._ws_base_url = self._url.replace("http", "ws", 1)
            return b"".join(speech.convert_realtime(text=texts(), **{"voice_id": "en", **wish}))

        return await asyncio.wait_for(asyncio.to_thread(run), SOON_S)


def story() -> Iterator[str]:
    yield from ("Once upon ", "a time, ", "there was a synth that sang. ", "It sang ", "well.")


async def test_realtime_speaks_what_comes_in_pieces(sdk, theatre):
    audio = await Realtime(theatre.url).ask(story, output_format="pcm_24000")

    texts = [request.text for request in theatre.synth.requests]
    assert (
        " ".join(texts).replace("  ", " ")
        == "Once upon a time, there was a synth that sang. It sang well."
    )
    assert audio == song() * len(texts)


async def test_realtime_in_mp3_is_one_playable_stream(sdk, theatre):
    settings = VoiceSettings(speed=0.9, stability=0.1)
    audio = await Realtime(theatre.url).ask(story, voice_settings=settings)

    samples, rate_hz = hear(audio, elevenlabs_format("mp3_44100_128"))
    assert loudest(samples, rate_hz) == pytest.approx(TONE_HZ, abs=2)
    assert {request.speed for request in theatre.synth.requests} == {0.9}


async def test_realtime_errors_are_the_sdks_own(sdk, theatre):
    with pytest.raises(ApiError) as told:
        await Realtime(theatre.url).ask(story, voice_id="nobody")
    assert told.value.status_code == 1008
    assert "nobody" in str(told.value.body)
