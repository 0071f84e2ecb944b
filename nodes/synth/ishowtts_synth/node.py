"""The synth node: requests in, audio and progress out."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable
from typing import Any, ClassVar

from msgspec.structs import replace

from ishowtts_bus import Bus, BusError, Invalid, Node, NodeError, Received
from ishowtts_bus.patience import within
from ishowtts_schemas import NodeInfo, SpeechCancel, SpeechFailed, SpeechRequest
from ishowtts_schemas.topics import SPEECH_CANCEL, SPEECH_REQUEST
from ishowtts_synth.delivery import SpeechDelivery
from ishowtts_synth.engines.base import Engine
from ishowtts_synth.errors import EngineError, UnknownVoiceError
from ishowtts_synth.jobs import JobEnd, SynthJob, failed
from ishowtts_synth.settings import SynthSettings
from ishowtts_synth.travellers import TravellingVoices
from ishowtts_synth.voices import VoiceCatalogue
from ishowtts_synth.worker import SynthWorker

GROUP = "synth"
UNACKNOWLEDGED = 64
"""Requests whose `SpeechTaken` is on its way; until it is there, the broker keeps the request."""
CATCH_UP_S = 5.0
"""For the voices that the broker retained, of up to 1.5 MB each."""


class SynthNode(Node):
    """Speaks with one engine; more of them share the requests.

    Args:
        settings: Section `synth`.
        engine: Not yet loaded.
        instance: Unique among synths; None is `<engine>-1`.
    """

    kind = "synth"
    # A shared subscription hands requests to sessions of dead members too, where they would
    # wait for nobody: the session ends with the connection.
    session_expiry_s: ClassVar[int] = 0

    def __init__(
        self,
        bus: Bus,
        *,
        settings: SynthSettings,
        engine: Engine[Any],
        instance: str | None = None,
    ) -> None:
        super().__init__(bus, instance or f"{engine.key}-1")
        rate_hz = settings.sample_rate_hz
        self._settings = settings
        self._engine = engine
        self._voices = VoiceCatalogue(engine.key, ())
        self._delivery = SpeechDelivery(bus, engine.key, self.instance, rate_hz)
        self._delivery.incarnation = self.incarnation
        self._worker = SynthWorker(engine, settings, self._delivery)
        self._travellers = TravellingVoices(
            engine.key, self._worker.voices, bus.counters, self._on_voices_changed
        )
        self._delivery.released = self._worker.release
        self._delivery.waiting = lambda: self._worker.waiting

    async def setup(self) -> None:
        engine = self._engine
        try:
            engine.check(engine.settings)
            self.report(f"loading {engine.label}")
            await self._worker.start()
        except EngineError as error:
            raise NodeError(str(error)) from error
        self._voices = VoiceCatalogue(engine.key, engine.voices())
        self.spawn(self._worker.watch(), f"engine {engine.key}")
        if engine.takes_references:
            self._travellers.start(self.bus)
        self.bus.subscribe(SPEECH_CANCEL, self._on_cancel, engine=engine.key)
        self.bus.subscribe(
            SPEECH_REQUEST,
            self._on_request,
            group=GROUP,
            on_invalid=self._on_invalid,
            concurrency=UNACKNOWLEDGED,
            engine=engine.key,
        )

    async def catch_up(self) -> None:
        """What waits for a voice that travels would fail while nobody seems to have it."""
        if self._engine.takes_references:
            with contextlib.suppress(asyncio.TimeoutError):
                await within(CATCH_UP_S, self._heard_voices())

    async def _heard_voices(self) -> None:
        await self.heard_retained()
        await self._travellers.answered()

    def connected(self) -> None:
        self._travellers.connected()

    async def teardown(self) -> None:
        self._travellers.close()
        self.bus.unsubscribe(SPEECH_REQUEST, engine=self._engine.key)
        await self._worker.stop(self._settings.stop_grace_ms / 1000)

    def info(self) -> NodeInfo:
        return replace(
            super().info(),
            engine=self._engine.key,
            engine_label=self._engine.label,
            default_voice=self._voices.default(self._engine.default_voice),
            voices=self._voices.all(),
            profiles=tuple(self._engine.profiles()),
            clones=self._engine.takes_references,
            refused_voices=self._travellers.refused,
            slots=self._engine.slots + self._settings.prefetch,
            sample_rate_hz=self._settings.sample_rate_hz,
            device=self._engine.device,
        )

    def _on_request(self, received: Received[SpeechRequest]) -> Awaitable[None] | None:
        """Hand over at once; what is awaited only delays the acknowledgement."""
        job = SynthJob(received.message, received.reply_to, time.perf_counter())
        self.bus.counters.add("speech_requests_total")
        problem = self._objection(job.request)
        if problem is not None:
            self._delivery.on_end(job, problem)
            return None
        if self._delivery.repeat(job):
            return None
        taken = self._worker.submit(job)
        self._delivery.count_queue()
        return self._delivery.taken(job) if taken else None

    def _objection(self, request: SpeechRequest) -> JobEnd | None:
        if request.reference is not None:
            if self._engine.takes_references:
                return None
            return failed("bad_request", f"{self._engine.key} does not speak with clips")
        if self._travellers.expects(request.voice):
            return None
        try:
            self._voices.find(request.voice)
        except UnknownVoiceError as error:
            return failed("unknown_voice", str(error))
        return None

    def _on_voices_changed(self) -> None:
        self._voices.set_travelling(self._travellers.spoken)
        self.announce_again()

    def _on_cancel(self, received: Received[SpeechCancel]) -> None:
        self._worker.cancel(received.message.utterance_id, received.message.attempt)

    async def _on_invalid(self, invalid: Invalid) -> None:
        """A requester who waits for an answer hears what was wrong with the request."""
        if invalid.reply_to is None:
            return
        answer = SpeechFailed(
            utterance_id="unreadable",
            attempt=1,
            code="bad_request",
            text=str(invalid.error),
            retryable=False,
            instance=self.instance,
        )
        try:
            await self.bus.reply(invalid.reply_to, answer)
        except BusError:
            self.bus.counters.add("speech_unpublished_total")
