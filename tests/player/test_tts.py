"""`POST /api/tts` in iShowTTS's shape."""

import asyncio
import base64
import io
import uuid
import wave

import httpx

from ishowtts_schemas.topics import SPEECH_CANCEL
from tests.player.fake_synth import be_silent, refuse
from tests.player.sse import SOON_S

TTS = "/api/tts"
TUNING = {
    "target_rms": 0.1,
    "cross_fade_duration": 0.15,
    "sway_sampling_coef": -1.0,
    "cfg_strength": 2.0,
    "nfe_step": 16,
    "fix_duration": 3.0,
    "remove_silence": True,
    "seed": 2**40,
    "profile": "fast",
}


async def test_the_envelope_is_that_of_ishowtts(site):
    await site.bridge()
    synth = await site.synth("anna", "en", default_voice="en")
    answer = await site.http().post(TTS, json={"text": " hello world ", "unknown_field": 1})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {
        "request_id",
        "voice_id",
        "engine",
        "engine_label",
        "sample_rate",
        "audio_base64",
        "waveform_len",
        "format",
    }
    assert uuid.UUID(body["request_id"]).version == 4
    assert (body["voice_id"], body["engine"]) == ("en", "espeak")
    assert body["engine_label"] == "eSpeak NG"
    assert (body["sample_rate"], body["waveform_len"], body["format"]) == (24000, 960, "audio/wav")
    with wave.open(io.BytesIO(base64.b64decode(body["audio_base64"]))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        assert (sound.getframerate(), sound.getnframes()) == (24000, 960)
        assert sound.readframes(960) == b"\x01\x02" * 960
    (request,) = synth.requests
    assert (request.text, request.priority, request.room) == ("hello world", "interactive", "api")


async def test_a_client_may_ask_for_the_bare_file(site):
    await site.bridge()
    await site.synth()
    answer = await site.http().post(TTS, json={"text": "hi"}, headers={"accept": "audio/wav"})
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert sound.getnframes() == 960


async def test_more_than_77_words_are_cut_in_silence(site):
    await site.bridge()
    synth = await site.synth()
    words = [f"w{number}" for number in range(100)]
    answer = await site.http().post(TTS, json={"text": "  ".join(words)})
    assert answer.status_code == 200
    assert synth.requests[0].text == " ".join(words[:77])


async def test_tuning_reaches_engines_that_have_it(site):
    await site.bridge()
    f5 = await site.synth("mia", engine="f5", instance="2", engine_label="F5-TTS")
    espeak = await site.synth("en")
    http = site.http()
    wish = {"text": "hi", "speed": 1.5, **TUNING}
    answer = await http.post(TTS, json={**wish, "voice_id": "mia", "engine": "F5"})
    assert answer.json()["engine_label"] == "F5-TTS"
    assert f5.requests[0].options == TUNING
    assert f5.requests[0].speed == 1.5
    await http.post(TTS, json={**wish, "voice_id": "en"})
    assert espeak.requests[0].options == {}
    assert espeak.requests[0].speed == 1.5


async def test_null_is_the_same_as_absent(site):
    await site.bridge()
    synth = await site.synth("mia", engine="f5")
    wish = dict.fromkeys([*TUNING, "voice_id", "engine", "speed"])
    answer = await site.http().post(TTS, json={"text": "hi", **wish})
    assert answer.status_code == 200
    assert synth.requests[0].options == {}


WRONG_INPUT = [
    ({"text": ""}, 400, "empty"),
    ({"text": " \n\t\x00 "}, 400, "empty"),
    ({"text": "字" * 2001}, 400, "longer than 2000"),
    ({"text": "hi", "voice_id": "nobody"}, 400, "no voice"),
    ({"text": "hi", "engine": "f5"}, 400, "engine"),
    ({"text": "hi", "voice_id": "en", "engine": "f5"}, 400, "belongs to engine"),
    ({"text": "hi", "speed": 0.1}, 400, "speed"),
    ({"text": "hi", "speed": 100}, 400, "speed"),
    ({}, 422, "text"),
    ({"text": 5}, 422, "text"),
    ({"text": "hi", "speed": "fast"}, 422, "speed"),
    ({"text": "hi", "nfe_step": -1}, 422, "nfe_step"),
    ({"text": "hi", "remove_silence": 1}, 422, "remove_silence"),
    ([], 422, "object"),
]


async def test_wrong_input_is_refused_in_plain_text(site):
    await site.bridge()
    synth = await site.synth()
    http = site.http()
    for body, status, sentence in WRONG_INPUT:
        answer = await http.post(TTS, json=body)
        assert (answer.status_code, body) == (status, body)
        assert answer.headers["content-type"].startswith("text/plain")
        assert sentence in answer.text
    assert not synth.requests


NOT_JSON = [
    (b'{"text": "hi"', "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b'{"text": "\xed\xa0\x80"}', "application/json", 400),
    (rb'{"text": "\ud800"}', "application/json", 400),
    (b'{"x": ' + b"[" * 100_000, "application/json", 400),
    (b'{"text": ' + b"[" * 100_000, "application/json", 400),
    (b"", "application/json", 400),
    (b'{"text": "hi"}', "text/plain", 415),
    (b'{"text": "hi"}', None, 415),
    (b"text=hi", "application/x-www-form-urlencoded", 415),
    (b'{"text": "' + b"x" * 1_100_000 + b'"}', "application/json", 413),
]


async def test_what_is_not_json_is_refused(site):
    await site.bridge()
    await site.synth()
    http = site.http()
    for content, kind, status in NOT_JSON:
        headers = {"content-type": kind} if kind else {}
        answer = await http.post(TTS, content=content, headers=headers)
        assert (answer.status_code, content[:50]) == (status, content[:50])
        assert answer.headers["content-type"].startswith("text/plain")
        assert "Traceback" not in answer.text


FAILURES = {
    "unknown_voice": 400,
    "bad_request": 400,
    "engine_error": 502,
    "overloaded": 503,
    "shutting_down": 503,
    "expired": 504,
}


async def test_a_synths_failure_is_told(site):
    await site.bridge()
    synth = await site.synth()
    http = site.http()
    for code, status in FAILURES.items():
        synth.script = refuse(code, "this is why")
        answer = await http.post(TTS, json={"text": "hi"})
        assert (answer.status_code, answer.text) == (status, "this is why")


async def test_without_a_synth_it_says_so(site):
    await site.bridge()
    answer = await site.http().post(TTS, json={"text": "hi"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "no synth" in answer.text


async def test_without_a_broker_it_says_so(site):
    node = await site.bridge(request_timeout_s=0.1)
    await site.synth()
    site.broker.go_down()
    answer = await site.http().post(TTS, json={"text": "hi"})
    assert answer.status_code == 503
    assert "broker" in answer.text
    site.broker.come_back()
    await node.bus.wait_connected(SOON_S)
    assert (await site.http().post(TTS, json={"text": "hi"})).status_code == 200


async def test_a_silent_synth_is_not_waited_for_without_end(site):
    await site.bridge(request_timeout_s=0.05)
    synth = await site.synth(script=be_silent)
    answer = await site.http().post(TTS, json={"text": "hi"})
    assert answer.status_code == 504
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)
    assert synth.cancels[0].utterance_id == synth.requests[0].utterance_id


async def test_a_synth_that_dies_is_not_waited_for(site):
    await site.bridge()
    synth = await site.synth(script=be_silent)
    asking = asyncio.create_task(site.http().post(TTS, json={"text": "hi"}))
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    await synth.present("offline")
    answer = await asyncio.wait_for(asking, SOON_S)
    assert (answer.status_code, answer.text) == (502, "the synth died while it spoke")


async def test_a_client_that_leaves_cancels_its_work(site):
    node = await site.bridge()
    site.listen(SPEECH_CANCEL)
    synth = await site.synth(script=be_silent)
    asking = asyncio.create_task(site.http().post(TTS, json={"text": "hi"}))
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    asking.cancel()
    cancel = await site.hears(lambda _: True)
    assert cancel.utterance_id == synth.requests[0].utterance_id
    await site.until(lambda: node.bus.counters.get("player_requests") == 0)


async def test_finished_work_is_not_cancelled(site):
    await site.bridge()
    synth = await site.synth()
    http = site.http()
    for _ in range(3):
        await http.post(TTS, json={"text": "hi"})
    assert not synth.cancels


async def test_requests_at_once_are_bounded(site):
    await site.bridge(max_requests=2)
    synth = await site.synth(script=be_silent)
    http = site.http()
    asking = [asyncio.create_task(http.post(TTS, json={"text": "hi"})) for _ in range(2)]
    await site.until(lambda: len(synth.requests) == 2)
    refused = await http.post(TTS, json={"text": "hi"})
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    for task in asking:
        task.cancel()
    await site.until(lambda: len(synth.cancels) == 2)


async def test_many_requests_get_each_their_own_audio(site):
    await site.bridge(max_requests=50)

    async def echo(synth, request, to):
        from ishowtts_schemas import AudioChunk

        await synth.begin(request, to)
        pcm = request.text.encode().ljust(100, b"\0")
        await synth.bus.reply(to, AudioChunk(utterance_id=request.utterance_id, offset=0, pcm=pcm))
        await asyncio.sleep(0)
        await synth.end(request, to, samples=50)

    await site.synth(script=echo)
    http = site.http(limits=httpx.Limits(max_connections=50))
    texts = [f"text {number}" for number in range(40)]
    answers = await asyncio.gather(*(http.post(TTS, json={"text": text}) for text in texts))
    for text, answer in zip(texts, answers, strict=True):
        wav = base64.b64decode(answer.json()["audio_base64"])
        assert wav[44:].rstrip(b"\0").decode() == text
