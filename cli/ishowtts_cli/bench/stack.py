"""A pipeline of the bench's own: real processes on free ports, thrown away afterwards."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ishowtts_bus import BrokerSettings, BusError, connect
from ishowtts_cli.directory import Directory
from ishowtts_cli.errors import CliError
from ishowtts_cli.sections import PATH_VARIABLE

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.02
KINDS = ("ingest", "filter", "synth", "player")
HOST = "127.0.0.1"
ROOM = "bench"

_LOG_LINES = 20

_OVERRIDES = {
    # Neither is a limit of the machine, and the bench is not there to wait for a listener's ears.
    "ISHOWTTS__FILTER__QUEUE__RATE_LIMIT_PER_SEC": "0",
    "ISHOWTTS__FILTER__QUEUE__LEAD_S": "0",
}


class BenchStack:
    """Broker and nodes, started by `run-all` as a person would.

    Attributes:
        broker: Where its broker is.
        port: The bridge's.
        wyoming_port: The bridge's, for Wyoming.
        start_s: From the command to all nodes ready.
    """

    def __init__(self) -> None:
        self.broker = BrokerSettings(host=HOST, port=free_port())
        self.port = free_port()
        self.wyoming_port = free_port()
        self.start_s = 0.0
        self._folder = tempfile.TemporaryDirectory(prefix="ishowtts-bench-")
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, and return when every node is ready.

        Raises:
            CliError: It does not come up.
        """
        began = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ishowtts_cli", "run-all"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
            )
        try:
            await asyncio.wait_for(self._wait_ready(self._process), READY_TIMEOUT_S)
        except asyncio.TimeoutError:
            await self.stop()
            raise CliError(f"the pipeline is not ready after {READY_TIMEOUT_S:.0f} s") from None
        self.start_s = time.perf_counter() - began

    async def stop(self) -> None:
        """Stop everything and remove its files."""
        if self._process is not None:
            await stop_process(self._process)
        self._folder.cleanup()

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of each process, by its role."""
        import psutil

        if self._process is None:
            raise RuntimeError("start() comes first")
        parent = psutil.Process(self._process.pid)
        used = {"run-all": parent.memory_info().rss}
        for child in parent.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                used[_role(child.cmdline())] = child.memory_info().rss
        return {role: round(rss / 1e6, 1) for role, rss in used.items()}

    def restarts(self) -> int:
        """How often a process had to be started again."""
        return self._log.read_text("utf-8", "replace").count("starts again in")

    @property
    def _log(self) -> Path:
        return Path(self._folder.name) / "log"

    def _environment(self) -> dict[str, str]:
        own = bench_environment(self.broker, Path(self._folder.name))
        return own | {
            "ISHOWTTS__PLAYER__PORT": str(self.port),
            "ISHOWTTS__PLAYER__WYOMING__PORT": str(self.wyoming_port),
        }

    async def _wait_ready(self, process: asyncio.subprocess.Process) -> None:
        await wait_ready(self.broker, KINDS, lambda: self._check_alive(process))

    def _check_alive(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            last = self._log.read_text("utf-8", "replace").splitlines()[-_LOG_LINES:]
            raise CliError("the pipeline did not start:\n" + "\n".join(last))


def bench_environment(broker: BrokerSettings, folder: Path) -> dict[str, str]:
    """This process's, with settings of the bench in place of the user's."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ISHOWTTS__") and name != PATH_VARIABLE
    }
    places = {
        "ISHOWTTS__BROKER__PORT": str(broker.port),
        "ISHOWTTS__RUN__DATA_DIR": str(folder / "data"),
    }
    return inherited | _OVERRIDES | places


async def wait_ready(
    broker: BrokerSettings, kinds: Sequence[str], check_alive: Callable[[], None]
) -> None:
    """Return when the broker and a node of each kind are ready.

    Raises:
        CliError: `check_alive` found one dead, or the broker refuses us.
    """
    while not await _accepts(broker.port):
        check_alive()
        await asyncio.sleep(POLL_INTERVAL_S)
    bus = connect(broker, "ishowtts-bench-watch")
    directory = Directory()
    await bus.start()
    try:
        await bus.wait_connected(READY_TIMEOUT_S)
        await directory.follow(bus)
        while not all(directory.is_ready(kind) for kind in kinds):
            check_alive()
            await asyncio.sleep(POLL_INTERVAL_S)
    except BusError as error:
        raise CliError(f"the bench's broker: {error}") from None
    finally:
        await bus.close()


async def stop_process(process: asyncio.subprocess.Process) -> None:
    """Ask it to end, and end it if it does not."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()


def _role(command_line: list[str]) -> str:
    words = [Path(word).name for word in command_line]
    for kind in KINDS:
        if kind in words:
            return kind
    return "broker" if words and words[0] == "mosquitto" else " ".join(words[:1]) or "?"


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
