"""Settings of the interface that Chatterbox's clients know."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings


class ChatterboxSettings(Settings, frozen=True, kw_only=True):
    """Chatterbox's interface: its limits, and whether its environment variables are read."""

    max_concurrent_requests: Annotated[
        int, Meta(ge=1, le=10_000, description="Its requests for speech at once; more are refused.")
    ] = 3
    max_text_length: Annotated[
        int, Meta(ge=1, le=5000, description="Longest text of one of its requests, in characters.")
    ] = 5000
    max_queued: Annotated[
        int, Meta(ge=1, le=1000, description="Texts that one of its sockets may have waiting.")
    ] = 32
    environment: Annotated[
        bool,
        Meta(description="Whether HOST, PORT, API_TOKEN and its other variables are read too."),
    ] = False
