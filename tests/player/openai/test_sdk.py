"""OpenAI's own SDK against the running bridge."""

import asyncio
import base64
import io
import json
import wave
from collections.abc import AsyncIterator

import openai
import pytest
import pytest_asyncio

from ishowtts_player.audio.encoder import encode_whole
from ishowtts_player.audio.formats import OPENAI_FORMATS
from tests.player.audio.sounds import SOURCE_HZ, TONE_HZ, hear, loudest
from tests.player.fake_synth import FakeSynth, be_silent, refuse
from tests.player.house import House
from tests.player.openai.songs import TONES_HZ, hold, sing_and_fail, song
from tests.player.sse import SOON_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

WISH = {"model": "tts-1", "voice": "en", "input": "Hello there."}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[House]:
    house = await House().open(api_token="the key")
    yield house
    await house.site.close()


@pytest_asyncio.fixture(loop_scope="module")
async def singer(shared) -> AsyncIterator[FakeSynth]:
    yield shared.synth
    await shared.forget()


@pytest_asyncio.fixture(loop_scope="module")
async def sdk(shared, singer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{shared.url}/v1",
        api_key="the key",
        max_retries=0,
        timeout=SOON_S,
        http_client=openai.DefaultAsyncHttpxClient(verify=False),  # 0.1 s for certificates
    ) as client:
        yield client


async def test_mp3_is_what_nobody_asks_for_and_gets(sdk):
    answer = await sdk.audio.speech.create(**WISH)
    assert answer.response.headers["content-type"] == "audio/mpeg"
    assert answer.response.headers["transfer-encoding"] == "chunked"
    assert loudest(*hear(answer.content, OPENAI_FORMATS["mp3"])) == pytest.approx(TONE_HZ, abs=2)


async def test_streamed_is_what_is_sent_whole(sdk):
    for name, output in OPENAI_FORMATS.items():
        whole = await sdk.audio.speech.create(**WISH, response_format=name)
        assert whole.response.headers["content-type"] == output.media_type
        async with sdk.audio.speech.with_streaming_response.create(
            **WISH, response_format=name
        ) as answer:
            streamed = b"".join([piece async for piece in answer.iter_bytes()])
        ogg_serials_differ = name == "opus"
        assert streamed == whole.content or ogg_serials_differ
        expected, _ = hear(encode_whole(song(), SOURCE_HZ, output), output)
        heard, rate_hz = hear(streamed, output)
        assert len(heard) == pytest.approx(len(expected), abs=0.09 * rate_hz)
        assert loudest(heard, rate_hz) == pytest.approx(TONE_HZ, abs=2)


async def test_samples_are_those_of_the_engine_and_wav_puts_one_header_before_them(sdk):
    bare = await sdk.audio.speech.create(**WISH, response_format="pcm")
    assert bare.content == song()
    answer = await sdk.audio.speech.create(**WISH, response_format="wav")
    assert answer.content[44:] == song()
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (24_000, 1, 2)


async def test_the_first_audio_does_not_wait_for_the_last(sdk, singer):
    singer.script = hold
    async with sdk.audio.speech.with_streaming_response.create(
        **WISH, response_format="pcm"
    ) as answer:
        first = await asyncio.wait_for(anext(answer.iter_bytes()), SOON_S)
        assert song().startswith(first)
    await asyncio.wait_for(singer.cancelled.wait(), SOON_S)
    assert singer.cancels[0].utterance_id == singer.requests[0].utterance_id


async def test_events_carry_the_audio_and_end_with_usage(sdk):
    async with sdk.audio.speech.with_streaming_response.create(
        **WISH, stream_format="sse", response_format="pcm"
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line[6:]) async for line in answer.iter_lines() if line]
    *deltas, done = events
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(delta["audio"]) for delta in deltas) == song()
    assert done == {
        "type": "speech.audio.done",
        "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
    }


async def test_the_synchronous_client_streams_too(sdk):
    def ask() -> tuple[bytes, list[str]]:
        http = openai.DefaultHttpxClient(verify=False)
        with openai.OpenAI(
            base_url=str(sdk.base_url), api_key="the key", http_client=http
        ) as client:
            with client.audio.speech.with_streaming_response.create(
                **WISH, response_format="pcm"
            ) as answer:
                heard = b"".join(answer.iter_bytes(1000))
            return heard, [model.id for model in client.models.list()]

    heard, models = await asyncio.to_thread(ask)
    assert heard == song()
    assert models == ["espeak", "tts-1", "tts-1-hd", "gpt-4o-mini-tts"]


async def test_a_custom_voice_is_an_object_and_what_it_means_reaches_the_synth(sdk, singer):
    answer = await sdk.audio.speech.create(
        model="gpt-4o-mini-tts",
        voice={"id": "de"},
        input="  Guten\nTag  ",
        instructions="Cheerful.",
        speed=1.5,
        response_format="pcm",
        extra_body={"lang_code": "d", "stream": True},
    )
    assert loudest(*hear(answer.content, OPENAI_FORMATS["pcm"])) == pytest.approx(1000, abs=2)
    (request,) = singer.requests
    assert (request.text, request.voice, request.speed) == ("Guten Tag", "de", 1.5)
    assert request.priority == "interactive"


async def test_models_are_told_one_by_one(sdk):
    model = await sdk.models.retrieve("espeak")
    assert (model.id, model.object, model.owned_by) == ("espeak", "model", "eSpeak NG")
    with pytest.raises(openai.NotFoundError) as refused:
        await sdk.models.retrieve("dall-e")
    assert refused.value.code == "model_not_found"


ERRORS = {
    openai.BadRequestError: refuse("bad_request", "this is why"),
    openai.InternalServerError: refuse("engine_error", "this is why"),
}


async def test_errors_are_the_sdks_own(sdk, singer):
    for kind, script in ERRORS.items():
        singer.script = script
        with pytest.raises(kind, match="this is why"):
            await sdk.audio.speech.create(**WISH)
    with pytest.raises(openai.AuthenticationError):
        await sdk.with_options(api_key="wrong").audio.speech.create(**WISH)


async def test_a_broken_answer_is_not_taken_for_a_whole_one(sdk, singer):
    singer.script = sing_and_fail
    with pytest.raises(openai.APIConnectionError):
        await sdk.audio.speech.create(**WISH)
    async with sdk.audio.speech.with_streaming_response.create(
        **WISH, stream_format="sse"
    ) as answer:
        events = [json.loads(line[6:]) async for line in answer.iter_lines() if line]
    assert events[0]["type"] == "speech.audio.delta"
    assert events[-1]["error"]["message"] == "the engine broke"


async def test_a_client_that_gives_up_frees_the_synth(sdk, singer):
    singer.script = be_silent
    asking = asyncio.create_task(sdk.audio.speech.create(**WISH))
    await asyncio.wait_for(singer.asked.wait(), SOON_S)
    asking.cancel()
    await asyncio.wait_for(singer.cancelled.wait(), SOON_S)


async def test_two_requests_at_once_are_not_mixed(sdk):
    wishes = [{**WISH, "voice": voice} for voice in ("en", "de") * 4]
    answers = await asyncio.gather(*(sdk.audio.speech.create(**wish) for wish in wishes))
    for wish, answer in zip(wishes, answers, strict=True):
        heard = hear(answer.content, OPENAI_FORMATS["mp3"])
        assert loudest(*heard) == pytest.approx(TONES_HZ[wish["voice"]], abs=2)
