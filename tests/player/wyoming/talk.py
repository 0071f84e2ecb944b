"""What Home Assistant does with a Wyoming service, step by step."""

from dataclasses import dataclass, field

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)


@dataclass
class Heard:
    """Events up to the end of one answer."""

    events: list[Event] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    @property
    def pcm(self) -> bytes:
        return b"".join(event.payload or b"" for event in self.events)

    @property
    def formats(self) -> set[tuple[int, int, int]]:
        """Rate, width and channels, as the events say."""
        told = [
            event.data
            for event in self.events
            if AudioStart.is_type(event.type) or AudioChunk.is_type(event.type)
        ]
        return {(data["rate"], data["width"], data["channels"]) for data in told}

    @property
    def error(self) -> Error:
        (event,) = [event for event in self.events if Error.is_type(event.type)]
        return Error.from_event(event)

    @property
    def closed(self) -> bool:
        """Whether the other side ended the connection."""
        return self.types[-1:] == ["closed"]


async def read_until(client: AsyncTcpClient, *types: str) -> Heard:
    """Events up to the first of these types, or the end of the connection."""
    heard = Heard()
    while True:
        event = await client.read_event()
        heard.events.append(event or Event("closed"))
        if event is None or event.type in types:
            return heard


async def describe(client: AsyncTcpClient) -> Info:
    await client.write_event(Describe().event())
    (event,) = (await read_until(client, "info")).events
    return Info.from_event(event)


async def synthesize(client: AsyncTcpClient, text: str, voice: str | None = None) -> Heard:
    """A whole text; Home Assistant reads until `audio-stop`."""
    wish = SynthesizeVoice(name=voice) if voice else None
    await client.write_event(Synthesize(text=text, voice=wish).event())
    return await read_until(client, AudioStop().event().type)


async def stream(client: AsyncTcpClient, *pieces: str, voice: str | None = None) -> Heard:
    """A text in pieces, then whole, then the end; read until `synthesize-stopped`."""
    wish = SynthesizeVoice(name=voice) if voice else None
    await client.write_event(SynthesizeStart(voice=wish).event())
    for piece in pieces:
        await client.write_event(SynthesizeChunk(text=piece).event())
    await client.write_event(Synthesize(text="".join(pieces), voice=wish).event())
    await client.write_event(SynthesizeStop().event())
    return await read_until(client, SynthesizeStopped().event().type)
