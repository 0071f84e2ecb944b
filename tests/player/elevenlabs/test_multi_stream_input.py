"""`multi-stream-input`, as Pipecat and LiveKit speak it."""

import asyncio
from collections import defaultdict

import numpy as np
import pytest

from ishowtts_player.settings.elevenlabs import ElevenLabsSettings
from tests.player.audio.sounds import tone
from tests.player.elevenlabs.conftest import KEY, MULTI, audio, chars
from tests.player.fake_synth import refuse
from tests.player.openai.songs import hold, send, song
from tests.player.sse import SOON_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

PCM = {"output_format": "pcm_24000"}


async def final_of(talk, context_id: str) -> list[dict]:
    """What one context is told, up to its end; there must be no other."""
    heard = await talk.until_final()
    assert {one["contextId"] for one in heard} == {context_id}
    return heard


async def test_a_turn_as_livekit_speaks_it(theatre):
    await theatre.open(api_token=KEY)
    talk = await theatre.talk(MULTI, key=KEY, **PCM, auto_mode="true", sync_alignment="true")
    await talk.say(text=" ", voice_settings={"speed": 1.1}, context_id="turn-1")
    await talk.say(text="Hello there. ", context_id="turn-1")
    await talk.say(text="", flush=True, context_id="turn-1")
    await talk.say(context_id="turn-1", close_context=True)

    heard = await final_of(talk, "turn-1")

    assert audio(heard) == song()
    assert chars(heard) == chars(heard, "normalizedAlignment") == "Hello there. "
    assert (heard[-1]["isFinal"], heard[-1]["is_final"]) == (True, True)
    assert theatre.synth.requests[0].speed == 1.1


async def test_contexts_are_never_mixed(theatre):
    await theatre.open()
    tones = {f"c{n}": 300 + 200 * n for n in range(8)}

    async def sing_the_text(synth, request, to):
        await synth.begin(request, to)
        pcm = tone(0.5, float(request.text.split()[0]))
        await send(synth, request, to, pcm)
        await synth.end(request, to, samples=len(pcm) // 2)

    theatre.synth.script = sing_the_text
    talk = await theatre.talk(MULTI, **PCM)
    for _ in range(2):
        for name, hertz in tones.items():
            await talk.say(text=f"{hertz} hertz. ", context_id=name, flush=True)
    for name in tones:
        await talk.say(contextId=name, close_context=True)
    heard = defaultdict(list)
    while not all(heard[name] and heard[name][-1]["isFinal"] for name in tones):
        message = await talk.hear()
        heard[message["contextId"]].append(message)

    for name, hertz in tones.items():
        assert audio(heard[name]) == tone(0.5, float(hertz)) * 2
    assert set(heard) == set(tones)


async def test_barge_in_cuts_off_what_was_not_flushed(theatre):
    await theatre.open()
    theatre.synth.script = hold
    talk = await theatre.talk(MULTI, **PCM, auto_mode="true")
    await talk.say(text="This takes long. And", context_id="a")
    await talk.hear()
    await talk.say(context_id="a", close_context=True)

    await final_of(talk, "a")

    await asyncio.wait_for(theatre.synth.cancelled.wait(), SOON_S)
    counters = theatre.counters
    assert counters.get("player_socket_text_dropped_total") == len("And")


async def test_a_closed_context_may_be_opened_anew(theatre):
    await theatre.open()
    talk = await theatre.talk(MULTI, **PCM)
    for _ in range(2):
        await talk.say(text="Hello. ", context_id="a", flush=True)
        await talk.say(context_id="a", close_context=True)
        assert audio(await final_of(talk, "a")) == song()


async def test_the_empty_text_keeps_a_context_alive_and_opens_none(theatre):
    await theatre.open()
    talk = await theatre.talk(MULTI, **PCM, inactivity_timeout=1)
    await talk.say(text="Hello. ", context_id="a")
    for _ in range(4):
        await asyncio.sleep(0.4)
        await talk.say(text="", context_id="a")
        await talk.say(text="")
    await talk.say(context_id="a", flush=True)
    await talk.say(context_id="a", close_context=True)

    assert audio(await final_of(talk, "a")) == song()


async def test_an_idle_context_is_closed_and_then_the_socket(theatre):
    await theatre.open()
    talk = await theatre.talk(MULTI, **PCM, inactivity_timeout=1)
    await talk.say(text=" ", context_id="a")

    code, heard = await talk.closed()

    assert [one.get("contextId") for one in heard] == ["a", None]
    assert (code, heard[-1]["error"]) == (1008, "input_timeout_exceeded")


async def test_closing_the_socket_speaks_the_rest_of_every_context(theatre):
    await theatre.open()
    talk = await theatre.talk(MULTI, **PCM)
    await talk.say(text="One. ", context_id="a")
    await talk.say(text="Two. ")
    await talk.say(close_socket=True)

    code, heard = await talk.closed()

    assert code == 1000
    assert sorted(one["contextId"] for one in heard if one["isFinal"]) == ["a", "default"]
    assert len(audio(heard)) == 2 * len(song())


async def test_contexts_are_bounded_and_the_others_go_on(theatre):
    await theatre.open(elevenlabs=ElevenLabsSettings(max_contexts=1))
    talk = await theatre.talk(MULTI, **PCM)
    await talk.say(text="One. ", context_id="a")
    await talk.say(text="Two. ", context_id="b")

    refused = await talk.hear()
    await talk.say(context_id="a", flush=True)
    await talk.say(context_id="a", close_context=True)

    assert (refused["contextId"], refused["error"]) == ("b", "too_many_contexts")
    assert audio(await final_of(talk, "a")) == song()


async def test_a_context_that_fails_takes_no_other_with_it(theatre):
    await theatre.open()
    theatre.synth.script = refuse("engine_error", "this is why")
    talk = await theatre.talk(MULTI, **PCM)
    await talk.say(text="One. ", context_id="a", flush=True)
    broken = await talk.hear()
    theatre.synth.script = hold
    await talk.say(text="Two. ", context_id="b", flush=True)

    assert (broken["contextId"], broken["message"]) == ("a", "this is why")
    assert (await talk.hear())["contextId"] == "b"


async def test_a_client_that_leaves_frees_every_synth(theatre):
    await theatre.open()
    theatre.synth.script = hold
    talk = await theatre.talk(MULTI, **PCM)
    for name in "abc":
        await talk.say(text="Hello. ", context_id=name, flush=True)
    await theatre.site.until(lambda: len(theatre.synth.requests) == 3)
    await talk.socket.close()

    await theatre.site.until(lambda: len(theatre.synth.cancels) == 3)


async def test_the_key_of_the_first_message_is_enough(theatre):
    await theatre.open(api_token=KEY)
    talk = await theatre.talk(MULTI, **PCM)
    await talk.say(text=" ", context_id="a", xi_api_key=KEY)
    await talk.say(text="Hello. ", context_id="a", flush=True)
    await talk.say(context_id="a", close_context=True)

    heard = await final_of(talk, "a")

    samples = np.frombuffer(audio(heard), "<i2")
    assert len(samples) == pytest.approx(36_000)
