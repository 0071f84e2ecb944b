"""Configuration of the Twitch sources."""

from ishowtts_bus.settings import Settings
from ishowtts_ingest.settings.channels import ChannelList, ChannelRoom


class TwitchIrcSettings(Settings, frozen=True, kw_only=True):
    """Twitch chat without an account."""

    channels: ChannelList = ()
    room: ChannelRoom = "main"


class TwitchEventsubSettings(Settings, frozen=True, kw_only=True):
    """Twitch chat and events with an account, through EventSub."""

    channels: ChannelList = ()
    room: ChannelRoom = "main"
