"""`ishowtts config`."""

import json
from pathlib import Path

import pytest

from ishowtts_bus.settings import leaf_keys
from ishowtts_cli import config
from ishowtts_cli.app import main
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import all_sections, load_settings

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_file_in_the_checkout_is_up_to_date():
    config.check_default(CHECKOUT / "config" / "ishowtts.toml")


def test_the_default_file_says_what_the_code_does(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(config.default_text())

    assert load_settings(path, {}).loaded.values == load_settings(None, {}).loaded.values


def test_a_stale_default_file_is_shown_as_a_diff(tmp_path, capsys):
    path = tmp_path / "x.toml"
    path.write_text(config.default_text().replace("port = 8080", "port = 8081"))

    with pytest.raises(CliError, match="out of date"):
        config.check_default(path)
    shown = capsys.readouterr().out
    assert "-port = 8081" in shown
    assert "+port = 8080" in shown


def test_show_says_where_a_value_comes_from(tmp_path, capsys, monkeypatch):
    path = tmp_path / "x.toml"
    path.write_text("[filter.queue]\nttl_s = 30\n")
    monkeypatch.setenv("ISHOWTTS__PLAYER__PORT", "9001")

    assert main(["config", "show", "--json", "--config", str(path)]) == ExitCode.OK

    entries = json.loads(capsys.readouterr().out)
    assert entries["filter.queue.ttl_s"] == {"value": 30.0, "origin": str(path)}
    assert entries["player.port"] == {"value": 9001, "origin": "ISHOWTTS__PLAYER__PORT"}
    assert entries["broker.port"] == {"value": 1883, "origin": "default"}


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
def test_show_masks_secrets(capsys, monkeypatch, json_flag):
    monkeypatch.setenv("ISHOWTTS__BROKER__PASSWORD", "hunter2")
    monkeypatch.setenv("ISHOWTTS__PLAYER__API_TOKEN", "hunter3")

    assert main(["config", "show", *json_flag]) == ExitCode.OK

    shown = capsys.readouterr().out
    assert "hunter" not in shown
    assert "ISHOWTTS__BROKER__PASSWORD" in shown


def test_no_key_of_a_platform_is_shown():
    keys = {key for key in leaf_keys(all_sections()) if config.is_secret(key)}
    platforms = "ingest."
    assert {key.rpartition(".")[2] for key in keys if key.startswith(platforms)} >= {
        *("token", "client_secret", "refresh_token", "api_key", "proxy"),
        *("sessdata", "access_key_id", "access_key_secret", "identity_code"),
    }


def test_an_empty_secret_is_shown_as_empty():
    assert config.described(load_settings(None, {}).loaded)["broker.password"]["value"] == ""


def test_check_accepts_the_default_file(tmp_path, capsys):
    path = tmp_path / "x.toml"
    path.write_text(config.default_text())

    assert main(["config", "check", str(path)]) == ExitCode.OK
    assert "fine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[broker]\nprot = 1", "did you mean broker.port?"),
        ("[broker]\nport = 99999", "broker.port"),
        ("[broker]\nport = 'x'", "broker.port"),
        ("[broker", "not valid TOML"),
    ],
)
def test_check_says_what_is_wrong(tmp_path, capsys, text, said):
    path = tmp_path / "x.toml"
    path.write_text(text)

    assert main(["config", "check", str(path)]) == ExitCode.USAGE
    assert said in capsys.readouterr().err
