"""Shimmy's routes: speech in the place of a language model's text."""

import asyncio
import base64
import json

import openai
import pytest
from websockets.asyncio.client import connect

from tests.player.fake_synth import be_silent
from tests.player.sse import SOON_S

GENERATE = "/shimmy/generate"
CHAT = "/v1/chat/completions"
ENVELOPE = {
    "request_id",
    "sample_rate",
    "audio_base64",
    "waveform_len",
    "voice_id",
    "engine",
    "engine_label",
}


async def start(site):
    node = await site.bridge()
    synth = await site.synth("anna", "en", default_voice="en")
    return node, synth


def checked(text: str, voice: str = "en") -> dict:
    """The envelope, if it is one."""
    body = json.loads(text)["response"]
    assert set(body) == ENVELOPE
    assert (body["voice_id"], body["engine"], body["waveform_len"]) == (voice, "espeak", 960)
    assert base64.b64decode(body["audio_base64"])[44:] == b"\x01\x02" * 960
    return body


async def test_models_are_engines_and_their_voices(site):
    await start(site)
    http = site.http()
    listed = (await http.get("/shimmy/models")).json()
    names = [one["name"] for one in listed["models"]]
    assert names == ["espeak", "espeak:anna", "espeak:en"]
    keys = {"name", "size_bytes", "model_type", "parameter_count", "source"}
    assert all(set(one) == keys for one in listed["models"])
    assert (await http.post("/shimmy/models/discover")).json() == listed


async def test_a_model_s_state_is_told_as_it_is(site):
    await start(site)
    http = site.http()
    loaded = {"model": "espeak:anna", "status": "loaded"}
    assert (await http.post("/shimmy/models/espeak:anna/load")).json() == loaded
    assert (await http.get("/shimmy/models/espeak:anna/status")).json() == loaded
    refused = await http.post("/shimmy/models/espeak:anna/unload")
    assert (refused.status_code, refused.json()["error"]["code"]) == (501, "not_available")
    for method, what in (("POST", "load"), ("POST", "unload"), ("GET", "status")):
        missing = await http.request(method, f"/shimmy/models/gpt/{what}")
        assert (missing.status_code, what) == (404, what)


async def test_an_answer_is_an_event_stream_unless_it_is_asked_otherwise(site):
    await start(site)
    http = site.http()
    streamed = await http.post(GENERATE, json={"model": "espeak", "prompt": "hello"})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    first, done, rest = streamed.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    checked(first.removeprefix("data: "))
    body = {"model": "espeak:anna", "prompt": "hello", "stream": False}
    whole = (await http.post(GENERATE, json=body)).json()
    assert set(whole) == {"response"}
    checked(whole["response"], "anna")


TEXTS = [
    ({"prompt": " hello "}, "hello"),
    ({"prompt": '{"text": "hello", "voice_id": "en"}'}, "hello"),
    ({"messages": [{"role": "user", "content": "old"}, {"role": "user", "content": "new"}]}, "new"),
    (
        {
            "system": "You are",
            "messages": [
                {"role": "system", "content": "be kind"},
                {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image"}]},
                {"role": "assistant", "content": "no"},
            ],
            "temperature": 0.7,
            "top_k": 4,
            "max_tokens": 9,
        },
        "hi",
    ),
    ({"prompt": "word " * 100}, " ".join(["word"] * 100)),
]


async def test_what_a_person_said_last_is_spoken(site):
    _, synth = await start(site)
    http = site.http()
    for body, text in TEXTS:
        answer = await http.post(GENERATE, json={"model": "espeak", **body})
        assert answer.status_code == 200, (body, answer.text)
        assert synth.requests[-1].text == text


async def test_a_prompt_may_tune_the_speech(site):
    await site.bridge()
    synth = await site.synth("mia", "leo", engine="f5")
    prompt = json.dumps({"text": "hi", "voice_id": "leo", "nfe_step": 8, "speed": 1.5})
    http = site.http()
    await http.post(GENERATE, json={"model": "f5", "prompt": prompt})
    assert (synth.requests[0].voice, synth.requests[0].speed) == ("leo", 1.5)
    assert synth.requests[0].options == {"nfe_step": 8}
    await http.post(GENERATE, json={"model": "f5:mia", "prompt": prompt})
    assert synth.requests[1].voice == "mia", "the model's own voice comes first"


REFUSED = [
    ({"model": "gpt", "prompt": "hi"}, 404),
    ({"model": "espeak"}, 400),
    ({"model": "espeak", "prompt": ""}, 400),
    ({"model": "espeak", "prompt": "{"}, 400),
    ({"model": "espeak", "prompt": '{"voice_id": "en"}'}, 422),
    ({"model": "espeak", "prompt": '{"text": "hi", "voice_id": "nobody"}'}, 400),
    ({"model": "espeak", "messages": [{"role": "system", "content": "x"}]}, 400),
    ({"prompt": "hi"}, 422),
]


async def test_wrong_requests_are_refused_in_openai_s_shape(site):
    _, synth = await start(site)
    http = site.http()
    for body, status in REFUSED:
        answer = await http.post(GENERATE, json=body)
        assert (answer.status_code, body) == (status, body)
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert not synth.requests


async def test_a_socket_answers_one_request(site):
    node, _ = await start(site)
    address = f"{node.url.replace('http', 'ws', 1)}/shimmy/ws/generate"
    async with connect(address) as socket:
        await socket.send(json.dumps({"model": "espeak", "prompt": "hello"}))
        checked(await socket.recv())
        assert json.loads(await socket.recv()) == {"done": True}
    async with connect(address) as socket:
        await socket.send(b"{")
        assert json.loads(await socket.recv())["error"]["code"] == "invalid_json"
        assert json.loads(await socket.recv()) == {"done": True}


async def test_a_socket_that_is_left_cancels_its_work(site):
    node, synth = await start(site)
    synth.script = be_silent
    async with connect(f"{node.url.replace('http', 'ws', 1)}/shimmy/ws/generate") as socket:
        await socket.send(json.dumps({"model": "espeak", "prompt": "hello"}))
        await asyncio.wait_for(synth.asked.wait(), SOON_S)
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)


@pytest.fixture
async def chat(site):
    node, _ = await start(site)
    async with openai.AsyncOpenAI(base_url=f"{node.url}/v1", api_key="none") as client:
        yield client.chat.completions


async def test_openai_s_own_client_gets_the_envelope(chat):
    turns = [{"role": "user", "content": "hello"}]
    answer = await chat.create(model="espeak:anna", messages=turns)
    assert answer.object == "chat.completion"
    assert answer.choices[0].finish_reason == "stop"
    checked(answer.choices[0].message.content, "anna")


async def test_openai_s_own_client_streams_it(chat):
    turns = [{"role": "user", "content": "hello"}]
    pieces = [
        piece async for piece in await chat.create(model="espeak", messages=turns, stream=True)
    ]
    checked("".join(piece.choices[0].delta.content or "" for piece in pieces))
    assert pieces[-1].choices[0].finish_reason == "stop"


async def test_openai_s_own_client_understands_a_refusal(chat):
    with pytest.raises(openai.NotFoundError, match="no model"):
        await chat.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])


async def test_shimmy_is_an_engine_of_ishowtts_s_speech(site):
    await start(site)
    http = site.http()
    wish = {"text": "hi", "engine": "Shimmy"}
    body = (await http.post("/api/tts", json={**wish, "shimmy_model": "espeak:anna"})).json()
    assert (body["engine"], body["engine_label"]) == ("shimmy", "Shimmy · anna")
    assert body["voice_id"] == "anna"
    named = {**wish, "shimmy_model": "espeak", "voice_id": "anna"}
    assert (await http.post("/api/tts", json=named)).json()["voice_id"] == "anna"
    for wrong in (wish, {**wish, "shimmy_model": "gpt"}, {**wish, "shimmy_model": "espeak:leo"}):
        refused = await http.post("/api/tts", json=wrong)
        assert (refused.status_code, wrong) == (400, wrong)
        assert "model" in refused.text


async def test_a_turn_without_text_is_nobody_s_speech(site):
    _, synth = await start(site)
    http = site.http()
    called = {"role": "assistant", "content": None, "tool_calls": []}
    for user, status in (("hi", 200), (None, 400)):
        messages = [{"role": "user", "content": user}, called]
        answer = await http.post(CHAT, json={"model": "espeak", "messages": messages})
        assert answer.status_code == status
    assert [request.text for request in synth.requests] == ["hi"]
