"""Speech over Wyoming, asked for by the official package's client as Home Assistant does."""

import asyncio

from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeVoice

from ishowtts_schemas import AudioChunk, AudioStart
from tests.player.fake_synth import be_silent, refuse
from tests.player.sse import SOON_S
from tests.player.wyoming.talk import describe, read_until, stream, synthesize

PCM = b"\x01\x02" * 960


async def test_a_whole_text_is_start_chunks_and_stop(site, connect):
    client = await connect()
    synth = await site.synth()
    heard = await synthesize(client, " hello world ")
    assert heard.types == ["audio-start", "audio-chunk", "audio-chunk", "audio-stop"]
    assert heard.pcm == PCM
    assert heard.formats == {(24000, 2, 1)}
    assert [event.data["timestamp"] for event in heard.events] == [0, 0, 20, 40]
    (request,) = synth.requests
    assert (request.text, request.priority) == ("hello world", "interactive")


async def test_a_connection_serves_one_request_after_another(site, connect):
    client = await connect()
    synth = await site.synth()
    await client.write_event(Synthesize(text="one").event())
    await client.write_event(Synthesize(text="two").event())
    first = await read_until(client, "audio-stop")
    second = await read_until(client, "audio-stop")
    assert first.pcm == second.pcm == PCM
    assert [request.text for request in synth.requests] == ["one", "two"]


async def test_a_streamed_text_is_spoken_once_sentence_by_sentence(site, connect):
    client = await connect()
    synth = await site.synth()
    heard = await stream(client, "Hello th", "ere. How are", " you? 你好。再见。", "Dr. Who left")
    assert [request.text for request in synth.requests] == [
        "Hello there.",
        "How are you?",
        "你好。",
        "再见。",
        "Dr. Who left",
    ]
    assert heard.types[0] == "audio-start"
    assert heard.types[-2:] == ["audio-stop", "synthesize-stopped"]
    assert heard.types.count("audio-start") == heard.types.count("audio-stop") == 1
    assert heard.pcm == PCM * 5
    stamps = [event.data["timestamp"] for event in heard.events[1:-1]]
    assert stamps == sorted(stamps)
    assert stamps[-1] == 200


async def test_the_first_sentence_sounds_before_the_last_is_written(site, connect):
    client = await connect()
    await site.synth()
    await client.write_event(SynthesizeStart().event())
    await client.write_event(SynthesizeChunk(text="First one. And").event())
    heard = await read_until(client, "audio-chunk")
    assert heard.types == ["audio-start", "audio-chunk"]


async def test_a_stream_without_pieces_speaks_the_whole_text(site, connect):
    client = await connect()
    synth = await site.synth()
    await client.write_event(SynthesizeStart().event())
    await client.write_event(Synthesize(text="only here").event())
    from wyoming.tts import SynthesizeStop

    await client.write_event(SynthesizeStop().event())
    heard = await read_until(client, "synthesize-stopped")
    assert heard.pcm == PCM
    assert [request.text for request in synth.requests] == ["only here"]


async def test_a_stream_of_nothing_ends_too(site, connect):
    client = await connect()
    synth = await site.synth()
    heard = await stream(client, " ", "\n")
    assert heard.types == ["audio-start", "audio-stop", "synthesize-stopped"]
    assert not synth.requests


async def test_a_sentence_without_end_is_cut_where_a_request_ends(site, connect):
    client = await connect(max_text_chars=100)
    synth = await site.synth()
    await stream(client, *["word " * 10] * 6)
    assert all(len(request.text) <= 100 for request in synth.requests)
    spoken = "".join(request.text for request in synth.requests)
    assert spoken.replace(" ", "") == "word" * 60


async def test_a_voice_is_chosen_by_name_or_language(site, connect):
    client = await connect()
    english = await site.synth("en-gb", "en-us", "zh", default_voice="zh")
    await synthesize(client, "hi", "en-gb")
    for wish in ({"language": "en-US"}, {"language": "en"}, {"language": "tlh"}):
        await client.write_event(Synthesize(text="hi", voice=SynthesizeVoice(**wish)).event())
        await read_until(client, "audio-stop")
    await synthesize(client, "hi")
    asked = [request.voice for request in english.requests]
    assert asked == ["en-gb", "en-us", "en-gb", "zh", "zh"]


async def test_an_error_is_told_and_ends_the_connection(site, connect):
    await connect()
    synth = await site.synth()
    cases = [
        (Synthesize(text="hi", voice=SynthesizeVoice(name="nobody")), "BAD_REQUEST", "no voice"),
        (Synthesize(text=" "), "EMPTY_TEXT", "empty"),
        (Synthesize(text="x" * 2001), "TEXT_TOO_LONG", "2000"),
        (Synthesize(text="<speak/>", text_format="ssml"), "BAD_FORMAT", "ssml"),
        (SynthesizeChunk(text="early"), "BAD_ORDER", "synthesize-start"),
    ]
    for wish, code, words in cases:
        client = await connect()
        await client.write_event(wish.event())
        heard = await read_until(client)
        assert heard.closed
        assert heard.types == ["error", "closed"]
        assert heard.error.code == code
        assert words in heard.error.text
    assert not synth.requests


async def test_what_has_no_sound_is_passed_over(site, connect):
    async def hush(synth, request, to):
        await synth.begin(request, to)
        await synth.end(request, to, samples=0)

    client = await connect()
    synth = await site.synth(script=hush)
    assert (await synthesize(client, "!")).types == ["audio-start", "audio-stop"]
    for text in ("?! ... ", "👍"):
        heard = await stream(client, text)
        assert heard.types == ["audio-start", "audio-stop", "synthesize-stopped"]
    assert [request.text for request in synth.requests] == ["!", "👍"]


async def test_a_synths_failure_is_told(site, connect):
    client = await connect()
    synth = await site.synth(script=refuse("engine_error", "this is why"))
    heard = await synthesize(client, "hi")
    assert heard.types == ["error", "closed"]
    assert (heard.error.text, heard.error.code) == ("this is why", "SYNTHESIS_FAILED")
    assert len(synth.requests) == 1


async def test_one_answer_has_one_sample_rate(site, connect):
    async def change(synth, request, to):
        rate = 16000 if synth.requests[1:] else 24000
        started = AudioStart(
            utterance_id=request.utterance_id,
            room="api",
            attempt=1,
            sample_rate_hz=rate,
            engine="espeak",
            voice="en",
            text="",
            started_at_ns=1,
        )
        await synth.bus.reply(to, started)
        piece = AudioChunk(utterance_id=request.utterance_id, offset=0, pcm=b"\1\2")
        await synth.bus.reply(to, piece)
        await synth.end(request, to, samples=1)

    client = await connect()
    await site.synth(script=change)
    heard = await stream(client, "One is here. Two is here.")
    assert heard.formats == {(24000, 2, 1)}
    assert "sample rates" in heard.error.text


async def test_who_leaves_cancels_what_is_spoken(site, connect):
    client = await connect()
    synth = await site.synth(script=be_silent)
    await client.write_event(Synthesize(text="never mind").event())
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    await client.disconnect()
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)
    assert synth.cancels[0].utterance_id == synth.requests[0].utterance_id


async def test_what_is_unknown_is_passed_over_also_while_it_speaks(site, connect):
    client = await connect()
    synth = await site.synth(script=be_silent)
    await client.write_event(Synthesize(text="on and on").event())
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    from wyoming.event import Event

    await client.write_event(Event("select-program", {"name": "iShowTTS"}))
    await client.write_event(Event("audio-chunk", {"rate": 16000}, bytes(10_000)))
    await client.write_event(Ping(text="there?").event())
    heard = await read_until(client, "pong")
    assert Pong.from_event(heard.events[-1]).text == "there?"
    assert (await describe(client)).tts
