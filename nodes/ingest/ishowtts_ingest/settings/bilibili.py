"""Configuration of the Bilibili source."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_ingest.settings.channels import ChannelList, ChannelRoom

Address = Annotated[str, Meta(max_length=200, pattern=r"^(https?://[^\s/]+)$")]


class BilibiliSettings(Settings, frozen=True, kw_only=True):
    """Bilibili live rooms, by number or address."""

    channels: ChannelList = ()
    room: ChannelRoom = "main"
    mode: Annotated[
        Literal["web", "open_live"],
        Meta(description="web: as a browser reads; open_live: the official API, with its keys."),
    ] = "web"
    sessdata: Annotated[
        str,
        Meta(
            max_length=500,
            description="Cookie SESSDATA of an account; without it users are masked. A secret.",
        ),
    ] = ""
    access_key_id: Annotated[
        str, Meta(max_length=200, description="open_live: key of the developer.")
    ] = ""
    access_key_secret: Annotated[
        str, Meta(max_length=200, description="open_live: its secret.")
    ] = ""
    app_id: Annotated[int, Meta(ge=0, description="open_live: number of the project.")] = 0
    identity_code: Annotated[
        str,
        Meta(max_length=200, description="open_live: the streamer's identity code. A secret."),
    ] = ""
    api_url: Annotated[Address, Meta(description="Accounts and signing keys.")] = (
        "https://api.bilibili.com"
    )
    live_api_url: Annotated[Address, Meta(description="Rooms.")] = "https://api.live.bilibili.com"
    open_api_url: Annotated[Address, Meta(description="open_live: the official API.")] = (
        "https://live-open.biliapi.com"
    )
    chat_url: Annotated[
        str,
        Meta(
            max_length=200,
            pattern=r"^(wss?://\S+)?$",
            description="WebSocket of the chat; empty: the servers that Bilibili names.",
        ),
    ] = ""
