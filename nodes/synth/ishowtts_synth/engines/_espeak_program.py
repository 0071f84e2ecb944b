"""The espeak-ng program as a child process: slower to start (10 ms), no Python package needed."""

import contextlib
import re
import shutil
import subprocess
from typing import IO, cast

from ishowtts_synth.engines._espeak_backend import EspeakVoice, Manner, PcmSink
from ishowtts_synth.errors import EngineError, EngineUnavailableError

_WAV_HEADER_BYTES = 44
_RATE_AT = 24
_PIECE_BYTES = 2 * 1323
_LIST_TIMEOUT_S = 10.0
_UTF8 = "1"
_OTHER_LANGUAGE = re.compile(r"\((\S+) (\d+)\)")


def program_path(program: str) -> str | None:
    return shutil.which(program)


class EspeakProgram:
    """`espeak-ng --stdout`, one process for each piece of text."""

    device = "cpu"

    def __init__(self, program: str) -> None:
        self._program = program

    def open(self) -> int:
        """Get ready; the sample rate that its WAV header states."""
        heard = self._run("--stdout", "--stdin", text="a")
        if len(heard) < _WAV_HEADER_BYTES:
            raise EngineUnavailableError(f"{self._program} --stdout gives no WAV")
        return int.from_bytes(heard[_RATE_AT : _RATE_AT + 4], "little")

    def voices(self) -> list[EspeakVoice]:
        rows = self._run("--voices").decode("utf-8", "replace").splitlines()[1:]
        return [_parse_voice(row) for row in rows if row.strip()]

    def variants(self) -> list[str]:
        rows = self._run("--voices=variant").decode("utf-8", "replace").splitlines()[1:]
        return sorted({row.split("!v/", 1)[1].strip() for row in rows if "!v/" in row})

    def speak(self, text: str, voice: EspeakVoice, manner: Manner, sink: PcmSink) -> None:
        process = subprocess.Popen(
            [self._program, *_arguments(voice, manner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        with process:
            try:
                _write(process, text)
                wanted = _drain(process, sink)
            finally:
                process.kill()
        if wanted and process.returncode:
            raise EngineError(f"{self._program} ended with status {process.returncode}")

    def close(self) -> None:
        """Each process ended with its text."""

    def _run(self, *arguments: str, text: str = "") -> bytes:
        try:
            return subprocess.run(
                [self._program, *arguments],
                input=text.encode(),
                capture_output=True,
                timeout=_LIST_TIMEOUT_S,
                check=True,
            ).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineUnavailableError(f"{self._program} does not run: {error}") from None


def _arguments(voice: EspeakVoice, manner: Manner) -> list[str]:
    """Version 1.51 has no option for the pitch range."""
    name = f"{voice.identifier}+{manner.variant}" if manner.variant else voice.identifier
    options = {
        "-b": _UTF8,
        "-v": name,
        "-s": str(manner.rate_wpm),
        "-p": str(manner.pitch),
        "-a": str(manner.volume),
    }
    return [
        "--stdout",
        "--stdin",
        "-z",
        *(part for option in options.items() for part in option),
    ]


def _write(process: "subprocess.Popen[bytes]", text: str) -> None:
    """All at once: with --stdin it reads to the end before it says anything."""
    stdin = cast("IO[bytes]", process.stdin)
    with contextlib.suppress(BrokenPipeError), stdin:
        stdin.write(text.encode("utf-8", "replace"))


def _drain(process: "subprocess.Popen[bytes]", sink: PcmSink) -> bool:
    """Hand over audio as it comes; whether it was wanted to its end."""
    stdout = cast("IO[bytes]", process.stdout)
    held, spoken_from = b"", _WAV_HEADER_BYTES
    while piece := stdout.read(_PIECE_BYTES):
        held += piece
        whole = len(held) & ~1
        if whole > spoken_from:
            if not sink(held[spoken_from:whole]):
                return False
            held, spoken_from = held[whole:], 0
    process.wait()
    return True


def _parse_voice(row: str) -> EspeakVoice:
    """Read a row: `5  cmn  --/M  Chinese_(Mandarin)  sit/cmn  (zh-cmn 5)(zh 5)`."""
    priority, tag, _, name, identifier, *_ = row.split()
    others = [(int(rank), other) for other, rank in _OTHER_LANGUAGE.findall(row)]
    return EspeakVoice(identifier, name.replace("_", " "), ((int(priority), tag), *others))
