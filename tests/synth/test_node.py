import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from ishowtts_bus import Bus, MemoryBroker, NodeError, Received, ReplyTo
from ishowtts_bus.transport import Packet
from ishowtts_schemas import (
    AudioChunk,
    AudioStart,
    AudioStop,
    NodeInfo,
    SpeechCancel,
    SpeechDone,
    SpeechFailed,
    SpeechPart,
    SpeechProgress,
    SpeechRequest,
    SpeechTaken,
)
from ishowtts_schemas.topics import (
    AUDIO,
    NODE_INFO,
    REPLY,
    SPEECH_CANCEL,
    SPEECH_FAILED,
    SPEECH_PROGRESS,
    SPEECH_REQUEST,
)
from ishowtts_synth.engines.base import Engine, SpeechJob
from ishowtts_synth.engines.espeak import EspeakEngine
from ishowtts_synth.engines.tone import ToneEngine
from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.node import SynthNode
from ishowtts_synth.settings import EspeakSettings, SynthSettings, ToneSettings
from tests.synth.fakes import PIECE, SOON_S, GateEngine, speech_request

SETTINGS = SynthSettings(buffer_ms=1000)


class Listener:
    """Hears everything that a synth says.

    Attributes:
        audio: Room (or `reply`) and message, in order.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.audio: list[tuple[str, AudioStart | AudioChunk | AudioStop]] = []
        self.progress: list[SpeechTaken | SpeechDone] = []
        self.failed: list[SpeechFailed] = []
        self.replies: list[tuple[bytes | None, Any]] = []
        self.infos: list[NodeInfo] = []
        self._news = asyncio.Event()

    async def start(self) -> None:
        hear: list[tuple[Any, Callable[[Received[Any]], None]]] = [
            (AUDIO, lambda r: self.audio.append((r.ids["room"], r.message))),
            (SPEECH_PROGRESS, lambda r: self.progress.append(r.message)),
            (SPEECH_FAILED, lambda r: self.failed.append(r.message)),
            (REPLY, lambda r: self.replies.append((r.correlation, r.message))),
            (NODE_INFO, lambda r: self.infos.append(r.message)),
        ]
        for topic, handler in hear:
            self.bus.subscribe(topic, self._noticing(handler))
        await self.bus.start()
        await self.bus.wait_connected(SOON_S)

    def _noticing(self, handler: Callable[[Received[Any]], None]) -> Callable[..., None]:
        def notice(received: Received[Any]) -> None:
            handler(received)
            self._news.set()

        return notice

    async def until(self, happened: Callable[[], Any]) -> None:
        async def wait() -> None:
            while not happened():
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(wait(), SOON_S)

    async def ask(self, request: SpeechRequest, reply_to: ReplyTo | None = None) -> None:
        engine = request.voice.partition("-")[0].replace("gate", "tone")
        await self.bus.publish(SPEECH_REQUEST, request, reply_to=reply_to, engine=engine)

    async def cancel(self, utterance_id: str, attempt: int | None = None) -> None:
        cancel = SpeechCancel(utterance_id=utterance_id, attempt=attempt)
        await self.bus.publish(SPEECH_CANCEL, cancel, engine="tone")

    def done(self, utterance_id: str) -> SpeechDone | None:
        ended = (m for m in self.progress if isinstance(m, SpeechDone))
        return next((m for m in ended if m.utterance_id == utterance_id), None)

    def failure(self, utterance_id: str) -> SpeechFailed | None:
        return next((m for m in self.failed if m.utterance_id == utterance_id), None)

    def chunks(self) -> list[AudioChunk]:
        return [m for _, m in self.audio if isinstance(m, AudioChunk)]


def _is_done(message: SpeechProgress) -> bool:
    return isinstance(message, SpeechDone)


class Site:
    """A broker in memory, a listener, and synths."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.listener = Listener(self.broker.bus("listener", session_expiry_s=300))
        self.nodes: list[SynthNode] = []

    async def synth(
        self, engine: Engine[Any], settings: SynthSettings = SETTINGS, instance: str | None = None
    ) -> SynthNode:
        bus = self.broker.bus(f"synth-{instance or len(self.nodes)}")
        node = SynthNode(bus, settings=settings, engine=engine, instance=instance)
        self.nodes.append(node)
        await node.start()
        await self.listener.until(
            lambda: any(i.instance == node.instance for i in self.listener.infos)
        )
        return node

    async def stop(self, node: SynthNode) -> None:
        self.nodes.remove(node)
        await node.stop()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.listener.start()
    yield site
    site.broker.come_back()
    for node in list(site.nodes):
        await site.stop(node)
    await site.listener.bus.close()


@pytest.fixture
async def gate(site: Site) -> AsyncIterator[GateEngine]:
    engine = GateEngine()
    await site.synth(engine)
    yield engine
    engine.open()


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


async def test_unknown_voice_is_told_to_everybody_concerned(site: Site) -> None:
    listener = site.listener
    await site.synth(ToneEngine(ToneSettings()))
    address = REPLY.address(client="bridge")
    await listener.ask(speech_request("u1", voice="tone-401"), ReplyTo(address, b"7"))
    await listener.until(lambda: listener.replies and listener.failed)
    failure = listener.failure("u1")
    assert listener.replies == [(b"7", failure)]
    assert failure is not None
    assert (failure.code, failure.retryable, failure.instance) == ("unknown_voice", False, "tone-1")
    assert "no voice 'tone-401'; it has tone-400" in failure.text


async def test_an_option_out_of_range_is_a_bad_request(site: Site) -> None:
    listener = site.listener
    await site.synth(EspeakEngine(EspeakSettings()))
    await listener.ask(speech_request("u1", voice="espeak", options={"pitch": 1000}))
    await listener.until(lambda: listener.failure("u1"))
    failure = listener.failure("u1")
    assert failure is not None
    assert (failure.code, failure.retryable) == ("bad_request", False)
    assert failure.text == "espeak takes pitch from 0 to 99, not 1000"
    assert listener.audio == []


async def test_an_unreadable_request_is_answered(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    packet = Packet(
        SPEECH_REQUEST.address(engine="tone"),
        b"\x81\xa4text\x01",
        content_type="application/msgpack",
        response_topic=REPLY.address(client="bridge"),
        correlation=b"9",
    )
    site.broker.route(packet)
    await listener.until(lambda: listener.replies)
    correlation, failure = listener.replies[0]
    assert correlation == b"9"
    assert isinstance(failure, SpeechFailed)
    assert failure.code == "bad_request"


async def test_an_unreadable_request_that_wants_its_answer_nowhere_is_counted(
    site: Site, gate: GateEngine
) -> None:
    address = SPEECH_REQUEST.address(engine="tone")
    site.broker.route(Packet(address, b"\x81\xa4text\x01", response_topic="a/+/#"))
    counters = site.nodes[0].bus.counters
    gate.open()
    await site.listener.ask(speech_request("u1"))
    await site.listener.until(lambda: site.listener.done("u1"))
    assert counters.get("speech_unpublished_total") == 1
    assert counters.get("bus_handler_errors_total") == 0


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


async def test_cancel_ends_the_audio(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open(1)
    await listener.ask(speech_request("u1"))
    await listener.until(listener.chunks)
    await listener.cancel("u1")
    await asyncio.sleep(0)
    gate.open(1)
    await listener.until(lambda: listener.done("u1"))
    stop = listener.audio[-1][1]
    assert isinstance(stop, AudioStop)
    assert stop.reason == "cancelled"
    assert listener.done("u1").outcome == "cancelled"  # type: ignore[union-attr]


@pytest.mark.parametrize(("whole", "reason"), [(False, "failed"), (True, "cancelled")])
async def test_an_attempt_that_is_called_off_does_not_end_the_utterance_for_listeners(
    site: Site, gate: GateEngine, whole: bool, reason: str
) -> None:
    listener = site.listener
    gate.open(1)
    await listener.ask(speech_request("u1"))
    await listener.until(listener.chunks)
    await listener.cancel("u1", attempt=1)
    if whole:
        await listener.cancel("u1")
    gate.open(1)
    await listener.until(lambda: listener.done("u1"))
    stop = listener.audio[-1][1]
    assert isinstance(stop, AudioStop)
    assert (stop.reason, stop.attempt) == (reason, 1)


async def test_a_cancel_that_comes_first_wins(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    gate.open()
    await listener.cancel("u1")
    await listener.ask(speech_request("u1"))
    await listener.ask(speech_request("u2"))
    await listener.until(lambda: listener.done("u1") and listener.done("u2"))
    assert listener.done("u1").outcome == "cancelled"  # type: ignore[union-attr]
    assert {m.utterance_id for _, m in listener.audio} == {"u2"}


async def test_a_cancelled_requester_still_hears_an_end(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    address = REPLY.address(client="bridge")
    await listener.cancel("u1")
    await listener.ask(speech_request("u1"), ReplyTo(address, b"1"))
    await listener.until(lambda: listener.replies)
    (_, stop), *more = listener.replies
    assert isinstance(stop, AudioStop)
    assert (stop.reason, stop.samples, more) == ("cancelled", 0, [])


async def test_expired_and_repeated_requests_are_not_spoken(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    await listener.ask(speech_request("late", deadline_at_ns=time.time_ns() - 1))
    for _ in range(3):
        await listener.ask(speech_request("u1"))
    await listener.until(lambda: listener.failure("late"))
    failure = listener.failure("late")
    assert failure is not None
    assert (failure.code, failure.retryable) == ("expired", False)
    counters = site.nodes[0].bus.counters
    await listener.until(lambda: counters.get("speech_duplicates_total") == 2)
    gate.open()
    await listener.until(lambda: listener.done("u1"))
    assert len(gate.texts) == 1


async def test_whoever_asks_again_for_what_was_spoken_is_told_so(
    site: Site, gate: GateEngine
) -> None:
    listener = site.listener
    gate.open()
    await listener.ask(speech_request("u1"))
    await listener.until(lambda: listener.done("u1"))
    heard = len(listener.audio)
    await listener.ask(speech_request("u1", attempt=2))
    counters = site.nodes[0].bus.counters
    await listener.until(lambda: counters.get("speech_repeats_total") == 1)
    await listener.until(lambda: [m.attempt for m in listener.progress if _is_done(m)] == [1, 2])
    assert len(gate.texts) == 1
    assert len(listener.audio) == heard


async def test_another_engines_rest_is_numbered_from_where_listeners_are(
    site: Site, gate: GateEngine
) -> None:
    listener = site.listener
    gate.open()
    await listener.ask(speech_request("u1", attempt=2, offset=48_000))
    await listener.until(lambda: listener.done("u1"))
    assert [chunk.offset for chunk in listener.chunks()][:1] == [48_000]
    stop = listener.audio[-1][1]
    assert isinstance(stop, AudioStop)
    assert stop.samples == 48_000 + 7200
    done = listener.done("u1")
    assert done is not None
    assert done.audio_ms == 300, "of this attempt alone"


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
