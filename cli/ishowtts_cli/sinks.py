"""Where `say` puts audio: a program that plays it while it comes, or a WAV file."""

import asyncio
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Protocol

from ishowtts_cli.errors import CliError
from ishowtts_cli.wav import stream_header, wav_bytes

ABORT_TIMEOUT_S = 1.0


class AudioSink(Protocol):
    """Takes mono s16le audio piece by piece."""

    async def start(self, rate_hz: int) -> None:
        """Before the first piece."""
        ...

    async def write(self, pcm: bytes) -> None:
        """One piece; waits while the sink is behind."""
        ...

    async def finish(self) -> None:
        """After the last piece: return when all of it has been heard or written."""
        ...

    async def abort(self) -> None:
        """Stop at once, and leave nothing behind."""
        ...


class WavSink:
    """A WAV file, written when it is whole; `-` is standard output."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rate_hz = 0
        self._pcm = bytearray()

    async def start(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz

    async def write(self, pcm: bytes) -> None:
        self._pcm += pcm

    async def finish(self) -> None:
        data = wav_bytes(bytes(self._pcm), self._rate_hz)
        if str(self._path) == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            self._path.write_bytes(data)

    async def abort(self) -> None:
        self._pcm.clear()


def _pw_play(rate_hz: int) -> list[str]:
    return ["pw-play", "--raw", f"--rate={rate_hz}", "--channels=1", "--format=s16", "-"]


def _paplay(rate_hz: int) -> list[str]:
    return ["paplay", "--raw", f"--rate={rate_hz}", "--channels=1", "--format=s16le"]


def _aplay(rate_hz: int) -> list[str]:
    return ["aplay", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(rate_hz), "-"]


def _ffplay(_rate_hz: int) -> list[str]:
    return ["ffplay", "-nodisp", "-autoexit", "-loglevel", "error", "-i", "-"]


PLAYERS: dict[str, Callable[[int], list[str]]] = {
    "paplay": _paplay,
    "pw-play": _pw_play,
    "aplay": _aplay,
    "ffplay": _ffplay,
}
"""First found is used. paplay comes first: only newer versions of pw-play read raw audio."""

_NEEDS_HEADER = frozenset({"ffplay"})
"""ffplay's options for raw audio change from version to version; a WAV header does not."""


class PlayerSink:
    """A program that plays what it reads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, rate_hz: int) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *PLAYERS[self._name](rate_hz),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        if self._name in _NEEDS_HEADER:
            await self.write(stream_header(rate_hz))

    async def write(self, pcm: bytes) -> None:
        process, stdin = self._running
        stdin.write(pcm)
        try:
            await stdin.drain()
        except ConnectionError:
            await self._fail(process)

    async def finish(self) -> None:
        process, stdin = self._running
        stdin.close()
        _, errors = await process.communicate()
        if process.returncode:
            raise CliError(self._sentence(errors))

    async def abort(self) -> None:
        if self._process is None:
            return
        process, stdin = self._running
        stdin.close()
        if process.returncode is None:
            process.kill()
        # A wrapper's own child may hold the pipes for longer; it has lost its input by now.
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), ABORT_TIMEOUT_S)

    @property
    def _running(self) -> tuple[asyncio.subprocess.Process, asyncio.StreamWriter]:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("start() comes first")
        return self._process, self._process.stdin

    async def _fail(self, process: asyncio.subprocess.Process) -> NoReturn:
        errors = await process.stderr.read() if process.stderr is not None else b""
        await process.wait()
        raise CliError(self._sentence(errors))

    def _sentence(self, errors: bytes) -> str:
        said = " ".join(errors.decode(errors="replace").split())[-200:]
        return (
            f"{self._name} cannot play it ({said or 'it says nothing'}); -o out.wav writes a file"
        )


def choose_sink(output: Path | None) -> AudioSink:
    """A file where one is named, else the first player that is installed.

    Raises:
        CliError: There is no player, or no such folder.
    """
    if output is not None:
        if not output.parent.is_dir():
            raise CliError(f"{output.parent} is not a folder")
        return WavSink(output)
    for name in PLAYERS:
        if shutil.which(name):
            return PlayerSink(name)
    raise CliError(f"none of {', '.join(PLAYERS)} is installed; -o out.wav writes a file instead")
