"""One contract for every source, and the registry that knows them.

A source of channels adds a line to `PLATFORMS`, any other one to `builders`.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings import IngestSettings, MqttTextSettings, ReplaySettings, StdinSettings
from ishowtts_ingest.source import Channel, ChannelSource, Source, SourceContext
from ishowtts_ingest.sources.mqtt_text import MqttTextSource
from ishowtts_ingest.sources.registry import SOURCES, create_source
from ishowtts_ingest.sources.replay import ReplaySource
from ishowtts_ingest.sources.stdin import StdinSource
from ishowtts_schemas import ChatMessage
from ishowtts_schemas.ids import is_slug
from tests.fakes.fake_bilibili import bilibili
from tests.fakes.fake_eventsub import eventsub
from tests.fakes.fake_twitch import twitch
from tests.fakes.fake_youtube import youtube
from tests.ingest.platform import OpenPlatform, Platform, until
from tests.ingest.stage import Sink, context

Build = Callable[[SourceContext], Source]

PLATFORMS: dict[str, OpenPlatform] = {
    "bilibili": bilibili,
    "twitch_eventsub": eventsub,
    "twitch_irc": twitch,
    "youtube": youtube,
}
"""A fake platform for every source of channels."""

CHANNEL_SOURCES = [name for name in SOURCES.names if issubclass(SOURCES.load(name), ChannelSource)]
TOO_NEW = {"twitch_eventsub"} if sys.version_info < (3, 11) else set[str]()
"""What cannot run on this Python: twitchio needs 3.11."""
QUIET_S = 0.05
SOME_TIME_S = 0.3


@pytest.fixture
def builders(tmp_path: Path) -> Iterator[dict[str, Build]]:
    """How to build each source of no channels, ready to run with nothing to read."""
    recording = tmp_path / "chat.jsonl"
    recording.write_text('{"text": "a"}\n{"text": "b", "at_ms": 1}\n{"text": "c", "at_ms": 9e9}\n')
    reading, writing = os.pipe()
    yield {
        "mqtt_text": lambda its: MqttTextSource(its, MqttTextSettings()),
        "stdin": lambda its: StdinSource(its, StdinSettings(), descriptor=reading),
        "replay": lambda its: ReplaySource(its, ReplaySettings(path=str(recording))),
    }
    os.close(reading)
    os.close(writing)


@pytest.fixture(params=[name for name in SOURCES.names if name not in TOO_NEW])
async def build(request: pytest.FixtureRequest, builders: dict[str, Build]) -> AsyncIterator[Build]:
    """How to build each source, none left out."""
    if request.param in PLATFORMS:
        async with PLATFORMS[request.param]() as platform:
            yield platform.build
    else:
        yield builders[request.param]


@pytest.fixture(params=[name for name in CHANNEL_SOURCES if name not in TOO_NEW])
async def platform(request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    async with PLATFORMS[request.param]() as platform:
        yield platform


class Running:
    """A source of channels that runs."""

    def __init__(self, platform: Platform) -> None:
        self.source = platform.build(context())
        self.channel = Channel(self.source.normalise(platform.channel), room="b", voice="en")
        self.sink = Sink()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self.source.run(self.sink))

    async def reads(self) -> None:
        await until(lambda: self.source.state(self.channel.name).phase == "reading")

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait_for(asyncio.gather(self.task, return_exceptions=True), 5)


@pytest.fixture
async def running(platform: Platform) -> AsyncIterator[Running]:
    running = Running(platform)
    running.start()
    yield running
    await running.stop()


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


def test_every_source_of_channels_has_its_fake_and_no_other_one_has(
    builders: dict[str, Build],
) -> None:
    assert set(PLATFORMS) == set(CHANNEL_SOURCES)
    assert set(builders) == set(SOURCES.names) - set(CHANNEL_SOURCES)


def test_an_unknown_source_lists_the_known_ones() -> None:
    with pytest.raises(SourceError, match=r"there are mqtt_text, .*did you mean replay\?"):
        create_source("reply", context(), IngestSettings())


@pytest.mark.parametrize(
    ("name", "extras"), [("youtube", "chat"), ("twitch_eventsub", "chat,eventsub")]
)
def test_a_library_that_is_not_installed_is_named_with_its_extras(
    monkeypatch: pytest.MonkeyPatch, name: str, extras: str
) -> None:
    def load(_name: str) -> None:
        raise ModuleNotFoundError(name="aiohttp")

    monkeypatch.setattr(SOURCES, "load", load)
    with pytest.raises(SourceError) as caught:
        create_source(name, context(), IngestSettings())
    hint = f"install it with: pip install 'ishowtts[{extras}]'"
    assert str(caught.value) == f"the {name} source needs aiohttp; {hint}"


async def test_building_and_checking_touches_nothing(build: Build) -> None:
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
        with contextlib.suppress(asyncio.TimeoutError):
            await until(lambda sink=sink: len(sink.events) > 1, SOME_TIME_S)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    first, second = ([e.id for e in s.events if isinstance(e, ChatMessage)] for s in sinks)
    assert first == second, "what is read again is the same message"


async def test_without_a_channel_nobody_is_contacted(platform: Platform, running: Running) -> None:
    await asyncio.sleep(QUIET_S)
    assert platform.contacts == 0


async def test_what_is_said_comes_with_the_channels_room_and_voice(
    platform: Platform, running: Running
) -> None:
    assert running.source.join(running.channel)
    await running.reads()
    await platform.say("hello")
    await until(lambda: running.sink.texts == ["hello"])
    (message,) = running.sink.events
    assert isinstance(message, ChatMessage)
    assert message.platform == running.source.platform
    assert (message.room, message.channel_voice) == ("b", "en")
    assert message.channel == running.channel.name


async def test_a_channel_that_was_joined_before_the_run_is_read(platform: Platform) -> None:
    running = Running(platform)
    running.source.join(running.channel)
    assert platform.contacts == 0
    running.start()
    await running.reads()
    await platform.say("hello")
    await until(lambda: running.sink.texts == ["hello"])
    await running.stop()


async def test_joined_twice_it_is_read_once_and_the_last_room_holds(
    platform: Platform, running: Running
) -> None:
    assert running.source.join(running.channel)
    assert not running.source.join(running.channel)
    await running.reads()
    assert not running.source.join(running.channel._replace(room="c"))
    await platform.say("hello")
    await until(lambda: len(running.sink.texts) > 0)
    await asyncio.sleep(QUIET_S)
    assert [(event.room) for event in running.sink.events] == ["c"]


async def test_a_channel_that_was_left_says_nothing_more(
    platform: Platform, running: Running
) -> None:
    running.source.join(running.channel)
    await running.reads()
    await platform.say("before")
    await until(lambda: running.sink.texts == ["before"])
    assert running.source.leave(running.channel.name)
    assert not running.source.leave(running.channel.name)
    await platform.say("after")
    await asyncio.sleep(QUIET_S)
    assert running.sink.texts == ["before"]
    running.source.join(running.channel)
    await running.reads()
    await platform.say("again")
    await until(lambda: "again" in running.sink.texts)


async def test_a_run_that_is_cancelled_leaves_no_task_and_no_connection(
    platform: Platform, running: Running
) -> None:
    before = asyncio.all_tasks()
    running.source.join(running.channel)
    await running.reads()
    await running.stop()
    assert {task.get_name() for task in asyncio.all_tasks() - before if _is_ours(task)} == set()
    await until(lambda: platform.open == 0)


@pytest.mark.parametrize("text", ["", " ", "\n", "good\r\nJOIN #bad", "good\nbad", "\x00", "a b/c"])
def test_what_can_be_no_channel_is_refused_in_one_sentence(
    text: str, platform_source: ChannelSource
) -> None:
    with pytest.raises(SourceError) as refused:
        platform_source.normalise(text)
    assert "\n" not in str(refused.value)


@pytest.fixture(params=[name for name in CHANNEL_SOURCES if name not in TOO_NEW])
async def platform_source(request: pytest.FixtureRequest) -> AsyncIterator[ChannelSource]:
    async with PLATFORMS[request.param]() as platform:
        yield platform.build(context())


def _is_ours(task: "asyncio.Task[object]") -> bool:
    """Whether a task runs the source's code; the fake's connections live in this loop too."""
    return "ishowtts_ingest" in str(getattr(task.get_coro(), "cr_code", ""))
