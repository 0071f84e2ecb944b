"""The F5 service's stream: whole WAV files, one for each piece, as they are made."""

import asyncio
import json
from typing import Any

from ishowtts_schemas import AudioChunk, AudioStop
from tests.player.f5_service.clips import cloner, samples, wish
from tests.player.fake_synth import be_silent, refuse
from tests.player.sse import SOON_S

STREAM = "/v1/generate/stream"
RATE_HZ = 24000
SOUND = b"".join(number.to_bytes(2, "little") for number in range(60_000))
"""2.5 s: pieces of 0.25, 1, 1 and 0.25 s."""


async def speak(synth, request, to):
    await synth.begin(request, to)
    for offset in range(0, 60_000, 7_000):
        pcm = SOUND[2 * offset : 2 * (offset + 7_000)]
        chunk = AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=pcm)
        await synth.bus.reply(to, chunk)
    await synth.end(request, to, samples=60_000)


async def break_off(synth, request, to):
    await synth.begin(request, to)
    chunk = AudioChunk(utterance_id=request.utterance_id, offset=0, pcm=SOUND[:20_000])
    await synth.bus.reply(to, chunk)
    stop = AudioStop(
        utterance_id=request.utterance_id,
        attempt=1,
        reason="failed",
        samples=10_000,
        detail="this is why",
    )
    await synth.bus.reply(to, stop)


def read_events(body: str) -> list[dict[str, Any]]:
    """Every line that is not empty has to be `data: {json}`, with an empty one after it."""
    blocks = body.split("\n\n")
    assert blocks.pop() == ""
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks)
    return [json.loads(block.removeprefix("data: ")) for block in blocks]


async def test_each_piece_is_a_file_and_the_first_is_short(site):
    http, synth = await cloner(site, script=speak)
    answer = await http.post(STREAM, json=wish())
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = read_events(answer.text)
    pieces = [samples(event["audio_chunk"]) for event in events]
    assert [len(pcm) / 2 / RATE_HZ for pcm, _ in pieces] == [0.25, 1.0, 1.0, 0.25]
    assert b"".join(pcm for pcm, _ in pieces) == SOUND
    assert {rate for _, rate in pieces} == {event["sample_rate"] for event in events} == {RATE_HZ}
    assert [event["chunk_index"] for event in events] == [0, 1, 2, 3]
    assert [event["metadata"]["chunk_index"] for event in events] == [0, 1, 2, 3]
    assert [event["is_final"] for event in events] == [False, False, False, True]
    assert events[0]["metadata"].keys() == {"chunk_index"}
    assert events[-1]["metadata"]["total_chunks"] == 4
    assert events[-1]["metadata"]["generation_time"] >= 0
    assert synth.requests[0].reference is not None


async def test_a_piece_is_sent_before_the_next_is_made(site):
    heard = asyncio.Event()

    async def wait_for_the_client(synth, request, to):
        await synth.begin(request, to)
        for offset in (0, 10_000):
            pcm = SOUND[2 * offset : 2 * (offset + 10_000)]
            chunk = AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=pcm)
            await synth.bus.reply(to, chunk)
            await asyncio.wait_for(heard.wait(), SOON_S)
        await synth.end(request, to, samples=20_000)

    http, _ = await cloner(site, script=wait_for_the_client)
    body = ""
    async with http.stream("POST", STREAM, json=wish()) as answer:
        async for text in answer.aiter_text():
            body += text
            heard.set()
    assert [event["is_final"] for event in read_events(body)] == [False, True]


async def test_a_failure_in_the_middle_is_the_last_event(site):
    http, synth = await cloner(site, script=break_off)
    answer = await http.post(STREAM, json=wish())
    first, last = read_events(answer.text)
    assert (first["is_final"], len(samples(first["audio_chunk"])[0])) == (False, 12_000)
    assert last == {"detail": "this is why", "is_final": True}
    synth.script = speak
    assert len(read_events((await http.post(STREAM, json=wish())).text)) == 4


async def test_a_failure_before_the_first_piece_has_its_status(site):
    http, _ = await cloner(site, script=refuse("engine_error", "this is why"))
    answer = await http.post(STREAM, json=wish())
    assert (answer.status_code, answer.json()) == (502, {"detail": "this is why"})


async def test_too_many_at_once_are_told_to_come_back(site):
    http, synth = await cloner(site, script=be_silent, settings={"max_requests": 1})
    asking = asyncio.create_task(http.post(STREAM, json=wish()))
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    answer = await http.post(STREAM, json=wish())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json().keys() == {"detail"}
    asking.cancel()
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)


async def test_a_client_that_leaves_in_the_middle_cancels_its_work(site):
    async def begin_only(synth, request, to):
        await synth.begin(request, to)
        chunk = AudioChunk(utterance_id=request.utterance_id, offset=0, pcm=SOUND[:20_000])
        await synth.bus.reply(to, chunk)

    http, synth = await cloner(site, script=begin_only)
    async with http.stream("POST", STREAM, json=wish()) as answer:
        await anext(answer.aiter_raw())
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)
    assert synth.cancels[0].utterance_id == synth.requests[0].utterance_id
