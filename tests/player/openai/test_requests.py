"""Requests as clients send them, and the answers that they read: without an SDK in between."""

import asyncio

from ishowtts_player.settings.openai import OpenAiSettings
from tests.player.fake_synth import be_silent
from tests.player.openai.songs import sing, song
from tests.player.sse import SOON_S

SPEECH = "/v1/audio/speech"
VOICES = {
    "object": "list",
    "voices": [
        {"id": "de", "name": "De", "language": "de"},
        {"id": "en", "name": "En", "language": "en"},
    ],
    "data": [
        {"id": "de", "name": "De", "language": "de"},
        {"id": "en", "name": "En", "language": "en"},
    ],
}


def model(name: str, owner: str = "ishowtts") -> dict:
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


def refusal(
    message: str, code: str, param: str | None = None, kind: str = "invalid_request_error"
) -> dict:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


async def test_lists_are_what_pickers_read(site):
    await site.bridge()
    await site.synth("de", "en")
    http = site.http()
    assert (await http.get("/v1/audio/voices")).json() == VOICES
    models = [model("espeak", "eSpeak NG"), *map(model, ("tts-1", "tts-1-hd", "gpt-4o-mini-tts"))]
    assert (await http.get("/v1/models")).json() == {"object": "list", "data": models}
    assert (await http.get("/v1/audio/models")).json() == {"models": models}
    assert (await http.get("/v1/models/tts-1")).json() == model("tts-1")


MODELS_ASKED_FOR = [
    ({}, "", "openai"),
    ({"authorization": "Bearer x"}, "", "openai"),
    ({"xi-api-key": "x"}, "", "elevenlabs"),
    ({}, "/elevenlabs", "elevenlabs"),
    ({"authorization": "Bearer x"}, "/elevenlabs", "elevenlabs"),
    ({"xi-api-key": "x"}, "/openai", "openai"),
    ({"x-tts-dialect": "elevenlabs"}, "", "elevenlabs"),
]


async def test_models_are_told_apart_by_the_clients_header_or_the_path(site):
    await site.bridge()
    await site.synth()
    http = site.http()
    for headers, prefix, dialect in MODELS_ASKED_FOR:
        answer = await http.get(f"{prefix}/v1/models", headers=headers)
        got = "elevenlabs" if isinstance(answer.json(), list) else "openai"
        assert (got, headers, prefix) == (dialect, headers, prefix)
        assert answer.headers["x-tts-dialect"] == dialect


async def test_openais_own_voices_are_the_default_voice(site):
    await site.bridge()
    synth = await site.synth("de", "en", default_voice="en", script=sing)
    for voice in ("alloy", "marin", "", None):
        wish = {"model": "tts-1", "input": "hi", "voice": voice, "response_format": "pcm"}
        answer = await site.http().post(SPEECH, json=wish)
        assert (answer.status_code, answer.content) == (200, song("en"))
    assert {request.voice for request in synth.requests} == {"en"}


async def test_openais_own_voices_can_be_given_ours(site):
    await site.bridge(openai=OpenAiSettings(voice_names={"alloy": "de", "narrator": "de"}))
    synth = await site.synth("de", "echo", "en", default_voice="en")
    http = site.http()
    for voice in ("alloy", "narrator", "echo", "nova"):
        await http.post(SPEECH, json={"input": "hi", "voice": voice})
    assert [request.voice for request in synth.requests] == ["de", "de", "echo", "en"]


async def test_a_model_that_is_an_engine_chooses_it(site):
    await site.bridge(default_voice="en")
    espeak = await site.synth("en")
    f5 = await site.synth("mia", engine="f5", instance="2", default_voice="mia")
    http = site.http()
    for name in ("f5", "espeak", "anything"):
        assert (await http.post(SPEECH, json={"input": "hi", "model": name})).status_code == 200
    assert (len(f5.requests), len(espeak.requests)) == (1, 2)
    wrong = await http.post(SPEECH, json={"input": "hi", "model": "f5", "voice": "en"})
    text = "voice 'en' belongs to engine 'espeak', not 'f5'"
    assert (wrong.status_code, wrong.json()) == (400, refusal(text, "invalid_voice", "voice"))


SPEED = "speed must be from 0.25 to 4.0"
WRONG = [
    ({"input": ""}, "the text is empty", "empty_text", "input"),
    ({"input": "字" * 4097}, "the text is longer than 4096 characters", "text_too_long", "input"),
    ({"input": "hi", "speed": 0.2}, SPEED, "bad_speed", "speed"),
    ({"input": "hi", "speed": 4.1}, SPEED, "bad_speed", "speed"),
    (
        {"input": "hi", "voice": "nobody"},
        "no voice 'nobody'; there are: en",
        "invalid_voice",
        "voice",
    ),
    (
        {"input": "hi", "voice": {"name": "en"}},
        'voice must be a name or {"id": name}',
        "invalid_voice",
        "voice",
    ),
    (
        {"input": "hi", "response_format": "ogg"},
        "no output format 'ogg'; there are: mp3, opus, aac, flac, wav, pcm",
        "unknown_format",
        "response_format",
    ),
    (
        {"input": "hi", "voice": "x" * 201},
        "Expected `str` of length <= 200 - at `$.voice`",
        "invalid_field",
        "voice",
    ),
    ({}, "Object missing required field `input`", "invalid_field", "input"),
    (
        {"input": "hi", "stream_format": "text"},
        "Invalid enum value 'text' - at `$.stream_format`",
        "invalid_field",
        "stream_format",
    ),
]


async def test_what_is_wrong_is_told_in_openais_shape_and_what_is_just_right_is_taken(site):
    await site.bridge()
    synth = await site.synth()
    http = site.http()
    for body, message, code, param in WRONG:
        answer = await http.post(SPEECH, json=body)
        assert (answer.status_code, answer.json()) == (400, refusal(message, code, param))
    assert not synth.requests
    for speed in (0.25, 4, None):
        answer = await http.post(SPEECH, json={"input": "字" * 4096, "speed": speed})
        assert answer.status_code == 200


async def test_without_a_synth_a_client_may_come_again(site):
    await site.bridge()
    assert (await site.http().get("/v1/audio/voices")).json()["voices"] == []
    assert len((await site.http().get("/v1/models")).json()["data"]) == 3
    answer = await site.http().post(SPEECH, json={"input": "hi"})
    expected = refusal("no synth is running", "no_synth", kind="server_error")
    assert (answer.status_code, answer.json()) == (503, expected)
    assert answer.headers["retry-after"] == "2"


async def test_too_many_at_once_are_told_to_come_again(site):
    await site.bridge(max_requests=1)
    synth = await site.synth(script=be_silent)
    http = site.http()
    asking = asyncio.create_task(http.post(SPEECH, json={"input": "hi"}))
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    answer = await http.post(SPEECH, json={"input": "hi"})
    expected = refusal("too many requests at once", "server_busy", kind="server_error")
    assert (answer.status_code, answer.json()) == (503, expected)
    assert answer.headers["retry-after"] == "1"
    asking.cancel()
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)


async def test_requests_are_counted_by_how_they_end(site):
    node = await site.bridge()
    synth = await site.synth()
    http = site.http()
    await http.post(SPEECH, json={"input": "hi"})
    await http.post(SPEECH, json={"input": ""})
    synth.script = be_silent
    synth.asked.clear()
    asking = asyncio.create_task(http.post(SPEECH, json={"input": "hi"}))
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    asking.cancel()

    def counted(status: str) -> float:
        return node.bus.counters.get("player_api_requests_total", status=status)

    await site.until(lambda: counted("499") == 1)
    assert (counted("200"), counted("400")) == (1, 1)


async def test_the_document_names_every_kind_of_audio(site):
    await site.bridge()
    document = (await site.http().get("/schema/openapi.json")).json()
    answers = document["paths"][SPEECH]["post"]["responses"]
    assert {"audio/mpeg", "audio/wav", "text/event-stream"} <= set(answers["200"]["content"])
    assert "400" in answers
