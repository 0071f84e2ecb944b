"""What a client is, and where it finds a pipeline."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from ishowtts_bus import BrokerSettings

RATE_HZ = 24_000
"""What every client asks for, where it can ask."""


@dataclass(frozen=True)
class Place:
    """A pipeline that runs.

    Attributes:
        broker: Its broker.
        host: Where the bridge serves.
        port: HTTP and WebSockets.
        wyoming_port: Wyoming.
        engine: Whose voices are asked for.
    """

    broker: BrokerSettings
    host: str
    port: int
    wyoming_port: int
    engine: str

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


class RefusedError(Exception):
    """The other side says that it cannot speak it."""


class Client:
    """Asks for speech again and again, one text after another.

    Attributes:
        name: For tables.
        whole: Whether the interface answers when all is made.
        pcm: Whether what is heard is mono s16le at `RATE_HZ`, and nothing else.
    """

    name: ClassVar[str]
    whole: ClassVar[bool] = False
    pcm: ClassVar[bool] = True

    def __init__(self, place: Place) -> None:
        self.place = place

    async def open(self) -> None:
        """Connect, where connections are kept."""

    async def close(self) -> None:
        """Hang up."""

    def hear(self, text: str, voice: str) -> AsyncIterator[bytes]:
        """Audio as it comes.

        Raises:
            RefusedError: The other side says that it cannot speak it.
        """
        raise NotImplementedError
