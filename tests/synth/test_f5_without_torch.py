"""What F5-TTS says where nothing that it needs is installed."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from ishowtts_bus.settings import SettingsError, load
from ishowtts_synth.engines.f5 import F5Engine
from ishowtts_synth.engines.registry import engine_keys
from ishowtts_synth.settings import F5Settings, F5Voice

HEAVY = ("torch", "numpy", "safetensors", "soundfile", "yaml", "rjieba", "huggingface_hub")


def test_it_is_listed_and_says_how_to_install_it():
    code = (
        "import sys\n"
        f"for name in {HEAVY}: sys.modules[name] = None\n"
        "from ishowtts_synth.engines.registry import create_engine\n"
        "engine = create_engine('f5', {})\n"
        "print(engine.label, engine.licence, sep=', ')\n"
        "try: engine.check(engine.settings)\n"
        "except Exception as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "f5" in engine_keys()
    facts, why_not = told.stdout.splitlines()
    assert facts == "F5-TTS, MIT AND CC-BY-NC-4.0"
    assert why_not == (
        "f5 needs torch, numpy, safetensors, soundfile, rjieba, yaml, huggingface_hub; "
        "install it with: just install-f5"
    )


def test_asking_the_class_imports_nothing_heavy():
    code = (
        "import sys, ishowtts_synth.engines.f5\n"
        f"print([name for name in sys.modules if name in {HEAVY}])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_its_weights_are_known_not_to_be_free():
    assert "CC-BY-NC-4.0" in F5Engine.licence


@pytest.mark.parametrize(
    "text",
    [
        '[f5]\nvoices = [{ id = "ann", reference_audio = "a.wav", reference_text = "hi" }]\n',
        '[[f5.voices]]\nid = "ann"\nreference_audio = "a.wav"\nreference_text = "hi"\n',
    ],
)
def test_voices_stand_in_the_configuration_in_either_form(tmp_path: Path, text: str):
    path = tmp_path / "c.toml"
    path.write_text(text)
    settings = load({"f5": F5Settings}, path, {}).values["f5"]
    assert isinstance(settings, F5Settings)
    assert settings.voices == (F5Voice(id="ann", reference_audio="a.wav", reference_text="hi"),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('voices = [{ id = "ann", reference_audio = "a.wav" }]', "required field `reference_text`"),
        (
            'voices = [{ id = "Ann", reference_audio = "a", reference_text = "b" }]',
            "matching regex",
        ),
        ('device = "cuda:x"', "matching regex"),
        ('profile = "faster"', "invalid enum value 'faster'"),
        ("default_nfe_step = 0", "`int` >= 1"),
        ('package_path = "f5"', "unknown key f5.package_path"),
    ],
)
def test_a_mistake_in_the_section_is_found_before_anything_starts(
    tmp_path: Path, line: str, said: str
):
    path = tmp_path / "c.toml"
    path.write_text(f"[f5]\n{line}\n")
    with pytest.raises(SettingsError, match=said):
        load({"f5": F5Settings}, path, {})


def test_the_tuning_has_a_table_of_its_own(tmp_path: Path):
    path = tmp_path / "c.toml"
    path.write_text("[f5.tuning]\ncfg_strength = 1.5\nseed = 4\n")
    settings = load({"f5": F5Settings}, path, {"ISHOWTTS__F5__TUNING__SPEED": "1.2"}).values["f5"]
    tuning = msgspec.to_builtins(settings)["tuning"]
    assert (tuning["cfg_strength"], tuning["seed"], tuning["speed"]) == (1.5, 4, 1.2)


PASTED = """
[f5]
model = "F5TTS_v1_Base"
python_package_path = "../third_party/F5-TTS/src"
ode_method = "euler"
use_ema = true
device = "cuda"
default_nfe_step = 16

[[f5.voices]]
id = "ann"
reference_audio = "ann.wav"
reference_text = "What Ann says."
language = "en"
engine_label = "F5 (studio)"
preload = true
"""


def test_a_section_of_ishowtts_is_taken_as_it_is(tmp_path: Path):
    path = tmp_path / "ishowtts.toml"
    path.write_text(PASTED, "utf-8")
    settings = load({"f5": F5Settings}, path, {}).values["f5"]
    (ann,) = F5Engine(settings).voices()
    assert (ann.id, ann.language, ann.engine_label) == ("ann", "en", "F5 (studio)")
