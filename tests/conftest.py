"""Fixtures that every package's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import MosquittoServer


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[MosquittoServer]:
    server = MosquittoServer(tmp_path)
    server.start()
    yield server
    server.kill()
