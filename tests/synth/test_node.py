import asyncio
from collections.abc import Iterator

import pytest

from ishowtts_bus import MemoryBroker, NodeError, ReplyTo
from ishowtts_schemas import (
    AudioStart,
    AudioStop,
    ProfileInfo,
    SpeechDone,
    SpeechPart,
    SpeechTaken,
)
from ishowtts_schemas.topics import REPLY
from ishowtts_synth.engines.base import SpeechJob
from ishowtts_synth.engines.espeak import EspeakEngine
from ishowtts_synth.engines.tone import ToneEngine
from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.node import SynthNode
from ishowtts_synth.settings import EspeakSettings, ToneSettings
from tests.synth.fakes import PIECE, SOON_S, GateEngine, speech_request
from tests.synth.site import SETTINGS, Site


async def test_a_request_becomes_audio_in_its_room(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open()
    request = speech_request("u1", room="lounge", author="Ann", message_id="m1", display_text="Hi!")
    await listener.ask(request)
    await listener.until(lambda: listener.done("u1"))
    rooms, messages = zip(*listener.audio, strict=True)
    start, *chunks, stop = messages
    assert set(rooms) == {"lounge"}
    assert isinstance(start, AudioStart)
    assert (start.text, start.author, start.message_id) == ("Hi!", "Ann", "m1")
    assert (start.engine, start.voice, start.sample_rate_hz) == ("tone", "gate", 24_000)
    assert b"".join(chunk.pcm for chunk in chunks) == PIECE * 3
    assert stop == AudioStop(utterance_id="u1", attempt=1, reason="done", samples=7200)


async def test_progress_says_who_took_it_and_what_it_cost(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open()
    await listener.ask(speech_request("u1", attempt=2))
    await listener.until(lambda: listener.done("u1"))
    taken, done = listener.progress
    node = site.nodes[0]
    assert taken == SpeechTaken(
        utterance_id="u1", attempt=2, instance="tone-1", incarnation=node.incarnation
    )
    assert isinstance(done, SpeechDone)
    assert (done.attempt, done.instance, done.outcome, done.audio_ms) == (2, "tone-1", "done", 300)
    assert done.first_audio_ms is not None
    assert 0 < done.first_audio_ms < 1000 * SOON_S


async def test_audio_goes_where_the_request_says(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open()
    address = REPLY.address(client="bridge")
    await listener.ask(speech_request("u1", room="api"), ReplyTo(address, b"42"))
    await listener.until(lambda: any(isinstance(m, AudioStop) for _, m in listener.replies))
    assert listener.audio == []
    assert {correlation for correlation, _ in listener.replies} == {b"42"}
    assert isinstance(listener.replies[0][1], AudioStart)
    await listener.until(lambda: listener.done("u1"))


async def test_text_without_sound_ends_all_the_same(site: Site) -> None:
    listener = site.listener
    await site.synth(EspeakEngine(EspeakSettings()))
    await listener.ask(speech_request("u1", voice="espeak", text="..."))
    await listener.until(lambda: listener.done("u1"))
    kinds = [type(message) for _, message in listener.audio]
    assert kinds == [AudioStart, AudioStop]
    done = listener.done("u1")
    assert done is not None
    assert (done.audio_ms, done.first_audio_ms) == (0, None)


class ClauseEngine(GateEngine):
    """Speaks two clauses."""

    def speak(self, job: SpeechJob) -> Iterator[None]:
        job.emit(PIECE)
        yield
        job.mark(6)
        job.emit(PIECE)
        yield


async def test_where_a_clause_begins_is_told(site: Site) -> None:
    listener = site.listener
    await site.synth(ClauseEngine())
    await listener.ask(speech_request("u1", attempt=3, offset=100))
    await listener.until(lambda: listener.done("u1"))
    parts = [m for m in listener.progress if isinstance(m, SpeechPart)]
    assert parts == [SpeechPart(utterance_id="u1", attempt=3, chars=6, samples=2500)]


class StumblingEngine(GateEngine):
    """Speaks one piece, then breaks."""

    def speak(self, job: SpeechJob) -> Iterator[None]:
        job.emit(PIECE)
        yield
        raise RuntimeError("lost the thread")


async def test_a_failure_in_mid_sentence_ends_the_audio_and_says_why(site: Site) -> None:
    listener = site.listener
    await site.synth(StumblingEngine())
    await listener.ask(speech_request("u1"))
    await listener.until(lambda: listener.failure("u1"))
    told = "the engine failed: RuntimeError: lost the thread"
    stop = listener.audio[-1][1]
    assert isinstance(stop, AudioStop)
    assert (stop.reason, stop.detail) == ("failed", told)
    failure = listener.failure("u1")
    assert failure is not None
    assert (failure.code, failure.text, failure.retryable) == ("engine_error", told, True)


async def test_audio_outlives_a_broker_that_goes_away(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open(1)
    await listener.ask(speech_request("u1"))
    await listener.until(listener.chunks)
    site.broker.go_down()
    gate.open()
    await asyncio.sleep(0.05)
    site.broker.come_back()
    await listener.until(lambda: listener.done("u1"))
    assert b"".join(chunk.pcm for chunk in listener.chunks()) == PIECE * 3
    assert listener.chunks()[0].offset == 0


async def test_two_synths_share_the_work(site: Site) -> None:
    listener = site.listener
    for number in (1, 2):
        await site.synth(ToneEngine(ToneSettings()), instance=f"tone-{number}")
    for number in range(6):
        await listener.ask(speech_request(f"u{number}", voice="tone-600"))
    await listener.until(lambda: all(listener.done(f"u{number}") for number in range(6)))
    takers = [m.instance for m in listener.progress if isinstance(m, SpeechTaken)]
    assert sorted(takers) == ["tone-1"] * 3 + ["tone-2"] * 3


async def test_info_says_what_it_can_do(site: Site) -> None:
    await site.synth(EspeakEngine(EspeakSettings()))
    info = site.listener.infos[-1]
    assert (info.engine, info.default_voice, info.sample_rate_hz) == ("espeak", "espeak", 24_000)
    assert info.slots == 1 + SETTINGS.prefetch
    assert info.engine_label == "eSpeak NG"
    assert info.device == "cpu"
    assert {"espeak", "espeak-cmn", "espeak-en-us"} <= {voice.id for voice in info.voices}


async def test_info_names_the_profiles_of_the_engine(site: Site) -> None:
    fast = ProfileInfo(id="fast", label="fast, 7 steps", approximate=True)

    class Profiled(ToneEngine):
        def profiles(self) -> list[ProfileInfo]:
            return [fast]

    await site.synth(Profiled(ToneSettings()))
    assert site.listener.infos[-1].profiles == (fast,)


async def test_counters_add_up(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open()
    gate.breakages = [RuntimeError("once")]
    for number in range(3):
        await listener.ask(speech_request(f"u{number}"))
    await listener.until(lambda: listener.done("u2") and listener.failed)
    counters = site.nodes[0].bus.counters
    assert counters.get("speech_requests_total") == 3
    assert counters.get("speech_done_total", outcome="done") == 2
    assert counters.get("speech_failed_total", code="engine_error") == 1
    assert counters.get("speech_audio_ms_total") == 600
    assert counters.get("speech_synth_ms_total") > 0
    assert counters.get("speech_queue_depth") == 0


async def test_an_engine_that_cannot_run_stops_the_node_with_the_reason() -> None:
    class MissingEngine(GateEngine):
        @classmethod
        def check(cls, settings: ToneSettings) -> None:
            raise EngineUnavailableError("gate is not installed; pip install 'ishowtts[gate]'")

    node = SynthNode(MemoryBroker().bus(), settings=SETTINGS, engine=MissingEngine())
    with pytest.raises(NodeError, match="gate is not installed; pip install"):
        await node.run()


async def test_stopping_fails_what_waits_so_that_another_may_take_it(site: Site) -> None:
    engine = GateEngine()
    node = await site.synth(engine)
    listener = site.listener
    await listener.ask(speech_request("speaking"))
    await asyncio.to_thread(engine.speaking.wait, SOON_S)
    await listener.ask(speech_request("waiting"))
    await listener.until(lambda: len(listener.progress) == 2)
    engine.open()
    await site.stop(node)
    await listener.until(lambda: listener.done("speaking") and listener.failure("waiting"))
    failure = listener.failure("waiting")
    assert failure is not None
    assert (failure.code, failure.retryable) == ("shutting_down", True)
