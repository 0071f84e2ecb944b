"""Settings of the ElevenLabs interface."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_schemas.ids import Slug

ChannelName = Annotated[str, Meta(min_length=1, max_length=200)]


class ElevenLabsSettings(Settings, frozen=True, kw_only=True):
    """ElevenLabs' HTTP and WebSocket interface, and XTTS's meaning of the same socket."""

    voice_names: Annotated[
        dict[str, Slug],
        Meta(
            max_length=100,
            description="Our voices for ids that clients insist on, as { Rachel = 'en-gb' }.",
        ),
    ] = {}
    max_contexts: Annotated[
        int, Meta(ge=1, le=100, description="Contexts at once on one multi-stream-input socket.")
    ] = 10
    max_waiting_chars: Annotated[
        int, Meta(ge=500, le=1_000_000, description="Text a socket may send ahead of its speech.")
    ] = 20_000
    max_unsent_s: Annotated[
        float,
        Meta(gt=0, le=3600, description="A socket with more unsent audio than this waits."),
    ] = 120.0
    forward_rooms: Annotated[
        tuple[Slug, ...],
        Meta(max_length=100, description="Rooms whose audio mode=forward may relay."),
    ] = ()
    forward_redis_channels: Annotated[
        tuple[ChannelName, ...],
        Meta(max_length=100, description="Redis channels that mode=forward may relay."),
    ] = ()
    redis_url: Annotated[
        str, Meta(max_length=500, description="Redis for mode=forward; empty for none.")
    ] = ""
