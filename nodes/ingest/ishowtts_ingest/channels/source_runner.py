"""Runs one source for as long as it has input, again and again where it fails."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from ishowtts_bus import Counters
from ishowtts_ingest.network.backoff import Backoff
from ishowtts_ingest.source import Emit, Source

_LOG = logging.getLogger("ishowtts.ingest")

SourceState = Literal["running", "failed", "ended"]

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0


class SourceRunner:
    """One source and how it fares.

    Attributes:
        state: `failed` while it pauses before the next try.
        error: Why it failed last.
    """

    def __init__(
        self,
        source: Source,
        emit: Emit,
        counters: Counters,
        on_change: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = source.name
        self.state: SourceState = "running"
        self.error = ""
        self._source = source
        self._emit = emit
        self._counters = counters
        self._on_change = on_change
        self._clock = clock
        self._sleep = sleep
        self._pause = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S, jitter)

    async def run(self) -> None:
        """Return when the input has ended; failures are logged, counted and tried again."""
        while True:
            started_at = self._clock()
            self._change("running", "")
            try:
                await self._source.run(self._emit)
            except Exception as error:  # noqa: BLE001 - the one boundary around foreign input
                _LOG.exception("source %s failed", self.name)
                self._counters.add("ingest_restarts_total", source=self.name)
                self._change("failed", str(error) or type(error).__name__)
            else:
                _LOG.info("source %s has ended", self.name)
                self._change("ended", "")
                return
            if self._clock() - started_at >= STEADY_AFTER_S:
                self._pause.reset()
            await self._sleep(self._pause.next_s())

    def _change(self, state: SourceState, error: str) -> None:
        self.state, self.error = state, error
        self._on_change()
