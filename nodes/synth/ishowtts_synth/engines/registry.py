"""Which engines there are. Importing this loads none of them."""

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

from ishowtts_bus import Settings
from ishowtts_synth.engines.base import Engine, EngineError

_ENGINES = {
    "espeak": "EspeakEngine",
    "tone": "ToneEngine",
}
"""Key, which is the module's name, to the class in it."""


class UnknownEngineError(EngineError):
    """No engine has this key; the text lists those there are."""


def engine_keys() -> tuple[str, ...]:
    return tuple(_ENGINES)


def engine_class(key: str) -> type[Engine[Any]]:
    """Import one engine's module.

    Raises:
        UnknownEngineError: No such engine.
    """
    if key not in _ENGINES:
        close = difflib.get_close_matches(key, _ENGINES, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise UnknownEngineError(f"no engine {key!r}, there are {', '.join(_ENGINES)}{hint}")
    module = importlib.import_module(f"ishowtts_synth.engines.{key}")
    return getattr(module, _ENGINES[key])


def create_engine(key: str, sections: Mapping[str, Settings]) -> Engine[Any]:
    """An engine, not yet loaded, with its section of the configuration or its defaults.

    Raises:
        UnknownEngineError: No such engine.
    """
    chosen = engine_class(key)
    return chosen(sections.get(key) or chosen.settings_type())
