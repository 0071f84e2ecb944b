"""Configuration of the bridge: a module for each interface and store that has settings."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_player.settings.chatterbox import ChatterboxSettings
from ishowtts_player.settings.elevenlabs import ElevenLabsSettings
from ishowtts_player.settings.listeners import HostName, ListenerSettings
from ishowtts_player.settings.openai import OpenAiSettings
from ishowtts_player.settings.smart_home import HomeAssistantSettings, WyomingSettings
from ishowtts_player.settings.stream import StreamSettings
from ishowtts_player.settings.voices import VoiceSettings
from ishowtts_schemas.ids import OptionalSlug

WebOrigin = Annotated[
    str, Meta(pattern=r"^https?://[^/*?#@\s]+$", max_length=300)
]  # a wildcard would let every page in


class PlayerSettings(Settings, frozen=True, kw_only=True):
    """The bridge between the broker and browsers: page, event stream and HTTP API."""

    host: Annotated[
        HostName, Meta(description="Address to serve on; beyond this machine needs api_token.")
    ] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535, description="TCP port to serve on; 0 takes a free one.")
    ] = 8080
    api_token: Annotated[
        str, Meta(max_length=1024, description="Secret that clients must know; empty for none.")
    ] = ""
    allowed_hosts: Annotated[
        tuple[HostName, ...],
        Meta(
            max_length=100,
            description="Names, without port, by which browsers may call this bridge.",
        ),
    ] = ()
    cors_origins: Annotated[
        tuple[WebOrigin, ...],
        Meta(max_length=100, description="Origins whose pages may call, as https://example.org."),
    ] = ()
    requests_per_minute: Annotated[
        int, Meta(ge=0, le=1_000_000, description="Requests of one client address; 0: no limit.")
    ] = 0
    listeners: Annotated[
        tuple[ListenerSettings, ...],
        Meta(max_length=16, description="More ports: [{ port = 8081, dialect = 'chatterbox' }]."),
    ] = ()
    default_dialect: Annotated[
        Literal["ishowtts", "chatterbox"],
        Meta(description="Who answers /api/tts and /api/voices where a request does not tell."),
    ] = "ishowtts"
    default_voice: Annotated[
        OptionalSlug, Meta(description="Voice of API requests; empty: the engine's own.")
    ] = ""
    max_rooms: Annotated[int, Meta(ge=1, le=10_000, description="Rooms at once.")] = 100
    max_listeners: Annotated[
        int, Meta(ge=1, le=100_000, description="Open event streams at once.")
    ] = 500
    max_sockets: Annotated[int, Meta(ge=1, le=100_000, description="Open WebSockets at once.")] = (
        500
    )
    max_requests: Annotated[
        int, Meta(ge=1, le=10_000, description="API requests for speech at once.")
    ] = 16
    max_text_chars: Annotated[
        int, Meta(ge=1, le=5000, description="Longest text of one API request.")
    ] = 2000
    request_timeout_s: Annotated[
        float, Meta(gt=0, le=3600, description="An API request waits this long for more audio.")
    ] = 30.0
    stream: StreamSettings = StreamSettings()
    chatterbox: ChatterboxSettings = ChatterboxSettings()
    elevenlabs: ElevenLabsSettings = ElevenLabsSettings()
    openai: OpenAiSettings = OpenAiSettings()
    wyoming: WyomingSettings = WyomingSettings()
    home_assistant: HomeAssistantSettings = HomeAssistantSettings()
    voices: VoiceSettings = VoiceSettings()
