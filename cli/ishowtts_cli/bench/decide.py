"""Ingest and filter alone: whether they keep up with a rate.

Neither synth nor player runs: on a small machine these, and whoever listens, take most of it.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ishowtts_bus import BrokerSettings
from ishowtts_cli.bench.publisher import TextPublisher
from ishowtts_cli.bench.results import Deciding
from ishowtts_cli.bench.stack import (
    HOST,
    ROOM,
    bench_environment,
    free_port,
    stop_process,
    wait_ready,
)
from ishowtts_cli.supervisor.fleet import broker_program
from ishowtts_filter.journal.reader import JournalReader

KINDS = ("ingest", "filter")
LOOK_S = 0.2
DRAIN_TIMEOUT_S = 30.0


async def measure_deciding(rate: int, seconds: float) -> Deciding:
    """Publish at a steady rate and count rows in the filter's journal meanwhile.

    Raises:
        CliError: The nodes do not come up.
    """
    with tempfile.TemporaryDirectory(prefix="ishowtts-bench-") as folder:
        broker = BrokerSettings(host=HOST, port=free_port())
        async with _running(broker, Path(folder)):
            publisher = TextPublisher(HOST, broker.port)
            await publisher.start()
            journal = JournalReader(Path(folder) / "data" / "journal-1.sqlite3")
            found = await _Load(publisher, journal, rate, seconds).run()
            await publisher.close()
            return found


class _Load:
    def __init__(
        self, publisher: TextPublisher, journal: JournalReader, rate: int, seconds: float
    ) -> None:
        self._publisher = publisher
        self._journal = journal
        self._rate = rate
        self._seconds = seconds
        self._wanted = round(rate * seconds)
        self._sent = 0
        self._decided = 0
        self._furthest_behind = 0

    async def run(self) -> Deciding:
        watching = asyncio.create_task(self._watch())
        await self._publish()
        published = time.perf_counter()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(watching, DRAIN_TIMEOUT_S)
        drained_s = time.perf_counter() - published
        return Deciding(
            rate=self._rate,
            seconds=self._seconds,
            sent=self._sent,
            decided=self._decided,
            furthest_behind=self._furthest_behind,
            drained_s=round(drained_s, 2),
        )

    async def _publish(self) -> None:
        began = time.perf_counter()
        for number in range(self._wanted):
            ahead = began + number / self._rate - time.perf_counter()
            await asyncio.sleep(max(0.0, ahead))
            self._publisher.publish(ROOM, f"{ROOM}-{number}")
            self._sent += 1

    async def _watch(self) -> None:
        while True:
            sent = self._sent
            counts = await asyncio.to_thread(self._journal.counts)
            self._decided = counts.messages
            self._furthest_behind = max(self._furthest_behind, sent - counts.messages)
            if self._decided >= self._wanted:
                return
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def _running(broker: BrokerSettings, folder: Path) -> AsyncIterator[None]:
    """A broker and both nodes, until the block ends."""
    commands = [
        broker_program(broker, folder).command,
        *([sys.executable, "-m", "ishowtts_cli", kind, "run"] for kind in KINDS),
    ]
    processes: list[asyncio.subprocess.Process] = []
    try:
        for command in commands:
            process = await _start(command, broker, folder)
            processes.append(process)
        await wait_ready(broker, KINDS, lambda: None)
        yield
    finally:
        # The broker goes last: nodes say goodbye through it.
        for process in reversed(processes):
            await stop_process(process)


async def _start(
    command: Sequence[str], broker: BrokerSettings, folder: Path
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=bench_environment(broker, folder),
    )
