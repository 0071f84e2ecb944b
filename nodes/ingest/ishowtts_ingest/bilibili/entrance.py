"""The way into one room, whichever API opened it."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Protocol

from ishowtts_ingest.bilibili.messages import Scene
from ishowtts_ingest.source import SourceEvent


class Reading(NamedTuple):
    """What a command means.

    Attributes:
        events: To be emitted, in order.
        ignored: Why it means nothing here, as a word for counters; empty where it does.
        masked: Its author was hidden: who wrote it cannot be known.
    """

    events: Sequence[SourceEvent] = ()
    ignored: str = ""
    masked: bool = False


class Entrance(NamedTuple):
    """All that is needed to follow a room.

    Attributes:
        urls: WebSockets, any of which will do.
        auth: Body of the first packet. A secret.
        room_id: The room's real number; its short one may be another.
        owner: User id of the streamer, as in the room's commands.
        read: What a command of this room means.
        keep_alive: Runs as long as the entrance is valid, and raises when it is not.
        notice: What a person should know about it.
    """

    urls: Sequence[str]
    auth: bytes
    room_id: int
    owner: str
    read: Callable[[dict[str, Any], Scene], Reading]
    keep_alive: Callable[[], Coroutine[Any, Any, object]]
    notice: str = ""


class Entry(Protocol):
    """One of Bilibili's two APIs."""

    def enter(self, channel: str) -> AbstractAsyncContextManager[Entrance]:
        """The way into a room, valid inside the context.

        Raises:
            RefusedError: There is none.
            aiohttp.ClientError: The platform cannot be reached.
        """
        ...
