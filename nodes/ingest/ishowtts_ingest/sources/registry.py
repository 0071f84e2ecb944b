"""Sources by name and by platform; a source's module is imported when it is used."""

from ishowtts_bus.registry import LazyRegistry, UnknownNameError
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings import IngestSettings
from ishowtts_ingest.source import Source, SourceContext

SOURCES: LazyRegistry[Source] = LazyRegistry(
    "source",
    "ishowtts_ingest.sources",
    {
        "mqtt_text": "MqttTextSource",
        "stdin": "StdinSource",
        "replay": "ReplaySource",
        "twitch_irc": "TwitchIrcSource",
        "twitch_eventsub": "TwitchEventsubSource",
        "bilibili": "BilibiliSource",
        "youtube": "YoutubeSource",
    },
)

PLATFORMS: dict[str, tuple[str, ...]] = {
    "twitch": ("twitch_irc", "twitch_eventsub"),
    "bilibili": ("bilibili",),
    "youtube": ("youtube",),
}
"""What people call a platform, and the sources that read its channels; the first is preferred."""

CHANNEL_SOURCES = tuple(name for names in PLATFORMS.values() for name in names)


def platform_of(source: str) -> str:
    """What people call the platform of a source of channels."""
    return next(platform for platform, names in PLATFORMS.items() if source in names)


def platform_sources(platform: str) -> tuple[str, ...]:
    """The sources for a platform, or the one that is named itself, in any case.

    Raises:
        SourceError: There is no such platform.
    """
    name = platform.strip().lower().replace("-", "_")
    if name in CHANNEL_SOURCES:
        return (name,)
    if name in PLATFORMS:
        return PLATFORMS[name]
    known = ", ".join(dict.fromkeys((*PLATFORMS, *CHANNEL_SOURCES)))
    raise SourceError(f"no platform {platform!r}, there are {known}")


def missing_text(source: str, module: str) -> str:
    """What to do about a library that is not installed."""
    extras = "chat,eventsub" if source == "twitch_eventsub" else "chat"
    hint = f"install it with: pip install 'ishowtts[{extras}]'"
    return f"the {source} source needs {module}; {hint}"


def create_source(name: str, context: SourceContext, settings: IngestSettings) -> Source:
    """A source with its own part of the settings, not checked yet.

    Raises:
        SourceError: There is none of that name, or what it needs is not installed.
    """
    try:
        build = SOURCES.load(name)
    except UnknownNameError as error:
        raise SourceError(str(error)) from None
    except ModuleNotFoundError as error:
        raise SourceError(missing_text(name, error.name or "more")) from None
    return build(context, getattr(settings, name))  # type: ignore[call-arg]
