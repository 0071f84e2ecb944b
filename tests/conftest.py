"""Fixtures that every package's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import MosquittoServer
from tests.recogniser import Recogniser


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[MosquittoServer]:
    server = MosquittoServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    return Recogniser(tmp_path_factory.mktemp("grammar"))
