"""One contract for every source, and the registry that knows them."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ishowtts_ingest.settings import IngestSettings, MqttTextSettings, ReplaySettings, StdinSettings
from ishowtts_ingest.sources.base import Source, SourceContext, SourceError
from ishowtts_ingest.sources.mqtt_text import MqttTextSource
from ishowtts_ingest.sources.registry import SOURCES, build_source
from ishowtts_ingest.sources.replay import ReplaySource
from ishowtts_ingest.sources.stdin import StdinSource
from ishowtts_schemas import ChatMessage
from ishowtts_schemas.ids import is_slug
from tests.ingest.stage import Sink, context

Build = Callable[[SourceContext], Source]


@pytest.fixture(params=SOURCES.names)
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """How to build each source, ready to run with nothing to read."""
    recording = tmp_path / "chat.jsonl"
    recording.write_text('{"text": "a"}\n{"text": "b", "at_ms": 1}\n{"text": "c", "at_ms": 9e9}\n')
    reading, writing = os.pipe()
    builders: dict[str, Build] = {
        "mqtt_text": lambda its: MqttTextSource(its, MqttTextSettings()),
        "stdin": lambda its: StdinSource(its, StdinSettings(), descriptor=reading),
        "replay": lambda its: ReplaySource(its, ReplaySettings(path=str(recording))),
    }
    yield builders[request.param]
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("name", SOURCES.names)
def test_a_source_is_known_by_the_name_it_carries(name: str) -> None:
    source = SOURCES.load(name)
    assert issubclass(source, Source)
    assert source.name == name
    assert is_slug(source.platform)
    assert hasattr(IngestSettings(), name), "its settings stand under its name"


def test_no_source_is_left_out_of_the_registry() -> None:
    folder = Path(__file__).parents[2] / "nodes/ingest/ishowtts_ingest/sources"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "base", "registry"}
    assert modules == set(SOURCES.names)


def test_an_unknown_source_lists_the_known_ones() -> None:
    with pytest.raises(SourceError, match=r"there are mqtt_text, .*did you mean replay\?"):
        build_source("reply", context(), IngestSettings())


def test_building_and_checking_touches_nothing(build: Build) -> None:
    build(context()).check()


async def test_a_source_stops_at_once_and_leaves_nothing_open(build: Build) -> None:
    its = context()
    running = asyncio.create_task(build(its).run(Sink()))
    await asyncio.sleep(0.01)
    assert not running.done(), "it waits for its input"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 0.5)


async def test_a_source_can_be_run_again(build: Build) -> None:
    source, sinks = build(context()), [Sink(), Sink()]
    for sink in sinks:
        running = asyncio.create_task(source.run(sink))
        await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    first, second = ([e.id for e in s.events if isinstance(e, ChatMessage)] for s in sinks)
    assert first == second, "what is read again is the same message"
