"""What every source of channels is configured with."""

from typing import Annotated

from msgspec import Meta

from ishowtts_schemas.ids import Slug

ChannelList = Annotated[
    tuple[Annotated[str, Meta(max_length=200)], ...],
    Meta(
        max_length=500,
        description="Channels to read from the start; `name:room` speaks one in another room.",
    ),
]
ChannelRoom = Annotated[Slug, Meta(description="Room in which its channels are spoken.")]
