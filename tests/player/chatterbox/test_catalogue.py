"""Chatterbox's voices: listed, chosen, uploaded."""

from ishowtts_player.settings.listeners import ListenerSettings
from tests.player.clips import tone, wav

CHATTERBOX = {"x-tts-dialect": "chatterbox"}
DEFAULT = "/api/voice/default"
UPLOAD = "/api/voices/upload"


async def test_voices_are_listed_in_its_shape_where_it_is_meant(site):
    await site.bridge()
    await site.synth("anna", "bert")
    http = site.http()
    entry = {"name": "anna", "path": "anna", "duration_seconds": None}
    for address, headers in (
        ("/api/voices", CHATTERBOX),
        ("/api/voices?dialect=chatterbox", {}),
        ("/chatterbox/api/voices", {}),
    ):
        body = (await http.get(address, headers=headers)).json()
        assert (body["directory"], body["voices"][0], len(body["voices"])) == ("voices", entry, 2)
    assert isinstance((await http.get("/api/voices")).json(), list)


async def test_health_has_the_fields_of_both_its_servers(site):
    await site.bridge()
    http = site.http()
    assert (await http.get("/health")).json()["status"] == "degraded"
    await site.synth("anna", device="cpu")
    health = (await http.get("/health")).json()
    assert (health["status"], health["loaded_models"]) == ("healthy", ["espeak"])
    assert (health["models"], health["device"]) == (["espeak"], "cpu")
    assert health["version"]


async def test_its_own_port_is_its_own(site):
    node = await site.bridge(listeners=(ListenerSettings(port=0, dialect="chatterbox"),))
    await site.synth("anna")
    (port,) = [one for one in node._ports if one.dialect is not None]
    http = site.http()
    assert (await http.get(f"{port.url}/api/voices")).json()["directory"] == "voices"
    answer = await http.post(f"{port.url}/api/tts", json={"text": "hi"})
    assert answer.headers["content-type"] == "audio/wav"
    refused = await http.post(f"{port.url}/api/tts", json={"text": 5})
    assert refused.json()["code"] == "INVALID_FIELD"


async def test_the_default_voice_is_everybodys_and_kept(site, tmp_path):
    node = await site.bridge(data_dir=tmp_path)
    synth = await site.synth("anna", "bert", default_voice="bert")
    http = site.http()
    assert (await http.get(DEFAULT)).json() == {"default_voice": "bert"}
    answer = await http.post(DEFAULT, json={"voice_path": "/app/voices/anna.wav"})
    assert answer.json() == {"success": True, "voice_path": "anna"}
    await http.post("/api/tts", json={"text": "hi"})
    await http.post("/api/tts", json={"text": "hi", "model": "standard"})
    assert [request.voice for request in synth.requests] == ["anna", "anna"]
    await site.stop_bridge()
    again = await site.bridge(data_dir=tmp_path)
    await site.until(lambda: again._directory.ready("synth"))
    assert (await site.http().get(DEFAULT)).json() == {"default_voice": "anna"}
    assert node.bus.counters.get("voices_changed_total") == 1


async def test_what_is_no_voice_cannot_be_the_default(site):
    await site.bridge()
    await site.synth("anna")
    http = site.http()
    for path in ("nobody", "../../etc/passwd", "/etc", "", "x" * 1000):
        answer = await http.post(DEFAULT, json={"voice_path": path})
        assert (answer.status_code, answer.json()["code"]) == (404, "VOICE_NOT_FOUND")
        assert "/work" not in answer.text
    answer = await http.post(DEFAULT, json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_FIELD")
    assert (await http.get(DEFAULT)).json() == {"default_voice": "anna"}


async def test_without_any_voice_there_is_no_default(site):
    await site.bridge()
    http = site.http()
    assert (await http.get(DEFAULT)).json() == {"default_voice": None}
    answer = await http.post(DEFAULT, json={"voice_path": "anna"})
    assert (answer.status_code, answer.json()["code"]) == (503, "NO_SYNTH")


async def test_an_upload_is_a_voice_named_after_its_file(site, tmp_path):
    await site.bridge(data_dir=tmp_path)
    http = site.http()
    for filename in ("My Voice.wav", "../../../etc/My Voice.wav", "C:\\x\\My Voice.wav"):
        answer = await http.post(UPLOAD, files={"file": (filename, wav(), "audio/wav")})
        named = {"success": True, "filename": "my-voice", "path": "my-voice"}
        assert answer.json().items() >= named.items()
        assert "no synth that speaks with clips" in answer.json()["warning"]
    answer = await http.post(UPLOAD, files={"file": ("my voice.wav", wav(tone(2.0)))})
    assert answer.json()["path"] == "my-voice-2"
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} <= {".wav", ".json"}


REFUSED = [
    ({"files": {"other": ("a.wav", wav())}}, 400, "NO_FILE"),
    ({"files": {"file": ("a.wav", b"")}}, 400, "NO_FILE"),
    ({"files": {"file": ("a.wav", b"this is text")}}, 400, "UPLOAD_ERROR"),
    ({"files": {"file": ("a.wav", wav(tone(0.1)))}}, 400, "UPLOAD_ERROR"),
    ({"files": {"file": ("a.wav", wav(tone(40.0)))}}, 400, "UPLOAD_ERROR"),
    ({"files": {"file": ("a.wav", b"RIFF" + bytes(11 * 1024 * 1024))}}, 413, None),
    ({"data": {"file": "a.wav"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ({"json": {}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
]


async def test_a_bad_upload_changes_nothing(site, tmp_path):
    await site.bridge(data_dir=tmp_path)
    http = site.http()
    for body, status, code in REFUSED:
        answer = await http.post(UPLOAD, **body)
        assert (answer.status_code, answer.json().keys()) == (status, {"error", "code"})
        assert code in (None, answer.json()["code"])
    assert not list(tmp_path.rglob("*.wav"))
