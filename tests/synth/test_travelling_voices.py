"""Voices that travel: what a synth speaks with after the store has said something."""

import array
import itertools
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_schemas import NodeInfo
from ishowtts_schemas.topics import SPEECH_REQUEST, VOICE
from ishowtts_synth.settings import SynthSettings
from ishowtts_synth.travellers import MAX_VOICES
from tests.synth.cloning import OWN_SAMPLE, CloningEngine, inline_reference, voice_reference
from tests.synth.fakes import speech_request
from tests.synth.site import Site


class Stage:
    """A synth that clones, the store's bus, and what is heard."""

    def __init__(self, site: Site, engine: CloningEngine) -> None:
        self.engine = engine
        self.listener = site.listener
        self.bus = site.listener.bus
        self._numbers = itertools.count()

    async def put(self, voice: str, sample: int, **more) -> str:
        """Publish a voice; its version."""
        reference = voice_reference(voice, sample, **more)
        await self.bus.publish(VOICE, reference, voice=voice)
        return reference.version

    async def clear(self, voice: str) -> None:
        await self.bus.clear(VOICE, voice=voice)

    async def ask(self, voice: str, text: str = "hello", **more) -> str:
        request = speech_request(f"u{next(self._numbers)}", voice=voice, text=text, **more)
        await self.bus.publish(SPEECH_REQUEST, request, engine="tone")
        return request.utterance_id

    async def hear(self, name: str) -> set[int] | str:
        """Which samples an utterance had, or why it had none."""
        listener = self.listener
        await listener.until(lambda: listener.done(name) or listener.failure(name))
        if failure := listener.failure(name):
            return failure.code
        heard = array.array("h")
        for chunk in listener.chunks():
            if chunk.utterance_id == name:
                heard.frombytes(chunk.pcm)
        return set(heard)

    async def say(self, voice: str, **more) -> set[int] | str:
        return await self.hear(await self.ask(voice, **more))

    @property
    def info(self) -> NodeInfo:
        """What the synth said of itself last."""
        return self.listener.infos[-1]

    async def told(self, voices: dict[str, str]) -> None:
        """Wait until the synth names these voices and their versions."""
        await self.listener.until(
            lambda: {one.id: one.version for one in self.info.voices} == voices
        )


@pytest.fixture
async def stage(site: Site) -> Stage:
    engine = CloningEngine()
    await site.synth(engine)
    return Stage(site, engine)


async def test_a_voice_that_is_published_can_be_spoken_and_is_announced(stage):
    assert stage.info.clones
    version = await stage.put("ann", 7, label="Ann", language="en", licence="CC0")

    assert await stage.say("ann") == {7}
    await stage.told({"own": "", "ann": version})
    ann = stage.info.voices[-1]
    assert (ann.label, ann.language, ann.licence) == ("Ann", "en", "CC0")
    assert ann.transcript == "what is said"


async def test_the_next_utterance_speaks_with_the_new_clip(stage):
    await stage.put("ann", 7)
    assert await stage.say("ann") == {7}

    await stage.put("ann", 8)

    assert await stage.say("ann") == {8}


async def test_what_is_being_spoken_keeps_its_clip(stage):
    await stage.put("ann", 7)
    stage.engine.gate = threading.Semaphore(3)
    first = await stage.ask("ann", "a long text")
    await stage.listener.until(stage.listener.chunks)

    await stage.put("ann", 8)
    second = await stage.ask("ann")
    stage.engine.gate.release(1000)

    assert await stage.hear(first) == {7}
    assert await stage.hear(second) == {8}


async def test_a_clip_over_the_engines_own_voice_goes_and_its_own_is_back(stage):
    assert await stage.say("own") == {OWN_SAMPLE}
    version = await stage.put("own", 9)
    assert await stage.say("own") == {9}
    await stage.told({"own": version})

    await stage.clear("own")

    assert await stage.say("own") == {OWN_SAMPLE}
    await stage.told({"own": ""})
    assert stage.info.voices[0].transcript == "my own words"


async def test_a_voice_that_was_taken_back_is_unknown(stage):
    await stage.put("ann", 7)
    assert await stage.say("ann") == {7}

    await stage.clear("ann")

    assert await stage.say("ann") == "unknown_voice"
    await stage.told({"own": ""})


async def test_a_clip_that_the_engine_refuses_leaves_the_old_one_and_is_told(stage):
    version = await stage.put("ann", 7)
    bad = await stage.put("ann", 0, audio=b"this is no clip")

    assert await stage.say("ann") == {7}
    await stage.listener.until(lambda: stage.info.refused_voices)
    (refused,) = stage.info.refused_voices
    assert (refused.id, refused.version) == ("ann", bad)
    assert refused.reason.startswith("no clip")
    await stage.told({"own": "", "ann": version})

    await stage.put("ann", 8)
    assert await stage.say("ann") == {8}
    await stage.listener.until(lambda: not stage.info.refused_voices)


async def test_a_voice_for_other_engines_is_not_taken(stage):
    await stage.put("ann", 7, engines=("another",))
    assert await stage.say("ann") == "unknown_voice"

    await stage.put("ann", 7, engines=("another", "tone"))
    assert await stage.say("ann") == {7}

    await stage.put("ann", 7, engines=("another",))
    assert await stage.say("ann") == "unknown_voice"


async def test_another_label_for_the_same_clip_is_announced(stage):
    await stage.put("ann", 7, label="Ann")
    await stage.put("ann", 7, label="Anna")

    await stage.listener.until(lambda: stage.info.voices[-1].label == "Anna")
    assert await stage.say("ann") == {7}


async def test_a_reloaded_engine_still_has_its_voices(stage):
    await stage.put("ann", 7)
    assert await stage.say("ann") == {7}
    stage.engine.breakages = [RuntimeError("broken")] * 3
    for _ in range(3):
        assert await stage.say("ann") == "engine_error"

    assert await stage.say("ann") == {7}
    assert stage.engine.loads == 2


async def test_a_synth_that_starts_later_learns_the_voices(site):
    stage = Stage(site, CloningEngine())
    version = await stage.put("ann", 7)

    await site.synth(stage.engine)

    # From its first word on: what waits for the voice would fail.
    first = stage.listener.infos[0]
    assert {one.id: one.version for one in first.voices} == {"own": "", "ann": version}
    assert await stage.say("ann") == {7}


async def test_an_engine_without_voices_of_its_own_begins_and_is_given_one(site):
    engine = CloningEngine()
    engine.default_voice = None
    engine.voices = list
    stage = Stage(site, engine)

    await site.synth(engine, SynthSettings(warmup=True))

    assert (stage.info.default_voice, stage.info.voices) == (None, ())
    name = await stage.ask("ann")
    assert await stage.hear(name) == "unknown_voice"
    assert stage.listener.failure(name).text.startswith("tone has no voice yet")

    await stage.put("ann", 7)
    await stage.listener.until(lambda: stage.info.default_voice == "ann")
    await stage.put("bob", 8)
    assert await stage.say("bob") == {8}
    assert engine.admitted == ["ann", "bob"], "warm before anybody asks, and once"


async def test_what_was_taken_back_while_the_broker_was_away_is_forgotten(site):
    stage = Stage(site, CloningEngine())
    node = await site.synth(stage.engine)
    await stage.put("ann", 7)
    version = await stage.put("bob", 8)
    assert await stage.say("ann") == {7}

    site.broker._retained.pop(VOICE.address(voice="ann"))
    site.broker.go_down()
    site.broker.come_back()
    assert await stage.say("bob") == {8}
    node._travellers.forget_unconfirmed()

    await stage.told({"own": "", "bob": version})
    assert await stage.say("ann") == "unknown_voice"
    assert await stage.say("bob") == {8}


async def test_a_request_may_bring_its_own_clip(stage):
    await stage.put("ann", 7)
    inline = {"voice": "reference", "reference": inline_reference(5)}

    assert await stage.say(**inline) == {5}
    assert await stage.say("ann") == {7}
    assert await stage.say("reference") == "unknown_voice"


async def test_a_clip_of_a_request_that_is_no_good_fails_that_request_alone(stage):
    bad = inline_reference(5)
    bad = type(bad)(audio=b"no clip", transcript="")

    assert await stage.say("reference", reference=bad) == "bad_request"
    assert await stage.say("own") == {OWN_SAMPLE}


async def test_an_engine_that_does_not_clone_says_so(site, gate):
    stage = Stage(site, CloningEngine())

    name = await stage.ask("reference", reference=inline_reference(5))

    assert await stage.hear(name) == "bad_request"
    assert stage.listener.failure(name).text == "tone does not speak with clips"
    assert not stage.info.clones


async def test_no_voice_may_take_the_name_of_requests_clips(stage):
    await stage.put("reference", 7)

    assert await stage.say("reference") == "unknown_voice"


async def test_there_is_an_end_to_how_many_are_taken(stage):
    for number in range(MAX_VOICES + 1):
        await stage.put(f"voice-{number}", 1)

    await stage.listener.until(lambda: stage.info.refused_voices)
    assert stage.info.refused_voices[0].id == f"voice-{MAX_VOICES}"
    assert await stage.say("voice-0") == {1}


WISHES = st.lists(
    st.sampled_from(["ann", "bob", "own", "clip-30", "clip-31"]), min_size=4, max_size=16
)


@given(wishes=WISHES)
@settings(deadline=None, max_examples=12)
@pytest.mark.asyncio(loop_scope="function")
async def test_voices_that_alternate_and_clips_of_requests_never_mix(wishes):
    site = Site()
    await site.listener.start()
    try:
        engine = CloningEngine()
        await site.synth(engine)
        stage = Stage(site, engine)
        await stage.put("ann", 20)
        await stage.put("bob", 21)
        expected = {"ann": {20}, "bob": {21}, "own": {OWN_SAMPLE}, "clip-30": {30}, "clip-31": {31}}
        names = [await _wish(stage, wish) for wish in wishes]

        assert [await stage.hear(name) for name in names] == [expected[one] for one in wishes]
    finally:
        for node in site.nodes:
            await node.stop()
        await site.listener.bus.close()


async def _wish(stage: Stage, wish: str) -> str:
    if not wish.startswith("clip-"):
        return await stage.ask(wish)
    clip = inline_reference(int(wish.removeprefix("clip-")))
    return await stage.ask("reference", reference=clip)
