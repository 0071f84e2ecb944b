"""Fixtures that every package's tests share."""

import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import MosquittoServer
from tests.recogniser import Recogniser

collect_ignore: list[str] = []
if importlib.util.find_spec("f5_tts") is None:
    # They compare with stock f5-tts, in the environment of the engine.
    collect_ignore += ["synth/f5", "bench_f5"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if collect_ignore:
        terminalreporter.line(
            "tests/synth/f5 and tests/bench_f5 are not run here, but by: ./just test-f5"
        )


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """A command under test sets logging up for its whole process, which is ours."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[MosquittoServer]:
    server = MosquittoServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    return Recogniser(tmp_path_factory.mktemp("grammar"))
