"""Configuration of the Twitch sources."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_ingest.settings.channels import ChannelList, ChannelRoom

SharedChat = Annotated[
    bool, Meta(description="Whether to read what a shared chat mirrors from other channels.")
]


class TwitchIrcSettings(Settings, frozen=True, kw_only=True):
    """Twitch chat over IRC; it needs no account."""

    channels: ChannelList = ()
    room: ChannelRoom = "main"
    login: Annotated[
        str, Meta(max_length=25, description="Account to read as; empty reads as nobody.")
    ] = ""
    token: Annotated[
        str,
        Meta(max_length=500, description="Its OAuth token, with or without `oauth:`. A secret."),
    ] = ""
    shared_chat: SharedChat = False
    reward_names: Annotated[
        dict[str, str],
        Meta(max_length=100, description="What channel-point rewards are called, by their id."),
    ] = {}
    url: Annotated[str, Meta(max_length=200, description="Twitch's chat.")] = (
        "wss://irc-ws.chat.twitch.tv:443"
    )
    channels_per_connection: Annotated[
        int, Meta(ge=1, le=500, description="More channels open another connection.")
    ] = 100
    joins_per_10_s: Annotated[
        int, Meta(ge=1, le=2000, description="Twitch allows 20, and 2000 to verified bots.")
    ] = 20
    ping_after_s: Annotated[
        float, Meta(ge=1, le=300, description="Silence after which Twitch is asked to answer.")
    ] = 30.0
    pong_timeout_s: Annotated[
        float, Meta(ge=1, le=60, description="Without an answer for this long, connect anew.")
    ] = 10.0


class TwitchEventsubSettings(Settings, frozen=True, kw_only=True):
    """Twitch chat, channel points and deletions through EventSub; needs an account, Python 3.11."""

    channels: ChannelList = ()
    room: ChannelRoom = "main"
    client_id: Annotated[
        str,
        Meta(max_length=100, description="Your application's, from dev.twitch.tv/console/apps."),
    ] = ""
    client_secret: Annotated[
        str, Meta(max_length=200, description="Its secret, to renew the token. A secret.")
    ] = ""
    token: Annotated[
        str,
        Meta(
            max_length=500,
            description="A user token: user:read:chat, maybe channel:read:redemptions. A secret.",
        ),
    ] = ""
    refresh_token: Annotated[
        str,
        Meta(max_length=500, description="Renews the token when it expires. A secret."),
    ] = ""
    shared_chat: SharedChat = False
    reward_names: Annotated[
        dict[str, str],
        Meta(
            max_length=100,
            description="What channel-point rewards of others' channels are called, by their id.",
        ),
    ] = {}
    url: Annotated[str, Meta(max_length=200, description="Twitch's events.")] = (
        "wss://eventsub.wss.twitch.tv/ws"
    )
    api_url: Annotated[str, Meta(max_length=200, description="Twitch's API.")] = (
        "https://api.twitch.tv/helix"
    )
    id_url: Annotated[str, Meta(max_length=200, description="Where tokens are checked.")] = (
        "https://id.twitch.tv"
    )
    keepalive_s: Annotated[
        int,
        Meta(ge=10, le=600, description="A silent connection is dead after 1.5 times this."),
    ] = 10
