"""Sources by name; a source's module is imported when it is used."""

from ishowtts_bus.registry import LazyRegistry, UnknownNameError
from ishowtts_ingest.settings import IngestSettings
from ishowtts_ingest.sources.base import Source, SourceContext, SourceError

SOURCES: LazyRegistry[Source] = LazyRegistry(
    "source",
    "ishowtts_ingest.sources",
    {
        "mqtt_text": "MqttTextSource",
        "stdin": "StdinSource",
        "replay": "ReplaySource",
    },
)


def build_source(name: str, context: SourceContext, settings: IngestSettings) -> Source:
    """A source with its own part of the settings, checked.

    Raises:
        SourceError: There is none of that name, or it cannot run.
    """
    try:
        build = SOURCES.load(name)
    except UnknownNameError as error:
        raise SourceError(str(error)) from None
    source = build(context, getattr(settings, name))  # type: ignore[call-arg]
    source.check()
    return source
