"""Settings of the ports that are served beside the first."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus.settings import Settings

HostName = Annotated[str, Meta(min_length=1, max_length=253)]

DialectName = Literal["ishowtts", "chatterbox", "f5", "openai", "elevenlabs", "shimmy"]
"""The interfaces that other systems' clients know."""


class ListenerSettings(Settings, frozen=True, kw_only=True):
    """One more port, whose clients are one system's."""

    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port to serve on too.")]
    dialect: Annotated[
        DialectName, Meta(description="Whose clients call there, where a path is several's.")
    ]
    host: Annotated[
        str, Meta(max_length=253, description="Address to serve on; empty: [player] host.")
    ] = ""
