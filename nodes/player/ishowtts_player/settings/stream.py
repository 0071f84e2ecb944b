"""Settings of the event stream."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings

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
