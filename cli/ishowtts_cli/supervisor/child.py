"""One process that `run-all` keeps alive."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ishowtts_cli.errors import ExitCode
from ishowtts_cli.supervisor import leash
from ishowtts_cli.supervisor.policy import Backoff, LineSplitter, describe_exit

OUTPUT_GRACE_S = 0.5
"""A grandchild may hold the pipe open after the process is gone."""
KILL_INTERVAL_S = 0.2
VERDICT_PREFIX = "ishowtts: "
"""Stands before the sentence with which a command gives up; libraries may still complain after."""
_LEASH = str(Path(leash.__file__).resolve())


@dataclass(frozen=True)
class Program:
    """What to run.

    Attributes:
        name: What people call it.
        command: Absolute path and arguments.
        environment: Variables beside the supervisor's own.
        orphan_signal: Sent by the kernel if the supervisor dies.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    orphan_signal: int = signal.SIGKILL


class ChildEvents(Protocol):
    """What a child tells, always on the event loop."""

    def on_line(self, child: "Child", line: str) -> None: ...

    def on_start(self, child: "Child", pid: int) -> None: ...

    def on_end(self, child: "Child", reason: str, wait_s: float | None) -> None:
        """It died; it is started again after `wait_s`, or not at all."""
        ...


class _Output(asyncio.Protocol):
    """What a process writes to stdout and stderr, as lines.

    A pipe of our own: with asyncio's, waiting for a process also waits, in some versions of
    Python, for every grandchild that holds the pipe.
    """

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._splitter = LineSplitter()
        self._closed = asyncio.Event()
        self._transport: asyncio.ReadTransport | None = None

    async def open(self) -> int:
        """Returns the end to write to."""
        read_fd, write_fd = os.pipe()
        reader = os.fdopen(read_fd, "rb", 0)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(lambda: self, reader)
        return write_fd

    async def finish(self) -> None:
        """Take what was written last."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._closed.wait(), OUTPUT_GRACE_S)
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        for line in self._splitter.feed(data):
            self._on_line(line)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        for line in self._splitter.flush():
            self._on_line(line)
        self._closed.set()


class Child:
    """A process in a session of its own, started again when it dies.

    Attributes:
        program: What it runs.
        starts: How often it was started.
        code: Exit status of the last process, negative for a signal; None while one lives.
        misconfigured: Whether it gave up: its exit status says that a restart cannot help.
    """

    def __init__(self, program: Program, backoff: Backoff, events: ChildEvents) -> None:
        self.program = program
        self.starts = 0
        self.code: int | None = None
        self.misconfigured = False
        self._last_line = ""
        self._verdict = ""
        self._backoff = backoff
        self._events = events
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def last_words(self) -> str:
        """Why the last process ended: its sentence for people, else the last line it wrote."""
        return self._verdict or self._last_line

    def start(self) -> None:
        """Begin to keep a process alive."""
        self._task = asyncio.create_task(self._keep_alive(), name=f"child {self.program.name}")

    async def stop(self, timeout_s: float) -> bool:
        """End the process and restart no more.

        Returns:
            Whether it ended by itself, and need not be killed.
        """
        self._stopping.set()
        if self._task is None:
            return True
        self._terminate()
        _, late = await asyncio.wait([self._task], timeout=timeout_s)
        while not self._task.done():
            self.kill()
            await asyncio.wait([self._task], timeout=KILL_INTERVAL_S)
        self._task.result()
        return not late

    def kill(self) -> None:
        """End the process and all that it started, at once."""
        self._stopping.set()
        if self._process is not None:
            _kill_group(self._process.pid)

    def _terminate(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    async def _keep_alive(self) -> None:
        while not self._stopping.is_set():
            started_s = time.monotonic()
            reason = await self._live()
            if self._stopping.is_set():
                return
            self.misconfigured = self.code == ExitCode.USAGE
            lived_s = time.monotonic() - started_s
            wait_s = None if self.misconfigured else self._backoff.next_s(lived_s)
            self._events.on_end(self, reason, wait_s)
            if wait_s is None:
                return
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait_s)

    async def _live(self) -> str:
        """One life of the process; returns how it ended."""
        self.starts += 1
        self.code = None
        self._last_line = self._verdict = ""
        output = _Output(self._on_line)
        try:
            self._process = await self._launch(output)
            self.code = await self._attend(self._process)
        except OSError as error:
            self.code = ExitCode.FAILED
            return f"it could not be started: {error.strerror}"
        finally:
            await output.finish()
        ended = f"it {describe_exit(self.code)}"
        return f"{ended}: {self.last_words}" if self.last_words else ended

    async def _launch(self, output: _Output) -> asyncio.subprocess.Process:
        write_fd = await output.open()
        try:
            return await self._spawn(write_fd)
        finally:
            os.close(write_fd)

    async def _attend(self, process: asyncio.subprocess.Process) -> int:
        self._events.on_start(self, process.pid)
        if self._stopping.is_set():
            self._terminate()
        code = await process.wait()
        _kill_group(process.pid)  # what it started itself and left behind
        return code

    async def _spawn(self, output_fd: int) -> asyncio.subprocess.Process:
        orphan = [str(os.getpid()), str(int(self.program.orphan_signal))]
        # A session of its own: Ctrl-C in the terminal must reach the supervisor alone, which
        # stops the nodes in order.
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            _LEASH,
            *orphan,
            *self.program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output_fd,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **self.program.environment},
            start_new_session=True,
        )

    def _on_line(self, line: str) -> None:
        self._last_line = line or self._last_line
        if line.startswith(VERDICT_PREFIX):
            self._verdict = line.removeprefix(VERDICT_PREFIX)
        self._events.on_line(self, line)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
