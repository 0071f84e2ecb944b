import subprocess
import sys
from pathlib import Path

import pytest

import ishowtts_synth.engines
from ishowtts_schemas import VoiceInfo
from ishowtts_synth.engines.registry import (
    UnknownEngineError,
    create_engine,
    engine_class,
    engine_keys,
)
from ishowtts_synth.errors import UnknownVoiceError
from ishowtts_synth.settings import ToneSettings
from ishowtts_synth.voices import VoiceCatalogue


def test_every_engine_module_is_registered_under_its_name() -> None:
    folder = Path(ishowtts_synth.engines.__path__[0])
    modules = {path.stem for path in folder.glob("[a-z]*.py")} - {"base", "registry"}
    assert modules == set(engine_keys())
    assert all(engine_class(key).key == key for key in engine_keys())


def test_importing_the_registry_imports_no_engine() -> None:
    code = (
        "import sys, ishowtts_synth.engines.registry\n"
        "heavy = ('numpy', 'soxr', 'torch')\n"
        "print([n for n in sys.modules if 'espeak' in n or 'f5' in n or n in heavy])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_unknown_engine_names_the_known_ones_and_a_guess() -> None:
    with pytest.raises(UnknownEngineError, match="there are espeak, f5, tone; did you mean espeak"):
        engine_class("espaek")


def test_an_engine_gets_its_own_section() -> None:
    settings = ToneSettings(ms_per_character=1)
    assert create_engine("tone", {"tone": settings}).settings is settings
    assert create_engine("tone", {}).settings == ToneSettings()


def test_unknown_voice_names_close_ones() -> None:
    voices = VoiceCatalogue("espeak", [VoiceInfo(id=f"espeak-{n}", label=n) for n in ("en", "fr")])
    with pytest.raises(UnknownVoiceError, match=r"no voice 'espeak-fre'; it has espeak-fr"):
        voices.find("espeak-fre")
    assert voices.find("espeak-en").label == "en"
