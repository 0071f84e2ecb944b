"""Chatterbox's environment variables."""

import logging

import pytest
from msgspec.structs import replace

from ishowtts_bus import NodeError
from ishowtts_player.dialects.chatterbox.environment import with_environment
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.settings.chatterbox import ChatterboxSettings
from ishowtts_player.settings.listeners import ListenerSettings

WANTED = PlayerSettings(chatterbox=ChatterboxSettings(environment=True))
ALL = {
    "HOST": "0.0.0.0",
    "PORT": "9000",
    "MAX_CONCURRENT_REQUESTS": "7",
    "MAX_TEXT_LENGTH": "100",
    "DEFAULT_VOICE": "./voices/Anna.wav",
    "API_TOKEN": "secret",
}


def test_they_mean_nothing_unless_they_are_wanted():
    settings = PlayerSettings()
    assert with_environment(settings, {**ALL, "PORT": "nonsense"}) is settings


def test_each_finds_its_place():
    settings = with_environment(WANTED, ALL)
    (listener,) = settings.listeners
    assert (listener.host, listener.port, listener.dialect) == ("0.0.0.0", 9000, "chatterbox")
    assert settings.chatterbox.max_concurrent_requests == 7
    assert settings.chatterbox.max_text_length == 100
    assert (settings.api_token, settings.default_voice) == ("secret", "anna")


def test_without_any_it_listens_where_chatterbox_did_and_only_here():
    settings = with_environment(WANTED, {"PORT": " ", "API_TOKEN": ""})
    (listener,) = settings.listeners
    assert (listener.host, listener.port) == ("", 8081)
    assert settings.chatterbox == WANTED.chatterbox
    assert settings.api_token == ""


def test_its_port_may_be_configured_already():
    configured = ListenerSettings(port=8081, dialect="chatterbox", host="127.0.0.2")
    settings = replace(WANTED, listeners=(configured,))
    assert with_environment(settings, {}).listeners == (configured,)
    (elsewhere,) = with_environment(settings, {"HOST": "0.0.0.0"}).listeners
    assert (elsewhere.host, elsewhere.port) == ("0.0.0.0", 8081)


WRONG = [
    ("PORT", "many"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "-1"),
    ("PORT", "8081.5"),
    ("PORT", "٣"),
    ("PORT", "9" * 10_000),
    ("MAX_TEXT_LENGTH", "5001"),
    ("MAX_CONCURRENT_REQUESTS", "0"),
    ("HOST", "my laptop"),
    ("HOST", "workstation.local"),
    ("DEFAULT_VOICE", "../声"),
    ("API_TOKEN", "x" * 2000),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_bad_value_is_a_clear_error(name, value):
    with pytest.raises(NodeError, match=name):
        with_environment(WANTED, {name: value})


def test_two_tokens_are_one_too_many():
    settings = PlayerSettings(api_token="other", chatterbox=WANTED.chatterbox)
    with pytest.raises(NodeError, match="differ"):
        with_environment(settings, {"API_TOKEN": "secret"})


def test_what_is_set_elsewhere_here_is_told(caplog):
    with caplog.at_level(logging.WARNING, "ishowtts.player"):
        with_environment(WANTED, {"DEVICE": "cuda", "LOAD_TURBO": "true", "HF_HOME": "/x"})
    assert "DEVICE, LOAD_TURBO" in caplog.text
    assert "HF_HOME" not in caplog.text
