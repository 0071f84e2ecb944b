"""The paths that several systems have, over HTTP: golden requests and answers."""

import base64
import io
import wave

from ishowtts_player.settings.listeners import ListenerSettings

TTS = "/api/tts"
WAV = b"\x01\x02" * 960
OURS = {"text": "hi", "voice_id": "en"}
THEIRS = {"text": "hi", "voice": {}}
BARE = {"text": "hi"}
VARY = "Accept, X-TTS-Dialect"


async def site_with_ports(site):
    """A bridge on its own port, on one for Chatterbox's clients and on one for F5's."""
    listeners = (
        ListenerSettings(port=0, dialect="chatterbox"),
        ListenerSettings(port=0, dialect="f5"),
    )
    node = await site.bridge(listeners=listeners)
    await site.synth("en")
    return [port.url for port in node._ports]


def samples(content: bytes) -> bytes:
    with wave.open(io.BytesIO(content)) as sound:
        return sound.readframes(sound.getnframes())


def is_envelope(answer) -> bool:
    if not answer.headers["content-type"].startswith("application/json"):
        return False
    return samples(base64.b64decode(answer.json()["audio_base64"])) == WAV


def is_raw(answer) -> bool:
    return answer.headers["content-type"] == "audio/wav" and samples(answer.content) == WAV


SPEECH = [
    # query, body, headers, dialect, whole file
    ("", BARE, {}, "ishowtts", False),
    ("", OURS, {}, "ishowtts", False),
    ("", THEIRS, {}, "chatterbox", True),
    ("", {"text": "hi", "audio": {"format": "wav"}}, {}, "chatterbox", True),
    ("", BARE, {"accept": "audio/wav"}, "chatterbox", True),
    ("", BARE, {"accept": "audio/*, application/json"}, "ishowtts", True),
    ("", OURS, {"accept": "audio/wav"}, "ishowtts", True),
    ("", THEIRS, {"accept": "application/json"}, "chatterbox", False),
    ("", BARE, {"x-tts-dialect": "chatterbox"}, "chatterbox", True),
    ("", THEIRS, {"x-tts-dialect": "ishow"}, "ishowtts", False),
    ("?dialect=chatterbox", BARE, {}, "chatterbox", True),
    ("?dialect=ishowtts", {**OURS, **THEIRS}, {}, "ishowtts", False),
    ("", {**OURS, **THEIRS}, {"x-tts-dialect": "chatterbox"}, "chatterbox", True),
]


async def test_speech_is_answered_in_the_shape_of_who_is_meant(site):
    await site.bridge()
    await site.synth("en")
    http = site.http()
    for query, body, headers, dialect, raw in SPEECH:
        answer = await http.post(TTS + query, json=body, headers=headers)
        assert answer.status_code == 200, (body, headers, answer.text)
        assert (is_raw if raw else is_envelope)(answer), (body, headers)
        assert answer.headers["x-tts-dialect"] == dialect, (body, headers)
        assert answer.headers["vary"] == VARY


async def test_a_prefix_names_the_system(site):
    await site.bridge()
    await site.synth("en")
    http = site.http()
    for prefix, raw in (("/ishow", False), ("/chatterbox", True)):
        answer = await http.post(prefix + TTS, json=BARE)
        assert (is_raw if raw else is_envelope)(answer)
        voices = (await http.get(f"{prefix}/api/voices")).json()
        assert isinstance(voices, dict) == raw


async def test_a_port_stands_for_its_system(site):
    own, chatterbox, f5 = await site_with_ports(site)
    http = site.http()
    assert is_envelope(await http.post(own + TTS, json=BARE))
    assert is_raw(await http.post(chatterbox + TTS, json=BARE))
    assert is_envelope(await http.post(chatterbox + TTS, json=OURS))
    assert is_envelope(await http.post(f5 + TTS, json=BARE))
    assert isinstance((await http.get(f"{own}/api/voices")).json(), list)
    assert set((await http.get(f"{chatterbox}/api/voices")).json()) == {"voices", "directory"}
    assert (await http.get(f"{f5}/nowhere")).json().keys() == {"detail"}
    assert (await http.get(f"{own}/nowhere")).json().keys() == {"error", "code"}


async def test_a_configured_default_stands_for_the_bridge_s_own_port(site):
    await site.bridge(default_dialect="chatterbox")
    await site.synth("en")
    http = site.http()
    assert is_raw(await http.post(TTS, json=BARE))
    assert is_envelope(await http.post(TTS, json=OURS))
    assert "directory" in (await http.get("/api/voices")).json()
    assert isinstance((await http.get("/api/voices?dialect=ishowtts")).json(), list), "the page's"


REFUSED = [
    (BARE | {"voice_id": "nobody"}, {}, 400, "text/plain", "ishowtts"),
    ({**OURS, **THEIRS}, {}, 400, "application/json", "ishowtts"),
    ({"text": "hi", "voice": "alloy"}, {}, 400, "application/json", "ishowtts"),
    ({"text": "hi" * 5000, "voice": {}}, {}, 400, "application/json", "chatterbox"),
    (BARE, {"x-tts-dialect": "polly"}, 400, "text/plain", "ishowtts"),
    (BARE, {"x-tts-dialect": "openai"}, 400, "application/json", "ishowtts"),
    ({"voice": {}}, {}, 422, "application/json", "chatterbox"),
    ([], {"accept": "audio/wav"}, 422, "application/json", "chatterbox"),
    ([], {}, 422, "text/plain", "ishowtts"),
]


async def test_a_refusal_has_the_shape_of_who_is_meant(site):
    await site.bridge()
    await site.synth("en")
    http = site.http()
    for body, headers, status, media_type, dialect in REFUSED:
        answer = await http.post(TTS, json=body, headers=headers)
        case = (body, headers, answer.text)
        assert answer.status_code == status, case
        assert answer.headers["content-type"].startswith(media_type), case
        assert answer.headers["x-tts-dialect"] == dialect, case
        if media_type == "application/json":
            assert answer.json().keys() == {"error", "code"}, case


async def test_a_body_that_is_no_json_is_refused_in_the_named_shape(site):
    await site.bridge()
    http = site.http()
    broken = {"content": b"{", "headers": {"content-type": "application/json"}}
    assert (await http.post(TTS, **broken)).text == "the body is not valid JSON"
    answer = await http.post(f"/chatterbox{TTS}", **broken)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_JSON")


async def test_long_texts_are_cut_by_one_and_refused_by_the_other(site):
    await site.bridge()
    synth = await site.synth("en")
    http = site.http()
    text = "word " * 1200
    assert (await http.post(TTS, json=OURS | {"text": text})).status_code == 200
    assert synth.requests[0].text == " ".join(["word"] * 77)
    refused = await http.post(TTS, json=THEIRS | {"text": text})
    assert (refused.status_code, refused.json()["code"]) == (400, "TEXT_TOO_LONG")


async def test_health_has_the_keys_of_all_three(site):
    await site.bridge()
    http = site.http()
    before = (await http.get("/health")).json()
    assert (before["status"], before["model_loaded"]) == ("degraded", False)
    await site.synth("en", device="cuda:0")
    now = (await http.get("/health")).json()
    assert now["status"] == "healthy"
    assert now["loaded_models"] == now["models"] == ["espeak"]
    assert now["model_loaded"] is True
    assert now["device"] == "cuda:0"
    assert isinstance(now["version"], str)
    assert now["timestamp"] > 1_700_000_000


async def test_the_root_is_the_page_or_f5_s_greeting(site):
    own, _, f5 = await site_with_ports(site)
    http = site.http()
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for url, headers in ((own, {}), (own, browser), (f5, browser)):
        page = await http.get(url + "/", headers=headers)
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["vary"] == VARY
    for url, headers in ((own, {"accept": "application/json"}), (f5, {}), (own + "/f5", {})):
        greeting = await http.get(url + "/", headers=headers)
        assert greeting.json().keys() == {"message"}
        assert greeting.headers["x-tts-dialect"] == "f5"
