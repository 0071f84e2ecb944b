"""Configuration of the YouTube source."""

from ishowtts_bus.settings import Settings
from ishowtts_ingest.settings.channels import ChannelList, ChannelRoom


class YoutubeSettings(Settings, frozen=True, kw_only=True):
    """YouTube live chat, through the official API."""

    channels: ChannelList = ()
    room: ChannelRoom = "main"
