"""Texts without a sound: refused where somebody waits for a whole one, else passed over."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect

from ishowtts_player.speech.text import is_speakable
from tests.player.chatterbox.talk import talk
from tests.player.f5_service.clips import CLIP
from tests.player.sse import SOON_S

TOLD = "there is nothing to speak in the text"


@pytest.mark.parametrize(
    "text", ["a", "7", "½", "字", "ک", "$", "€ ", "+", "=", "∞", "👍", "℃", "!a"]
)
def test_letters_digits_and_signs_can_be_spoken(text):
    assert is_speakable(text)


@pytest.mark.parametrize(
    "text", ["", "!", "?!…", "。。。", "- _ -", "%", "\u200b", "\ufe0f", "\u0301"]
)
def test_punctuation_and_what_is_not_seen_cannot(text):
    assert not is_speakable(text)


@given(st.text(st.characters(categories=("L", "N"))), st.text())
def test_a_letter_or_digit_is_enough(some, rest):
    assert is_speakable(some + rest) or not some


async def hush(synth, request, to):
    """What an engine does that finds nothing to say: F5 with emoji, for one."""
    await synth.begin(request, to)
    await synth.end(request, to, samples=0)


def openai_shape(text: str, field: str | None) -> dict[str, Any]:
    kind = "invalid_request_error"
    problem = {"message": text, "type": kind, "param": field, "code": "nothing_to_speak"}
    return {"error": problem}


def wishes(text: str, field: bool) -> list[tuple[str, dict[str, Any], Any]]:
    """Path, body, and the error in the shape of its clients."""
    coded = {"error": TOLD, "code": "NOTHING_TO_SPEAK"}
    eleven = {"detail": {"status": "nothing_to_speak", "message": TOLD}}
    clip = {"ref_text": "x", "gen_text": text, "ref_audio_base64": CLIP}
    openai = openai_shape(TOLD, "input" if field else None)
    audio = {"format": "pcm"}
    return [
        ("/api/tts", {"text": text}, TOLD),
        ("/api/tts", {"text": text, "voice": {}}, coded),
        ("/api/tts", {"text": text, "audio": audio}, coded),
        ("/v1/audio/speech", {"input": text, "response_format": "wav"}, openai),
        ("/v1/audio/speech", {"input": text, "stream_format": "sse"}, openai),
        ("/v1/text-to-speech/en", {"text": text}, eleven),
        ("/v1/text-to-speech/en/stream", {"text": text}, eleven),
        ("/v1/text-to-speech/en/with-timestamps", {"text": text}, eleven),
        ("/v1/text-to-speech/en/stream/with-timestamps", {"text": text}, eleven),
        ("/v1/generate", clip, {"detail": TOLD}),
        ("/v1/generate/stream", clip, {"detail": TOLD}),
        ("/shimmy/generate", {"model": "f5", "prompt": text}, openai_shape(TOLD, None)),
    ]


async def test_whole_texts_are_refused_in_the_shape_of_their_clients(site):
    await site.bridge()
    synth = await site.synth("en", engine="f5", clones=True, script=hush)
    http = site.http()
    for text, asked in (("?!", False), ("👍", True)):
        for path, body, told in wishes(text, field=not asked):
            answer = await http.post(path, json=body)
            heard = answer.text if isinstance(told, str) else answer.json()
            assert (path, answer.status_code, heard) == (path, 400, told)
            assert bool(synth.requests) == asked, path
            synth.requests.clear()
    assert not synth.cancels


async def read_all(socket: ClientConnection) -> list[str | bytes]:
    return [message async for message in socket]


async def test_sockets_pass_over_them(site):
    node = await site.bridge()
    synth = await site.synth("en", script=hush)
    async with talk(node.url) as client:
        for text in ("!", "👍"):
            await client.send("say", text=text)
            assert [one.get("duration_ms") for one in await client.until("done")] == [0]
    url = node.url.replace("http", "ws", 1)
    async with connect(f"{url}/v1/text-to-speech/en/stream-input", proxy=None) as socket:
        for text in (" ", "! ", "👍 ", ""):
            await socket.send(json.dumps({"text": text, "flush": True}))
        heard = await asyncio.wait_for(read_all(socket), SOON_S)
    assert json.loads(heard[-1]) == {"audio": None, "isFinal": True}
    assert [request.text for request in synth.requests] == ["👍", "👍"]


async def test_audio_that_is_lost_is_no_silence(site):
    await site.bridge()

    async def lose(synth, request, to):
        await synth.begin(request, to)
        await synth.end(request, to, samples=960)

    await site.synth("en", script=lose)
    answer = await site.http().post("/api/tts", json={"text": "hi"})
    assert (answer.status_code, answer.text) == (502, "the audio was lost on its way")
