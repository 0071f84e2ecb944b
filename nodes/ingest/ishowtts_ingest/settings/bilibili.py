"""Configuration of the Bilibili source."""

from ishowtts_bus.settings import Settings
from ishowtts_ingest.settings.channels import ChannelList, ChannelRoom


class BilibiliSettings(Settings, frozen=True, kw_only=True):
    """Bilibili live rooms."""

    channels: ChannelList = ()
    room: ChannelRoom = "main"
