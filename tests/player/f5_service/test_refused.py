"""What the F5 service refuses, in FastAPI's shape."""

import asyncio
import base64
import io
import wave

from ishowtts_player.dialects.f5 import answer as answer_module
from ishowtts_player.voices.reception import MAX_UPLOADS
from tests.player.f5_service.clips import CLIP, cloner, tone, wish
from tests.player.sse import SOON_S

GENERATE = "/v1/generate"


def silent_wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(32_000))
    return file.getvalue()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


EMPTY_OR_NO_CLIP = [
    wish(gen_text=" "),
    wish(ref_text=""),
    wish(ref_audio_base64=""),
    wish(ref_audio_base64="data:audio/wav;base64,"),
    wish(ref_audio_base64="%%%"),
    wish(ref_audio_base64=CLIP[:-3] + "=A="),
    wish(ref_audio_base64="ü" * 10),
    wish(ref_audio_base64=encoded(b"not audio at all")),
    wish(ref_audio_base64=encoded(tone()[:200])),
    wish(ref_audio_base64=encoded(silent_wav())),
    wish(gen_text="字" * 2001),
    wish(ref_text="字" * 2001),
]


async def test_empty_fields_and_bad_clips_are_400_with_one_sentence(site):
    http, synth = await cloner(site)
    for body in EMPTY_OR_NO_CLIP:
        for path in (GENERATE, "/v1/generate/stream"):
            answer = await http.post(path, json=body)
            assert answer.status_code == 400
            assert answer.json().keys() == {"detail"}
            assert isinstance(answer.json()["detail"], str)
            assert "Traceback" not in answer.text
    assert not synth.requests


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in wish().items() if key != name}


WRONG_FIELDS = [
    (without("gen_text"), "gen_text", "missing"),
    (without("ref_audio_base64"), "ref_audio_base64", "missing"),
    (wish(gen_text=5), "gen_text", "invalid_field"),
    (wish(num_inference_steps=0), "num_inference_steps", "invalid_field"),
    (wish(num_inference_steps=65), "num_inference_steps", "invalid_field"),
    (wish(num_inference_steps=1.5), "num_inference_steps", "invalid_field"),
    (wish(guidance_scale=-1), "guidance_scale", "invalid_field"),
    (wish(speed_factor=0), "speed_factor", "invalid_field"),
    (wish(speed_factor=1000), "speed_factor", "invalid_field"),
    (wish(use_sway_sampling="yes"), "use_sway_sampling", "invalid_field"),
]


async def test_wrong_fields_are_422_in_a_list(site):
    http, synth = await cloner(site)
    for body, field, kind in WRONG_FIELDS:
        answer = await http.post(GENERATE, json=body)
        (problem,) = answer.json()["detail"]
        assert (answer.status_code, problem["loc"]) == (422, ["body", field])
        assert (problem["type"], problem.keys()) == (kind, {"type", "loc", "msg"})
    for content in (b"{", b"\xff", b"", b'{"x": ' + b"[" * 100_000):
        answer = await http.post(
            GENERATE, content=content, headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, "json_invalid")
    assert not synth.requests


async def test_a_body_that_is_no_json_and_no_form_is_refused(site):
    http, _ = await cloner(site)
    answer = await http.post(GENERATE, content=b"x", headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json().keys()) == (415, {"detail"})
    torn = {"content-type": "multipart/form-data"}
    answer = await http.post("/generate", content=b"x", headers=torn)
    assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, "form_invalid")
    answer = await http.post("/generate", data={"gen_text": "hi"})
    assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, "missing")


async def test_a_body_that_is_too_large_is_refused_however_it_comes(site):
    http, _ = await cloner(site)

    async def without_length():
        for _ in range(20):
            yield bytes(1024 * 1024)

    headers = {"content-type": "application/json"}
    answer = await http.post(GENERATE, content=b"x" * (15 * 1024 * 1024), headers=headers)
    assert (answer.status_code, answer.json().keys()) == (413, {"detail"})
    answer = await http.post(GENERATE, content=without_length(), headers=headers)
    assert answer.status_code == 413


async def begin_a_body(port: int) -> bytes:
    """What is answered to a client that does not go on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {GENERATE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    writer.write(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
    answer = await reader.read(4096)
    writer.close()
    return answer


async def test_a_body_that_does_not_arrive_keeps_nobody_out(site, monkeypatch):
    monkeypatch.setattr(answer_module, "BODY_TIMEOUT_S", 0.05)
    http, _ = await cloner(site)

    slow = (begin_a_body(http.base_url.port) for _ in range(MAX_UPLOADS))
    for answer in await asyncio.wait_for(asyncio.gather(*slow), SOON_S):
        assert answer.startswith(b"HTTP/1.1 408 ")
    assert (await http.post(GENERATE, json=wish())).status_code == 200


async def test_a_large_clip_is_no_large_body(site):
    http, synth = await cloner(site)
    answer = await http.post(GENERATE, json=wish(ref_audio_base64=encoded(tone(29.5))))
    assert answer.status_code == 200
    assert len(synth.requests[0].reference.audio) > 1_400_000


async def test_nothing_is_reflected_from_an_address(site):
    http, _ = await cloner(site)
    for path in ("/download/PHNjcmlwdD4=", "/download/a/b/c+d==", f"/download/{CLIP[:5000]}"):
        answer = await http.get(path)
        assert (answer.status_code, answer.json().keys()) == (410, {"detail"})
        assert answer.headers["content-type"].startswith("application/json")


async def test_health_is_open_and_speech_needs_the_token(site):
    http, synth = await cloner(site, settings={"api_token": "secret"})
    for path in ("/health", "/v1/health"):
        assert (await http.get(path)).status_code == 200
    for headers in ({}, {"authorization": "Bearer wrong"}):
        answer = await http.post(GENERATE, json=wish(), headers=headers)
        assert (answer.status_code, answer.json().keys()) == (401, {"detail"})
    shown = {"authorization": "Bearer secret"}
    assert (await http.post(GENERATE, json=wish(), headers=shown)).status_code == 200
    assert len(synth.requests) == 1
