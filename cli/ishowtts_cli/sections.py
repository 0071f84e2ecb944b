"""Which struct configures which section of `config/ishowtts.toml`, and where the file is."""

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from ishowtts_bus.settings import BrokerSettings, Loaded, Settings

DEFAULT_PATH = Path("config/ishowtts.toml")
PATH_VARIABLE = "ISHOWTTS_CONFIG"

_SECTIONS = {
    "broker": "ishowtts_bus.settings:BrokerSettings",
    "ingest": "ishowtts_ingest.settings:IngestSettings",
    "filter": "ishowtts_filter.settings:FilterSettings",
    "synth": "ishowtts_synth.settings:SynthSettings",
    "espeak": "ishowtts_synth.settings:EspeakSettings",
    "f5": "ishowtts_synth.settings:F5Settings",
    "tone": "ishowtts_synth.settings:ToneSettings",
    "player": "ishowtts_player.settings:PlayerSettings",
    "run": "ishowtts_cli.settings:RunSettings",
}
"""Section to its struct. A new engine adds one line."""


@dataclass(frozen=True)
class Configuration:
    """Everything that is configured."""

    loaded: "Loaded"

    @property
    def broker(self) -> "BrokerSettings":
        return cast("BrokerSettings", self.loaded.values["broker"])

    def __getitem__(self, section: str) -> Any:
        return self.loaded.values[section]


def all_sections() -> "dict[str, type[Settings]]":
    """Every section that may stand in the file, in the file's order.

    A node reads all of them, not only its own: otherwise a typo in another node's section
    would go unnoticed until that node starts.
    """
    return {name: _import(reference) for name, reference in _SECTIONS.items()}


def config_path(given: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file to read: the one given, `$ISHOWTTS_CONFIG`, `config/ishowtts.toml`, or none."""
    if given is not None:
        return given
    named = environ.get(PATH_VARIABLE)
    if named:
        return Path(named)
    return DEFAULT_PATH if DEFAULT_PATH.is_file() else None


def load_settings(given: Path | None, environ: Mapping[str, str] = os.environ) -> Configuration:
    """Read the configuration.

    Raises:
        SettingsError: It is wrong; the text says where and what was meant.
    """
    from ishowtts_bus.settings import load

    return Configuration(load(all_sections(), config_path(given, environ), environ))


def _import(reference: str) -> "type[Settings]":
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
