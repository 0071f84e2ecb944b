"""State for a smart home and for others that read no msgpack: JSON and plain words."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from ishowtts_schemas.ids import Slug
from ishowtts_schemas.message import Part

Availability = Literal["online", "offline"]


class HomePart(Part, frozen=True, kw_only=True):
    """A whole payload without a `type`, as these topics carry one kind each."""


class HomeAvailability(HomePart, frozen=True, kw_only=True):
    """Whether a player is there; the bare word is the whole message."""

    state: Availability


class HomePipeline(HomePart, frozen=True, kw_only=True):
    """Whether what is asked for would be spoken."""

    ready: bool
    problem: str
    """Why not, in one sentence; empty where all is well."""
    address: str
    """The page's URL."""
    version: str


class HomeRoom(HomePart, frozen=True, kw_only=True):
    """One room as a dashboard shows it, once a second at most."""

    room: Slug
    speaking: bool
    paused: bool
    queued: Annotated[int, Meta(ge=0)]
    """Messages that wait to be spoken."""
    backlog_s: Annotated[int, Meta(ge=0)]
    """Audio that listeners have and have not heard."""
    listeners: Annotated[int, Meta(ge=0)]


class HomeAssistantStatus(HomePart, frozen=True, kw_only=True):
    """Home Assistant's own birth and last will; the bare word is the whole message."""

    state: Availability


class HomeAssistantDevice(HomePart, frozen=True, kw_only=True):
    """A device with all its entities, in one message.

    https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
    """

    device: dict[str, Any]
    origin: dict[str, Any]
    availability_topic: str
    components: dict[str, dict[str, Any]]
    """One with nothing but its `platform` is removed."""
