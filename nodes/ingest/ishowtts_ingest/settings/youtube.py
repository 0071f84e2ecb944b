"""Configuration of the YouTube source."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_ingest.settings.channels import ChannelList, ChannelRoom


class YoutubeSettings(Settings, frozen=True, kw_only=True):
    """YouTube live chat through the official API: videos by id or address, channels by @handle."""

    channels: ChannelList = ()
    room: ChannelRoom = "main"
    api_key: Annotated[
        str,
        Meta(
            max_length=200,
            description="Key of the YouTube Data API v3, from console.cloud.google.com. A secret.",
        ),
    ] = ""
    daily_units: Annotated[
        int,
        Meta(
            ge=100,
            le=10**9,
            description="Quota of the key; a look into a chat costs 5 units of it.",
        ),
    ] = 10_000
    stream_hours: Annotated[
        float,
        Meta(
            gt=0,
            le=24,
            description="Hours of chat a day that the quota is to last for; fewer look more often.",
        ),
    ] = 5.0
    api_url: Annotated[str, Meta(max_length=200, description="The API.")] = (
        "https://www.googleapis.com/youtube/v3"
    )
