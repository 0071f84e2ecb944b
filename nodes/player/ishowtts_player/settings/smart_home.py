"""Settings of what a smart home uses: the Wyoming protocol, and entities over MQTT."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_player.settings.listeners import HostName
from ishowtts_schemas.ids import Slug

Network = Annotated[str, Meta(min_length=1, max_length=64)]
Language = Annotated[str, Meta(min_length=1, max_length=35)]


class WyomingSettings(Settings, frozen=True, kw_only=True):
    """Speech for voice assistants over the Wyoming protocol, Home Assistant's above all."""

    port: Annotated[
        int, Meta(ge=0, le=65535, description="TCP port, 10200 by custom; 0 turns it off.")
    ] = 0
    host: Annotated[
        HostName,
        Meta(description="Address to serve on; beyond this machine needs allowed_networks."),
    ] = "127.0.0.1"
    allowed_networks: Annotated[
        tuple[Network, ...],
        Meta(
            max_length=100,
            description="Who may connect from elsewhere: 192.168.1.20, 192.168.1.0/24.",
        ),
    ] = ()
    max_connections: Annotated[
        int, Meta(ge=1, le=1000, description="Connections at once; others are turned away.")
    ] = 32
    languages: Annotated[
        tuple[Language, ...],
        Meta(
            min_length=1,
            max_length=100,
            description="What voices that speak any language are listed under.",
        ),
    ] = ("en", "zh")
    announce: Annotated[
        bool,
        Meta(description="Whether to announce it by zeroconf (mDNS); never done on loopback."),
    ] = False
    name: Annotated[
        str, Meta(min_length=1, max_length=60, description="What it is announced as.")
    ] = "iShowTTS"


class HomeAssistantSettings(Settings, frozen=True, kw_only=True):
    """Entities for Home Assistant, by MQTT discovery."""

    enabled: Annotated[
        bool, Meta(description="Whether to announce entities; turning it off removes them.")
    ] = False
    prefix: Annotated[Slug, Meta(description="Home Assistant's discovery prefix.")] = (
        "homeassistant"
    )
    rooms: Annotated[
        tuple[Slug, ...],
        Meta(min_length=1, max_length=50, description="Rooms that get entities."),
    ] = ("main",)
