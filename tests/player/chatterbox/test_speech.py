"""Chatterbox's half of `POST /api/tts`."""

import asyncio
import io
import wave

from ishowtts_player.settings.chatterbox import ChatterboxSettings
from ishowtts_schemas import AudioChunk
from tests.player.fake_synth import be_silent, refuse
from tests.player.sse import SOON_S

TTS = "/api/tts"
SPOKEN = b"\x01\x02" * 960
CHATTERBOX = {"x-tts-dialect": "chatterbox"}
VOICE = {
    "exaggeration": 0.7,
    "cfg_weight": 0.3,
    "temperature": 0.9,
    "top_p": 0.95,
    "repetition_penalty": 1.2,
}


async def test_its_own_example_gets_a_wav(site):
    await site.bridge()
    synth = await site.synth("anna", default_voice="anna")
    wish = {
        "text": "Hello!",
        "model": "standard",
        "voice": {"exaggeration": 0.5, "cfg_weight": 0.5, "temperature": 0.8},
        "audio": {"format": "wav", "sample_rate": 24000},
    }
    answer = await site.http().post(TTS, json=wish)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert answer.headers["x-tts-dialect"] == "chatterbox"
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 24000)
        assert (sound.getnframes(), sound.readframes(960)) == (960, SPOKEN)
    assert (synth.requests[0].text, synth.requests[0].voice) == ("Hello!", "anna")


async def test_pcm_is_bare_samples(site):
    await site.bridge()
    await site.synth()
    http = site.http()
    for name in ("pcm", "pcm_s16le", "PCM_S16LE"):
        answer = await http.post(TTS, json={"text": "hi", "audio": {"format": name}})
        assert (answer.headers["content-type"], answer.content) == ("audio/pcm", SPOKEN)


async def test_pcm_is_sent_as_it_is_made(site):
    await site.bridge()
    heard = asyncio.Event()

    async def wait_for_the_client(synth, request, to):
        await synth.begin(request, to)
        for offset in (0, 480):
            pcm = SPOKEN[: 480 * 2]
            chunk = AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=pcm)
            await synth.bus.reply(to, chunk)
            await asyncio.wait_for(heard.wait(), SOON_S)
        await synth.end(request, to, samples=960)

    await site.synth(script=wait_for_the_client)
    wish = {"text": "hi", "audio": {"format": "pcm"}}
    received = b""
    async with site.http().stream("POST", TTS, json=wish) as answer:
        async for piece in answer.aiter_raw():
            received += piece
            heard.set()
    assert received == SPOKEN


async def test_another_rate_is_really_another_rate(site):
    await site.bridge()
    await site.synth()
    wish = {"text": "hi", "audio": {"format": "wav", "sample_rate": 48000}}
    answer = await site.http().post(TTS, json=wish)
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert (sound.getframerate(), sound.getnframes()) == (48000, 2 * 960)


FIRST_BYTES = {"opus": b"OggS", "flac": b"fLaC", "mp3": b"\xff"}


async def test_formats_that_it_only_named_are_made(site):
    await site.bridge()
    await site.synth()
    http = site.http()
    for name, first in FIRST_BYTES.items():
        answer = await http.post(TTS, json={"text": "hi", "audio": {"format": name}})
        assert (answer.status_code, answer.content[: len(first)]) == (200, first)


async def test_a_client_that_reads_only_json_gets_an_envelope(site):
    await site.bridge()
    await site.synth("anna")
    accept = {"accept": "application/json"}
    answer = await site.http().post(TTS, json={"text": "hi", "model": None}, headers=accept)
    body = answer.json()
    assert (body["voice_id"], body["sample_rate"], body["waveform_len"]) == ("anna", 24000, 960)
    assert body["format"] == "audio/wav"


async def test_an_empty_text_is_an_empty_file(site):
    await site.bridge()
    synth = await site.synth()
    answer = await site.http().post(TTS, json={"text": " ", "audio": {"format": "wav"}})
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert sound.getnframes() == 0
    assert not synth.requests


async def test_parameters_reach_an_engine_that_has_them(site):
    await site.bridge()
    synth = await site.synth("anna", engine="chatterbox")
    wish = {"text": "hi", "model": "chatterbox-turbo", "language_id": "de", "voice": VOICE}
    answer = await site.http().post(TTS, json=wish)
    assert "x-tts-ignored" not in answer.headers
    assert synth.requests[0].options == {**VOICE, "model": "turbo"}
    assert synth.requests[0].language == "de"


async def test_what_an_engine_has_nothing_like_is_named(site):
    node = await site.bridge()
    synth = await site.synth("mia", engine="f5")
    voice = {"cfg_weight": 0.5, "temperature": 0.8}
    answer = await site.http().post(TTS, json={"text": "hi", "model": "turbo", "voice": voice})
    assert answer.headers["x-tts-ignored"] == "cfg_weight, temperature, model"
    assert synth.requests[0].options == {}
    assert node.bus.counters.get("player_parameters_ignored_total", dialect="chatterbox") == 1


async def test_a_voice_is_found_by_its_file_name(site):
    await site.bridge()
    synth = await site.synth("anna", "bert", default_voice="bert")
    http = site.http()
    for path in ("anna", "anna.wav", "/app/voices/anna.wav", "C:\\voices\\Anna.mp3"):
        await http.post(TTS, json={"text": "hi", "voice": {"audio_prompt_path": path}})
    assert [request.voice for request in synth.requests] == ["anna"] * 4


async def test_no_path_leads_out_of_the_voices(site):
    await site.bridge()
    synth = await site.synth("passwd")
    http = site.http()
    for path in ("../../etc/passwd", "/etc/shadow", "..\\passwd", "a/../passwd", "\0", "%2e%2e"):
        wish = {"text": "hi", "voice": {"audio_prompt_path": path}}
        answer = await http.post(TTS, json=wish)
        assert (answer.status_code, answer.json()["code"]) == (404, "VOICE_NOT_FOUND")
    assert not synth.requests


async def test_a_language_chooses_a_voice_that_speaks_it(site):
    await site.bridge()
    synth = await site.synth("de", "en", "fr", default_voice="en")
    http = site.http()
    for language in ("fr", "en", "ja", None):
        await http.post(TTS, json={"text": "hi", "language_id": language})
    assert [request.voice for request in synth.requests] == ["fr", "en", "en", "en"]
    assert [request.language for request in synth.requests] == ["fr", "en", "ja", None]


async def test_an_engine_may_be_named_as_the_model(site):
    await site.bridge()
    await site.synth("anna", default_voice="anna")
    f5 = await site.synth("mia", engine="f5", instance="2")
    await site.http().post(TTS, json={"text": "hi", "model": "f5"})
    assert f5.requests[0].voice == "mia"


LONG = "字" * 5001
REFUSED = [
    ({"text": LONG, "voice": {}}, 400, "TEXT_TOO_LONG"),
    ({"text": "hi", "model": "gigantic"}, 400, "UNKNOWN_MODEL"),
    ({"text": "hi", "audio": {"format": "midi"}}, 400, "UNKNOWN_FORMAT"),
    ({"text": "hi", "audio": {"format": "mp3", "sample_rate": 11025}}, 400, "UNKNOWN_FORMAT"),
    ({"text": "hi", "audio": {"sample_rate": 0}}, 422, "INVALID_FIELD"),
    ({"text": "hi", "audio": {"sample_rate": 10**12}}, 422, "INVALID_FIELD"),
    ({"text": "hi", "voice": {"exaggeration": 2.1}}, 422, "INVALID_FIELD"),
    ({"text": "hi", "voice": {"cfg_weight": -0.1}}, 422, "INVALID_FIELD"),
    ({"text": "hi", "voice": {"temperature": 0}}, 422, "INVALID_FIELD"),
    ({"text": "hi", "voice": {"top_p": 1.01}}, 422, "INVALID_FIELD"),
    ({"text": "hi", "voice": {"repetition_penalty": 0.99}}, 422, "INVALID_FIELD"),
    ({"text": "hi", "language_id": "no such language"}, 422, "INVALID_FIELD"),
    ({"voice": {}}, 422, "INVALID_FIELD"),
]


async def test_what_cannot_be_spoken_is_refused_in_its_shape(site):
    await site.bridge()
    synth = await site.synth()
    http = site.http(headers=CHATTERBOX)
    for body, status, code in REFUSED:
        answer = await http.post(TTS, json=body)
        assert (answer.status_code, answer.json().keys()) == (status, {"error", "code"})
        assert answer.json()["code"] == code
    assert not synth.requests


async def test_5000_characters_are_not_too_long_whatever_their_bytes(site):
    await site.bridge()
    await site.synth()
    answer = await site.http(headers=CHATTERBOX).post(TTS, json={"text": LONG[:5000]})
    assert answer.status_code == 200


async def test_its_requests_at_once_are_bounded_and_others_are_not(site):
    await site.bridge(chatterbox=ChatterboxSettings(max_concurrent_requests=1))
    synth = await site.synth(script=be_silent)
    http = site.http()
    first = asyncio.create_task(http.post(TTS, json={"text": "hi", "voice": {}}))
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    for audio in ({"format": "wav"}, {"format": "pcm"}):
        busy = await http.post(TTS, json={"text": "hi", "audio": audio})
        assert (busy.status_code, busy.json()["code"]) == (503, "SERVER_BUSY")
        assert busy.headers["retry-after"] == "1"
    other = asyncio.create_task(http.post(TTS, json={"text": "hi", "speed": 1}))
    await site.until(lambda: len(synth.requests) == 2)
    for task in (first, other):
        task.cancel()
    await site.until(lambda: len(synth.cancels) == 2)


FAILURES = {
    "engine_error": (500, "GENERATION_ERROR"),
    "expired": (504, "GENERATION_ERROR"),
    "overloaded": (503, "SERVER_BUSY"),
}


async def test_a_synths_failure_has_chatterboxs_code(site):
    await site.bridge()
    synth = await site.synth()
    http = site.http()
    for code, told in FAILURES.items():
        synth.script = refuse(code, "this is why")
        for name in ("wav", "pcm"):
            answer = await http.post(TTS, json={"text": "hi", "audio": {"format": name}})
            assert (answer.status_code, answer.json()["code"]) == told


async def test_a_client_that_leaves_cancels_its_work(site):
    node = await site.bridge()
    synth = await site.synth(script=be_silent)
    for name in ("wav", "pcm"):
        wish = {"text": "hi", "audio": {"format": name}}
        asking = asyncio.create_task(site.http().post(TTS, json=wish))
        await asyncio.wait_for(synth.asked.wait(), SOON_S)
        asking.cancel()
        await asyncio.wait_for(synth.cancelled.wait(), SOON_S)
        await site.until(lambda: node.bus.counters.get("player_requests") == 0)
        synth.asked.clear()
        synth.cancelled.clear()
