"""Sources by name; a source's module is imported when it is used."""

import difflib
import importlib

from ishowtts_ingest.settings import IngestSettings
from ishowtts_ingest.sources.base import Source, SourceContext, SourceError

SOURCES: dict[str, str] = {
    "mqtt_text": "MqttTextSource",
    "stdin": "StdinSource",
    "replay": "ReplaySource",
}
"""Name (module, section of the settings) to class."""


def load_source(name: str) -> type[Source]:
    """The class of a source.

    Raises:
        SourceError: No source has that name.
    """
    if name not in SOURCES:
        close = difflib.get_close_matches(name, SOURCES, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise SourceError(f"no source {name!r}; known sources: {', '.join(SOURCES)}{hint}")
    return getattr(importlib.import_module(f"ishowtts_ingest.sources.{name}"), SOURCES[name])


def build_source(name: str, context: SourceContext, settings: IngestSettings) -> Source:
    """A source with its own part of the settings, checked.

    Raises:
        SourceError: There is none of that name, or it cannot run.
    """
    build = load_source(name)
    source = build(context, getattr(settings, name))  # type: ignore[call-arg]
    source.check()
    return source
