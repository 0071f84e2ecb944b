"""Fixtures that every package's tests share."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import MosquittoServer
from tests.recogniser import Recogniser


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
