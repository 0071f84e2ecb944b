"""The synth node: requests in, audio and progress out."""

import time
from collections.abc import Awaitable
from typing import Any, ClassVar

from msgspec.structs import replace

from ishowtts_bus import Bus, BusError, Invalid, Node, NodeError, Received
from ishowtts_schemas import NodeInfo, SpeechCancel, SpeechFailed, SpeechRequest
from ishowtts_schemas.topics import SPEECH_CANCEL, SPEECH_REQUEST
from ishowtts_synth.delivery import SpeechDelivery
from ishowtts_synth.engines.base import Engine
from ishowtts_synth.errors import EngineError, UnknownVoiceError
from ishowtts_synth.jobs import SynthJob, failed
from ishowtts_synth.settings import SynthSettings
from ishowtts_synth.voices import VoiceCatalogue
from ishowtts_synth.worker import SynthWorker

GROUP = "synth"
UNACKNOWLEDGED = 64
"""Requests whose `SpeechTaken` is on its way; until it is there, the broker keeps the request."""


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
        self.bus.subscribe(SPEECH_CANCEL, self._on_cancel, engine=engine.key)
        self.bus.subscribe(
            SPEECH_REQUEST,
            self._on_request,
            group=GROUP,
            on_invalid=self._on_invalid,
            concurrency=UNACKNOWLEDGED,
            engine=engine.key,
        )

    async def teardown(self) -> None:
        self.bus.unsubscribe(SPEECH_REQUEST, engine=self._engine.key)
        await self._worker.stop(self._settings.stop_grace_ms / 1000)

    def info(self) -> NodeInfo:
        return replace(
            super().info(),
            engine=self._engine.key,
            engine_label=self._engine.label,
            default_voice=self._engine.default_voice,
            voices=self._voices.all(),
            slots=self._engine.slots + self._settings.prefetch,
            sample_rate_hz=self._settings.sample_rate_hz,
            device=self._engine.device,
        )

    def _on_request(self, received: Received[SpeechRequest]) -> Awaitable[None] | None:
        """Hand over at once; what is awaited only delays the acknowledgement."""
        job = SynthJob(received.message, received.reply_to, time.perf_counter())
        self.bus.counters.add("speech_requests_total")
        try:
            self._voices.find(job.request.voice)
        except UnknownVoiceError as error:
            self._delivery.on_end(job, failed("unknown_voice", str(error)))
            return None
        if self._delivery.repeat(job):
            return None
        taken = self._worker.submit(job)
        self._delivery.count_queue()
        return self._delivery.taken(job) if taken else None

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
