"""Which file is read, and what may stand in it."""

from pathlib import Path

import msgspec
import pytest

from ishowtts_bus import SettingsError
from ishowtts_bus.settings import leaf_keys
from ishowtts_cli.sections import DEFAULT_PATH, all_sections, config_path, load_settings

CHECKOUT = Path(__file__).resolve().parents[2]


def test_the_file_given_wins_over_the_variable_and_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    DEFAULT_PATH.parent.mkdir()
    DEFAULT_PATH.touch()

    assert config_path(Path("a"), {"ISHOWTTS_CONFIG": "b"}) == Path("a")
    assert config_path(None, {"ISHOWTTS_CONFIG": "b"}) == Path("b")
    assert config_path(None, {}) == DEFAULT_PATH


def test_without_any_file_the_defaults_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert config_path(None, {}) is None
    assert load_settings(None, {}).broker.port == 1883


def test_file_and_environment_arrive_at_the_section(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("[player]\nport = 9000\n[synth]\nengine = 'tone'\n")

    configuration = load_settings(path, {"ISHOWTTS__PLAYER__PORT": "9001"})

    assert configuration["player"].port == 9001
    assert configuration["synth"].engine == "tone"


def test_an_unknown_section_is_refused(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("[playr]\nport = 9000\n")

    with pytest.raises(SettingsError, match=r"unknown key playr; did you mean player\?"):
        load_settings(path, {})


def test_every_section_constructs_with_its_defaults():
    for name, settings in all_sections().items():
        assert msgspec.to_builtins(settings()), name


def test_every_key_says_what_it_is_in_one_line():
    text = (CHECKOUT / "config" / "ishowtts.toml").read_text("utf-8").splitlines()

    for number, line in enumerate(text):
        if "=" in line and not line.startswith("#"):
            comment = text[number - 1]
            assert comment.startswith("# "), line
            assert comment.rstrip().endswith("."), line
            assert len(comment) <= 100, line


def test_engines_read_the_section_of_their_name():
    from ishowtts_synth.engines.registry import engine_class, engine_keys

    for key in engine_keys():
        assert all_sections()[key] is engine_class(key).settings_type


def test_the_documented_ports():
    configuration = load_settings(None, {"ISHOWTTS_CONFIG": str(CHECKOUT / DEFAULT_PATH)})

    assert configuration.broker.port == 1883
    assert (configuration["player"].host, configuration["player"].port) == ("127.0.0.1", 8080)
    assert len(configuration.loaded.origins) == len(leaf_keys(all_sections()))
