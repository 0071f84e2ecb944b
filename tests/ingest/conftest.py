"""Fixtures of the tests of ingest."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ingest.lives import Lives


@pytest.fixture
async def lives(tmp_path: Path) -> AsyncIterator[Lives]:
    lives = Lives(tmp_path / "ingest-1" / "channels.json")
    yield lives
    await lives.end()
