"""Configuration of the bridge."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_schemas.ids import OptionalSlug

HostName = Annotated[str, Meta(min_length=1, max_length=253)]

MIB = 1024 * 1024


class StreamSettings(Settings, frozen=True, kw_only=True):
    """The event stream: what is kept for listeners that are slow or come back."""

    ring_events: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Events a room keeps for listeners that return.")
    ] = 4000
    ring_bytes: Annotated[
        int, Meta(ge=1024, le=1024 * MIB, description="Bytes a room keeps for them.")
    ] = 8 * MIB
    ring_age_s: Annotated[
        float, Meta(gt=0, le=3600, description="How long a room keeps an event for them.")
    ] = 60.0
    queue_events: Annotated[
        int, Meta(ge=8, le=1_000_000, description="Unsent events before a listener is dropped.")
    ] = 4000
    queue_bytes: Annotated[
        int, Meta(ge=1024, le=1024 * MIB, description="Unsent bytes before a listener is dropped.")
    ] = 8 * MIB
    keep_alive_s: Annotated[
        float, Meta(gt=0, le=600, description="A comment is sent this often, against time-outs.")
    ] = 15.0


class PlayerSettings(Settings, frozen=True, kw_only=True):
    """The bridge between the broker and browsers: page, event stream and HTTP API."""

    host: Annotated[
        HostName, Meta(description="Address to serve on; beyond this machine needs api_token.")
    ] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535, description="TCP port to serve on; 0 takes a free one.")
    ] = 8080
    api_token: Annotated[
        str, Meta(max_length=1024, description="Secret that clients must know; empty for none.")
    ] = ""
    allowed_hosts: Annotated[
        tuple[HostName, ...],
        Meta(
            max_length=100,
            description="Names, without port, by which browsers may call this bridge.",
        ),
    ] = ()
    default_voice: Annotated[
        OptionalSlug, Meta(description="Voice of API requests; empty: the engine's own.")
    ] = ""
    max_rooms: Annotated[int, Meta(ge=1, le=10_000, description="Rooms at once.")] = 100
    max_listeners: Annotated[
        int, Meta(ge=1, le=100_000, description="Open event streams at once.")
    ] = 500
    max_requests: Annotated[
        int, Meta(ge=1, le=10_000, description="API requests for speech at once.")
    ] = 16
    max_text_chars: Annotated[
        int, Meta(ge=1, le=5000, description="Longest text of one API request.")
    ] = 2000
    request_timeout_s: Annotated[
        float, Meta(gt=0, le=3600, description="An API request waits this long for more audio.")
    ] = 30.0
    stream: StreamSettings = StreamSettings()
