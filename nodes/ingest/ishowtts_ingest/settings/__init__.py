"""Configuration of the ingest node: one struct per source."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_ingest.settings.bilibili import BilibiliSettings
from ishowtts_ingest.settings.network import NetworkSettings
from ishowtts_ingest.settings.twitch import TwitchEventsubSettings, TwitchIrcSettings
from ishowtts_ingest.settings.youtube import YoutubeSettings
from ishowtts_schemas.ids import Slug

SourceName = Annotated[str, Meta(max_length=64)]
AuthorName = Annotated[str, Meta(max_length=128)]
RecordingFormat = Literal["auto", "jsonl", "irc", "bilibili_xml"]

_ROOM = "Room in which it is spoken."
_AUTHOR = "Author of text that names none; empty speaks the text alone."


class MqttTextSettings(Settings, frozen=True, kw_only=True):
    """Text that any app publishes on ishowtts/v1/text/{room}."""

    author: Annotated[AuthorName, Meta(description=_AUTHOR)] = ""
    concurrency: Annotated[
        int, Meta(ge=1, le=1000, description="Messages that are passed on at once, in order.")
    ] = 64


class StdinSettings(Settings, frozen=True, kw_only=True):
    """Lines from the standard input."""

    room: Annotated[Slug, Meta(description=_ROOM)] = "main"
    author: Annotated[AuthorName, Meta(description=_AUTHOR)] = ""


class ReplaySettings(Settings, frozen=True, kw_only=True):
    """A recorded chat: JSON lines, a raw Twitch IRC log, or Bilibili's XML."""

    room: Annotated[Slug, Meta(description="Room of messages that name none.")] = "main"
    path: Annotated[str, Meta(description="The file.")] = ""
    format: Annotated[
        RecordingFormat,
        Meta(description="auto goes by the file's suffix or first character."),
    ] = "auto"
    speed: Annotated[
        float,
        Meta(ge=0, le=10_000, description="1 keeps the recorded timing, 2 halves it; 0: at once."),
    ] = 1.0


class IngestSettings(Settings, frozen=True, kw_only=True):
    """Where chat comes from."""

    sources: Annotated[
        tuple[SourceName, ...],
        Meta(
            max_length=64,
            description="mqtt_text, stdin, replay; platforms with channels start by themselves.",
        ),
    ] = ("mqtt_text",)
    buffer: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Messages kept per source while the broker is away; then the oldest goes.",
        ),
    ] = 1000
    mqtt_text: MqttTextSettings = MqttTextSettings()
    stdin: StdinSettings = StdinSettings()
    replay: ReplaySettings = ReplaySettings()
    network: NetworkSettings = NetworkSettings()
    twitch_irc: TwitchIrcSettings = TwitchIrcSettings()
    twitch_eventsub: TwitchEventsubSettings = TwitchEventsubSettings()
    bilibili: BilibiliSettings = BilibiliSettings()
    youtube: YoutubeSettings = YoutubeSettings()
