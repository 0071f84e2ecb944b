"""`ishowtts run-all`: starts the broker and every node, keeps them alive, stops them together."""

import asyncio
import fcntl
import logging
import os
import random
import shlex
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TextIO

from ishowtts_bus import BrokerSettings, Received, connect
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.logs import DEFAULT_LEVEL, LEVELS
from ishowtts_cli.sections import config_path, load_settings
from ishowtts_cli.settings import RunSettings
from ishowtts_cli.supervisor import mosquitto
from ishowtts_cli.supervisor.child import Child, Program
from ishowtts_cli.supervisor.fleet import BROKER_NAME, PLAYER_KEY, broker_program, node_programs
from ishowtts_cli.supervisor.memory_folder import held_in_memory
from ishowtts_cli.supervisor.policy import Backoff, NodeKey, Prefixes, Readiness
from ishowtts_schemas import NodeInfo, NodeState
from ishowtts_schemas.topics import NODE_INFO, NODE_STATE

OWN_NAME = "run-all"
STARTUP_ATTEMPTS = 3
"""A process that died so often before all were ready will not get well by waiting."""
PROGRESS_INTERVAL_S = 5.0
POLL_INTERVAL_S = 0.01
INSIST_AFTER_S = 0.5
"""A second signal kills; one that only comes twice (from a terminal and from just) does not."""
BROKER_SHARE = 0.25
"""Of the time to stop: nodes say goodbye through the broker, so it goes last."""


def main(given: Path | None, wait_s: float, *, warmup: bool) -> int:
    """Run everything until Ctrl-C or SIGTERM.

    Args:
        given: The configuration file, as on the command line.
        wait_s: How long the nodes may take to become ready.
        warmup: Whether synths speak once, unheard, before they are ready.

    Returns:
        An exit status.

    Raises:
        CliError: It cannot run, or not all became ready.
        SettingsError: The configuration is wrong.
    """
    path = config_path(given)
    configuration = load_settings(path)
    broker, run = configuration.broker, configuration["run"]
    nodes = node_programs(configuration, path, warmup=warmup, log_level=_log_level())
    if not broker.managed:
        return asyncio.run(Pipeline(broker, run, None, nodes).run(wait_s))
    mosquitto.check_manageable(broker)
    with _locked(Path(run.data_dir)):
        folder = Path(run.data_dir) / "broker"
        with held_in_memory(folder) if run.broker_in_memory else nullcontext(folder) as held:
            program = broker_program(broker, folder, held)
            return asyncio.run(Pipeline(broker, run, program, nodes).run(wait_s))


class Pipeline:
    """The broker and the nodes, while they run."""

    def __init__(
        self,
        broker: BrokerSettings,
        run: RunSettings,
        managed_broker: Program | None,
        nodes: Mapping[NodeKey, Program],
    ) -> None:
        self._broker = broker
        self._run_settings = run
        self._managed = [] if managed_broker is None else [self._child(managed_broker)]
        self._nodes = {key: self._child(program) for key, program in nodes.items()}
        self._keys = {program.name: key for key, program in nodes.items()}
        self._readiness = Readiness({key: name for name, key in self._keys.items()})
        self._prefixes = Prefixes([BROKER_NAME, *self._keys, OWN_NAME], colour=_coloured())
        self._bus = connect(broker, f"ishowtts-run-all-{os.getpid()}")
        self._bus_error: Exception | None = None
        self._address = ""
        self._news = asyncio.Event()
        self._signalled_s: float | None = None

    async def run(self, wait_s: float) -> int:
        """Start all, serve until a signal, stop all.

        Raises:
            CliError: Not all became ready.
            BusError: The broker refuses us.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)
        started_s = time.monotonic()
        try:
            if self._managed:
                await mosquitto.check_port_free(self._broker)
            await self._start(started_s + wait_s)
            if not self._stopping:
                self._welcome(time.monotonic() - started_s)
            while not self._stopping:
                await self._pause(None)
        finally:
            await self._stop()
        return ExitCode.OK

    @property
    def _stopping(self) -> bool:
        return self._signalled_s is not None

    async def _start(self, deadline_s: float) -> None:
        for child in self._managed:
            child.start()
        await self._wait_broker(deadline_s)
        self._bus.on_fatal_error = self._on_bus_error
        self._bus.subscribe(NODE_INFO, self._on_info)
        self._bus.subscribe(NODE_STATE, self._on_state)
        await self._bus.start()
        for child in self._nodes.values():
            child.start()
        await self._wait_ready(deadline_s)

    async def _wait_broker(self, deadline_s: float) -> None:
        while not self._stopping and not await mosquitto.listens(self._broker):
            self._check_startup(self._managed)
            if time.monotonic() >= deadline_s:
                where = f"{self._broker.host}:{self._broker.port}"
                raise CliError(f"no broker answers at {where}; is it running?")
            await self._pause(POLL_INTERVAL_S)

    async def _wait_ready(self, deadline_s: float) -> None:
        say_at_s = time.monotonic() + PROGRESS_INTERVAL_S
        while not self._stopping and (pending := self._readiness.pending()):
            self._check_startup(self._nodes.values())
            reasons = "; ".join(f"{name} ({reason})" for name, reason in pending.items())
            now_s = time.monotonic()
            if now_s >= deadline_s:
                raise CliError(f"not ready within --wait: {reasons}")
            if now_s >= say_at_s:
                say_at_s = now_s + PROGRESS_INTERVAL_S
                self._say(f"waiting for {reasons}")
            await self._pause(min(deadline_s, say_at_s) - now_s)

    def _check_startup(self, children: Iterable[Child]) -> None:
        """Give up on what waiting cannot mend."""
        if self._bus_error is not None:
            raise self._bus_error
        for child in children:
            name, said = child.program.name, child.last_words
            if child.misconfigured:
                raise CliError(f"{name} cannot run: {said}", ExitCode.USAGE)
            if child.code is not None and child.starts >= STARTUP_ATTEMPTS:
                raise CliError(f"{name} does not start: {said}")

    async def _stop(self) -> None:
        total_s = self._run_settings.stop_timeout_s
        nodes_s = total_s * (1 - BROKER_SHARE)
        await asyncio.gather(*(self._stop_child(child, nodes_s) for child in self._nodes.values()))
        await self._bus.close()
        for child in self._managed:
            await self._stop_child(child, total_s - nodes_s)

    async def _stop_child(self, child: Child, timeout_s: float) -> None:
        if not await child.stop(timeout_s):
            self._say(f"{child.program.name} did not stop within {timeout_s:g} s and was killed")

    def _on_signal(self) -> None:
        now_s = time.monotonic()
        if self._signalled_s is None:
            self._signalled_s = now_s
            self._news.set()
            self._say("stopping")
        elif now_s - self._signalled_s > INSIST_AFTER_S:
            for child in (*self._nodes.values(), *self._managed):
                child.kill()

    async def _pause(self, timeout_s: float | None) -> None:
        """Wait for news."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._news.wait(), timeout_s)
        self._news.clear()

    def _child(self, program: Program) -> Child:
        backoff = Backoff(self._run_settings, lambda: random.uniform(0.75, 1.25))
        return Child(program, backoff, self)

    def on_line(self, child: Child, line: str) -> None:
        """A child wrote to its log."""
        _write(sys.stderr, self._prefixes.line(child.program.name, line))

    def on_start(self, child: Child, pid: int) -> None:
        """A child's process began."""
        key = self._keys.get(child.program.name)
        if key is not None:
            self._readiness.started(key, pid)

    def on_end(self, child: Child, reason: str, wait_s: float | None) -> None:
        """A child's process died."""
        name = child.program.name
        if name in self._keys:
            self._readiness.ended(self._keys[name], reason)
        if wait_s is None:
            self._say(f"{name} stays down until run-all is started anew: {reason}")
        else:
            self._say(f"{name} starts again in {wait_s:.1f} s: {reason}")
        self._news.set()

    def _on_bus_error(self, error: Exception) -> None:
        self._bus_error = error
        self._news.set()

    def _on_state(self, received: Received[NodeState]) -> None:
        self._readiness.heard(received.message)
        self._news.set()

    def _on_info(self, received: Received[NodeInfo]) -> None:
        info = received.message
        if (info.node, info.instance) == PLAYER_KEY:
            self._address = info.address

    def _welcome(self, took_s: float) -> None:
        speak = [sys.executable, "-m", "ishowtts_cli", "say", "--room", "main", "hello world"]
        paste = mosquitto.paste_line(self._broker, shlex.join(speak), os.environ)
        self._say(f"all ready after {took_s:.1f} s; Ctrl-C stops them")
        _write(sys.stdout, f"\nOpen {self._address}\nand paste, in another terminal:\n  {paste}\n")

    def _say(self, text: str) -> None:
        _write(sys.stderr, self._prefixes.line(OWN_NAME, text))


def _write(stream: TextIO, text: str) -> None:
    """A terminal that was closed must not keep us from stopping the nodes."""
    with suppress(OSError):
        stream.write(text + "\n")
        stream.flush()


def _coloured() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def _log_level() -> str:
    """Nodes log as much as we do."""
    level = logging.getLevelName(logging.getLogger().level).lower()
    return level if level in LEVELS else DEFAULT_LEVEL


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep the broker's files from a second run-all, whatever its port."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run-all.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = f"another run-all uses {folder}; stop it, or set another [run] data_dir"
            raise CliError(text, ExitCode.USAGE) from None
        yield
