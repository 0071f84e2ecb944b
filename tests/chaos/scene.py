"""A pipeline under test, what it sent, and what its journal says."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.broker import SETTLED_S
from tests.chaos.history import JournalRow, read_journal
from tests.chaos.recorder import Recorder
from tests.e2e.pipeline import Pipeline

REST_S = 30.0
"""Nothing is sent and nothing ends for so long: what is open then is lost."""
QUIET_S = 2.0


@dataclass
class Scene:
    """A running pipeline and its recorder."""

    pipeline: Pipeline
    recorder: Recorder

    @property
    def journal(self) -> list[JournalRow]:
        return read_journal(self.pipeline.folder / "data" / "journal-1.sqlite3")

    def processes(self) -> dict[str, psutil.Process]:
        """Every living process by its role: `ingest`, `filter`, `synth`, `player`, `broker`."""
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.pipeline.pid).children(recursive=True):
            role = _role(child)
            if role is not None:
                found[role] = child
        return found

    def come_to_rest(self) -> None:
        """Wait until every message has its end, or nothing moves any more."""
        seen, since = -1, time.monotonic()
        while True:
            rows = self.journal
            ended = sum(row.outcome is not None for row in rows)
            moved = len(self.recorder.audio) + ended
            if moved != seen:
                seen, since = moved, time.monotonic()
            still_s = time.monotonic() - since
            if still_s >= (QUIET_S if ended == len(rows) else REST_S):
                return
            time.sleep(0.5)

    def unannounced(self) -> int:
        """Accepted messages that have ended and whose end nobody told."""
        ended = {row.message_id for row in self.journal if row.outcome not in (None, "rejected")}
        return len(ended - set(self.recorder.ended))


@contextmanager
def open_scene(folder: Path, **environment: str) -> Iterator[Scene]:
    """Start a pipeline, and record it in a session that outlives a killed broker."""
    pipeline = Pipeline(folder, **environment)
    pipeline.start()
    recorder = Recorder(pipeline.broker_port)
    try:
        recorder.start()
        time.sleep(SETTLED_S)
        yield Scene(pipeline, recorder)
    finally:
        recorder.stop()
        pipeline.stop()


def _role(process: psutil.Process) -> str | None:
    try:
        if process.name() == "mosquitto":
            return "broker"
        words = process.cmdline()
    except psutil.NoSuchProcess:
        return None
    return words[words.index("run") - 1] if "run" in words else None
