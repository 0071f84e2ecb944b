"""A source of channels that does what a test says."""

import asyncio
import re
from typing import ClassVar

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.source import Channel, ChannelSource, Emit, Source, SourceContext
from ishowtts_schemas import Author, ChatMessage


class FakeChannelSource(ChannelSource):
    """Its names are of a-z; a test calls `say`.

    Attributes:
        cannot: Why it cannot run; empty where it can.
        broken: Why `run` fails.
    """

    name: ClassVar[str] = "twitch_irc"
    platform: ClassVar[str] = "twitch"

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self.cannot = ""
        self.broken = ""
        self.emit: Emit | None = None
        self.left: list[str] = []

    def check(self) -> None:
        if self.cannot:
            raise SourceError(self.cannot)

    def normalise(self, channel: str) -> str:
        found = re.fullmatch(r"(?:https://twitch\.tv/)?([a-z]+)", channel.lower())
        if found is None:
            raise SourceError(f"{channel!r} is not a channel name")
        return found[1]

    def on_joined(self, channel: Channel) -> None:
        self.set_state(channel.name, "reading")

    def on_left(self, channel: Channel) -> None:
        self.left.append(channel.name)

    async def run(self, emit: Emit) -> None:
        if self.broken:
            raise ConnectionError(self.broken)
        self.emit = emit
        await asyncio.Event().wait()

    def say(self, channel: str, text: str) -> None:
        """Somebody writes; nothing is emitted of a channel that is not read."""
        known = self.channels.get(channel)
        if known is None or self.emit is None:
            return
        self.emit(
            ChatMessage(
                id=f"{channel}-{text}",
                platform=self.platform,
                room=known.room,
                channel=channel,
                author=Author(name="Ann"),
                text=text,
                received_at_ns=1,
                engine=known.engine,
                channel_voice=known.voice,
            )
        )


class FakeEventsub(FakeChannelSource):
    name: ClassVar[str] = "twitch_eventsub"


class FakeBilibili(FakeChannelSource):
    name: ClassVar[str] = "bilibili"
    platform: ClassVar[str] = "bilibili"


FAKES: dict[str, type[FakeChannelSource]] = {
    one.name: one for one in (FakeChannelSource, FakeEventsub, FakeBilibili)
}


class FakeFactory:
    """Creates fakes by name and keeps them.

    Attributes:
        cannot: Source to the reason why it cannot run.
        absent: Sources that are not installed.
    """

    def __init__(self) -> None:
        self.created: list[FakeChannelSource] = []
        self.cannot: dict[str, str] = {}
        self.absent: set[str] = set()

    def create(self, name: str, context: SourceContext) -> Source:
        if name in self.absent or name not in FAKES:
            raise SourceError(f"the {name} source needs aiohttp")
        source = FAKES[name](context)
        source.cannot = self.cannot.get(name, "")
        self.created.append(source)
        return source

    def running(self, name: str = "twitch_irc") -> FakeChannelSource:
        """The one that the node runs."""
        return next(one for one in self.created if one.name == name and one.emit is not None)
