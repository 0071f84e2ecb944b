"""A worker with an engine that a test holds in its hands."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ishowtts_synth.jobs import Failure, SynthJob
from ishowtts_synth.settings import SynthSettings
from ishowtts_synth.worker import SynthWorker
from tests.synth.fakes import SOON_S, GateEngine, ListenerLog, speech_request

SETTINGS = SynthSettings(buffer_ms=1000, queue_capacity=4)


async def until(happened: Callable[[], Any]) -> None:
    async def poll() -> None:
        while not happened():  # noqa: ASYNC110 - it looks into another thread
            await asyncio.sleep(0.001)

    await asyncio.wait_for(poll(), SOON_S)


async def heard(event: Any) -> None:
    assert await asyncio.to_thread(event.wait, SOON_S)


class Bench:
    """A worker with an engine and a listener that the test holds."""

    def __init__(self, engine: GateEngine, settings: SynthSettings = SETTINGS) -> None:
        self.engine = engine
        self.log = ListenerLog()
        self.now_ns = time.time_ns()
        self.worker = SynthWorker(engine, settings, self.log, clock_ns=lambda: self.now_ns)
        self.log.release = self.worker.release

    def ask(self, utterance_id: str, **changes: Any) -> bool:
        return self.worker.submit(SynthJob(speech_request(utterance_id, **changes), None, 0.0))

    async def ended(self, *utterance_ids: str) -> None:
        await until(lambda: set(utterance_ids) <= set(self.log.ends))

    def outcome(self, utterance_id: str) -> str:
        end = self.log.ends[utterance_id]
        return end.failure.code if end.failure else end.outcome

    def failure(self, utterance_id: str) -> Failure:
        failure = self.log.ends[utterance_id].failure
        assert failure is not None
        return failure


Start = Callable[..., Awaitable[Bench]]
