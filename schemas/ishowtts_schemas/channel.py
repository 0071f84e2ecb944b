"""Commands to the ingest node about the channels that it reads, and what it answers.

They go as `Command.args` and come back as `CommandReply.result`: `start` takes a
`ChannelStart` and answers a `ChannelInfo`, `stop` takes a `ChannelStop` and answers a
`ChannelStopped`, `list` takes nothing and answers an array of `ChannelInfo`.
"""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_schemas.ids import Slug
from ishowtts_schemas.message import Part

PlatformText = Annotated[str, Meta(min_length=1, max_length=64)]
"""`twitch`, `bilibili`, `youtube` in any case, or the name of a source."""
ChannelText = Annotated[str, Meta(min_length=1, max_length=200)]
"""As a person types it: a name, an id, or an address."""
ChannelPhase = Literal["connecting", "reading", "failed"]


class ChannelStart(Part, frozen=True, kw_only=True):
    """Read a channel from now on, and again after a restart."""

    platform: PlatformText
    channel: ChannelText
    room: Slug | None = None
    """None is the room of the source's settings."""
    voice: Slug | None = None
    """For messages that nobody chose another for."""
    engine: Slug | None = None
    source: Annotated[str, Meta(max_length=64)] = ""
    """Where a platform has several; empty takes the one that runs, or the first."""


class ChannelStop(Part, frozen=True, kw_only=True):
    """Read a channel no more."""

    platform: PlatformText
    channel: ChannelText
    source: Annotated[str, Meta(max_length=64)] = ""


class ChannelStopped(Part, frozen=True, kw_only=True):
    """`idle` where it was not read."""

    status: Literal["stopped", "idle"]
    channel: str | None


class ChannelInfo(Part, frozen=True, kw_only=True):
    """One channel that is read, or that should be."""

    platform: str
    source: str
    channel: str
    """The platform's own name of it."""
    room: str
    voice: str | None
    engine: str | None
    state: ChannelPhase
    detail: str
    """Why it failed, in one sentence."""
