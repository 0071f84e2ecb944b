"""Chatterbox's socket, `/ws/tts`, in both of its forms."""

import asyncio
import base64
import json

from websockets.asyncio.client import connect

from ishowtts_player.settings.chatterbox import ChatterboxSettings
from ishowtts_schemas import AudioChunk
from tests.player.chatterbox.talk import sound, talk
from tests.player.fake_synth import be_silent, refuse
from tests.player.sse import SOON_S

SAMPLES = 24000 // 10
SPOKEN = b"".join(number.to_bytes(2, "little") for number in range(SAMPLES))
"""100 ms: two pieces of 40 ms, and one of 20."""


async def speak(synth, request, to):
    await synth.begin(request, to)
    for offset in range(0, SAMPLES, 500):
        pcm = SPOKEN[2 * offset : 2 * (offset + 500)]
        await synth.bus.reply(
            to, AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=pcm)
        )
    await synth.end(request, to, samples=SAMPLES)


async def begin_only(synth, request, to):
    await synth.begin(request, to)
    await synth.bus.reply(to, AudioChunk(utterance_id=request.utterance_id, offset=0, pcm=SPOKEN))


async def test_a_text_comes_back_in_pieces_of_40_ms(site):
    node = await site.bridge()
    await site.synth("anna", script=speak)
    async with talk(node.url) as client:
        await client.send("say", id="a", text="Hello!", voice={"exaggeration": 0.5})
        *chunks, done = await client.until("done")
    pieces = [SPOKEN[:1920], SPOKEN[1920:3840], SPOKEN[3840:]]
    assert chunks == [
        {
            "type": "chunk",
            "id": "a",
            "index": index,
            "data": base64.b64encode(piece).decode(),
            "is_last": index == 2,
        }
        for index, piece in enumerate(pieces)
    ]
    assert done == {
        "type": "done",
        "id": "a",
        "duration_seconds": 0.1,
        "duration_ms": 100,
        "sample_rate": 24000,
        "format": "pcm_s16le",
        "ignored": ["exaggeration"],
    }


async def test_it_greets_as_both_did(site):
    node = await site.bridge()
    await site.synth(device="cpu")
    async with connect(f"{node.url.replace('http', 'ws')}/ws/tts", proxy=None) as socket:
        ready = json.loads(await socket.recv())
    assert (ready["type"], ready["models"], ready["device"]) == ("ready", ["espeak"], "cpu")
    assert ready["version"]
    assert ready["default_format"] == "pcm_s16le"


async def test_the_gateways_clients_get_binary_frames(site):
    node = await site.bridge()
    await site.synth(script=speak)
    async with talk(node.url, "?frames=binary") as client:
        audio = {"format": "opus", "sample_rate": 24000, "stream": True}
        await client.send("say", id="a", text="Hello!", audio=audio)
        *frames, done = await client.until("done")
    assert [len(frame) for frame in frames] == [1920, 1920, 960]
    assert (b"".join(frames), done["duration_ms"]) == (SPOKEN, 100)


async def test_one_text_may_ask_for_binary_frames(site):
    node = await site.bridge()
    await site.synth(script=speak)
    async with talk(node.url) as client:
        await client.send("say", text="Hello!", audio={"transport": "binary"})
        *frames, done = await client.until("done")
        assert all(isinstance(frame, bytes) for frame in frames)
        assert done["id"]
        await client.send("say", text="Hello!")
        assert (await client.next())["type"] == "chunk"


async def test_pieces_have_the_length_that_was_asked_for(site):
    node = await site.bridge()
    await site.synth(script=speak)
    async with talk(node.url) as client:
        for piece_ms, count in ((1, 100), (20, 5), (99, 2), (10_000, 1)):
            await client.send("say", id="a", text="Hi", audio={"chunk_size_ms": piece_ms})
            *chunks, _ = await client.until("done")
            assert (len(chunks), sound(chunks)) == (count, SPOKEN)
            assert [one["is_last"] for one in chunks] == [False] * (count - 1) + [True]


async def test_without_streaming_it_is_one_message(site):
    node = await site.bridge()
    await site.synth(script=speak)
    async with talk(node.url) as client:
        await client.send("say", id="a", text="Hi", audio={"stream": False})
        audio, done = await client.until("done")
    assert (audio["type"], audio["sample_rate"], audio["duration_seconds"]) == ("audio", 24000, 0.1)
    assert base64.b64decode(audio["data"]) == SPOKEN
    assert done["duration_ms"] == 100


async def test_a_piece_is_sent_before_the_next_is_made(site):
    node = await site.bridge()
    await site.synth(script=begin_only)
    async with talk(node.url) as client:
        await client.send("say", id="a", text="Hi")
        first = await client.next()
    assert (first["type"], first["index"]) == ("chunk", 0)


async def test_texts_are_spoken_in_turn_and_never_mixed(site):
    node = await site.bridge()

    async def by_name(synth, request, to):
        await synth.begin(request, to)
        pcm = request.text.encode() * 1000
        await synth.bus.reply(to, AudioChunk(utterance_id=request.utterance_id, offset=0, pcm=pcm))
        await synth.end(request, to, samples=1000)

    await site.synth(script=by_name)
    async with talk(node.url) as client:
        for name in ("aa", "bb", "cc"):
            await client.send("say", id=name, text=name)
        for name in ("aa", "bb", "cc"):
            messages = await client.until("done")
            assert {one["id"] for one in messages} == {name}
            assert sound(messages[:-1]) == name.encode() * 1000


async def test_cancel_ends_what_is_spoken_and_what_waits(site):
    node = await site.bridge()
    synth = await site.synth(script=begin_only)
    async with talk(node.url) as client:
        await client.send("say", id="a", text="one")
        assert (await client.next())["id"] == "a"
        await client.send("say", id="b", text="two")
        await client.send("say", id="c", text="three")
        await client.send("cancel", id="c")
        assert (await client.until("cancelled"))[-1] == {"type": "cancelled", "id": "c"}
        synth.script = speak
        await client.send("cancel", id="a")
        assert (await client.until("cancelled"))[-1]["id"] == "a"
        assert {one["id"] for one in await client.until("done")} == {"b"}
    assert [request.text for request in synth.requests] == ["one", "two"]
    assert synth.cancels[0].utterance_id == synth.requests[0].utterance_id


async def test_cancel_without_an_id_ends_everything(site):
    node = await site.bridge()
    await site.synth(script=be_silent)
    async with talk(node.url) as client:
        for name in "abc":
            await client.send("say", id=name, text=name)
        await client.send("cancel")
        told = [await client.next() for _ in range(3)]
        assert {one["id"] for one in told} == {"a", "b", "c"}
        await client.send("cancel", id="a")
        assert (await client.next())["code"] == "UNKNOWN_ID"


async def test_a_voice_is_set_for_one_socket_alone(site):
    node = await site.bridge()
    synth = await site.synth("anna", "bert", default_voice="bert", script=speak)
    async with talk(node.url) as client, talk(node.url) as other:
        await client.send("set_voice", voice_path="/app/voices/anna.wav")
        assert await client.next() == {"type": "voice_set", "voice_path": "anna"}
        await client.send("say", text="Hi")
        await client.until("done")
        await other.send("say", text="Hi")
        await other.until("done")
    assert [request.voice for request in synth.requests] == ["anna", "bert"]


async def test_a_voice_is_set_for_what_is_said_after_it(site):
    node = await site.bridge()
    synth = await site.synth("anna", "bert", default_voice="bert", script=be_silent)
    async with talk(node.url) as client:
        for text in ("one", "two"):
            await client.send("say", id=text, text=text)
        await asyncio.wait_for(synth.asked.wait(), SOON_S)
        await client.send("set_voice", voice_path="anna")
        await client.send("say", id="three", text="three")
        synth.script = speak
        await client.send("cancel", id="one")
        while (await client.until("done"))[-1]["id"] != "three":
            pass
    asked = [(request.text, request.voice) for request in synth.requests]
    assert asked == [("one", "bert"), ("two", "bert"), ("three", "anna")]


async def test_a_client_that_leaves_cancels_its_work(site):
    node = await site.bridge()
    synth = await site.synth(script=be_silent)
    async with talk(node.url) as client:
        await client.send("say", text="Hi")
        await asyncio.wait_for(synth.asked.wait(), SOON_S)
        client.socket.transport.abort()
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)
    await site.until(lambda: node.bus.counters.get("player_requests") == 0)
    await site.until(lambda: node.bus.counters.get("player_sockets") == 0)


async def test_texts_that_wait_and_requests_at_once_are_bounded(site):
    limits = ChatterboxSettings(max_queued=1, max_concurrent_requests=1)
    node = await site.bridge(chatterbox=limits)
    synth = await site.synth(script=be_silent)
    async with talk(node.url) as client, talk(node.url, "?frames=binary") as other:
        await client.send("say", id="a", text="Hi")
        await asyncio.wait_for(synth.asked.wait(), SOON_S)
        await client.send("say", id="b", text="Hi")
        await client.send("say", id="c", text="Hi")
        refused = await client.next()
        assert (refused["id"], refused["code"]) == ("c", "SERVER_BUSY")
        await other.send("say", id="d", text="Hi")
        refused = await other.next()
        assert (refused["id"], refused["code"]) == ("d", "TOO_MANY_REQUESTS")
        assert refused["retry_after_s"] == 1


async def test_a_synths_failure_leaves_the_socket_open(site):
    node = await site.bridge()
    synth = await site.synth(script=refuse("engine_error", "this is why"))
    async with talk(node.url) as client, talk(node.url, "?frames=binary") as gateway:
        for one, code in ((client, "GENERATION_ERROR"), (gateway, "SYNTH_FAILED")):
            await one.send("say", id="a", text="Hi")
            assert await one.next() == {
                "type": "error",
                "id": "a",
                "error": "this is why",
                "message": "this is why",
                "code": code,
            }
        synth.script = speak
        await client.send("say", id="a", text="Hi")
        assert (await client.until("done"))[-1]["id"] == "a"
