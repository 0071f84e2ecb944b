"""Which engines there are. Importing this loads none of them."""

from collections.abc import Mapping
from typing import Any

from ishowtts_bus import Settings
from ishowtts_bus.registry import LazyRegistry, UnknownNameError
from ishowtts_synth.engines.base import Engine
from ishowtts_synth.errors import EngineError

ENGINES: LazyRegistry[Engine[Any]] = LazyRegistry(
    "engine",
    "ishowtts_synth.engines",
    {"espeak": "EspeakEngine", "f5": "F5Engine", "tone": "ToneEngine"},
)


class UnknownEngineError(EngineError):
    """No engine has this key; the text lists those there are."""


def engine_keys() -> tuple[str, ...]:
    return ENGINES.names


def engine_class(key: str) -> type[Engine[Any]]:
    """Import one engine's module.

    Raises:
        UnknownEngineError: No such engine.
    """
    try:
        return ENGINES.load(key)
    except UnknownNameError as error:
        raise UnknownEngineError(str(error)) from None


def create_engine(key: str, sections: Mapping[str, Settings]) -> Engine[Any]:
    """An engine, not yet loaded, with its section of the configuration or its defaults.

    Raises:
        UnknownEngineError: No such engine.
    """
    chosen = engine_class(key)
    return chosen(sections.get(key) or chosen.settings_type())
