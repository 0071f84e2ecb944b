"""Chatterbox's own environment variables, for those who move here with them.

They are read only where `[player.chatterbox] environment` says so: names such as HOST and PORT
mean something else in most shells.
"""

import logging
from collections.abc import Mapping
from ipaddress import ip_address

from msgspec.structs import replace

from ishowtts_bus import NodeError
from ishowtts_player.dialects.chatterbox.voices import voice_name
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.settings.chatterbox import ChatterboxSettings
from ishowtts_player.settings.listeners import ListenerSettings
from ishowtts_schemas import is_slug

_LOG = logging.getLogger("ishowtts.player")

PORT = 8081
MAX_PORT = 65_535
MAX_REQUESTS = 10_000
MAX_TEXT = 5_000
MAX_TOKEN_CHARS = 1024
OF_THE_ENGINE = (
    "DEVICE",
    "LOAD_STANDARD",
    "LOAD_TURBO",
    "LOAD_MULTILINGUAL",
    "VOICES_DIR",
    "CHATTERBOX_SRC",
    "RUST_LOG",
)
"""An engine is a node of its own here, with settings of its own; so are the voices."""


def with_environment(settings: PlayerSettings, environ: Mapping[str, str]) -> PlayerSettings:
    """The settings with what the variables say laid over them.

    Args:
        settings: As configured; they come back unchanged where the variables are not wanted.
        environ: The process's variables.

    Raises:
        NodeError: One of them is not what it has to be.
    """
    if not settings.chatterbox.environment:
        return settings
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    _tell_unused(given)
    return replace(
        settings,
        api_token=_token(settings, given),
        default_voice=_voice(given) or settings.default_voice,
        listeners=_listeners(settings.listeners, given),
        chatterbox=_limits(settings.chatterbox, given),
    )


def _limits(settings: ChatterboxSettings, given: Mapping[str, str]) -> ChatterboxSettings:
    requests = _number(given, "MAX_CONCURRENT_REQUESTS", MAX_REQUESTS)
    text = _number(given, "MAX_TEXT_LENGTH", MAX_TEXT)
    return replace(
        settings,
        max_concurrent_requests=requests or settings.max_concurrent_requests,
        max_text_length=text or settings.max_text_length,
    )


def _listeners(
    configured: tuple[ListenerSettings, ...], given: Mapping[str, str]
) -> tuple[ListenerSettings, ...]:
    """With Chatterbox's port; where that is configured already, only its HOST is news."""
    ours = _listener(given)
    same = [one for one in configured if (one.port, one.dialect) == (ours.port, ours.dialect)]
    if same and not ours.host:
        return configured
    return (*(one for one in configured if one not in same), ours)


def _listener(given: Mapping[str, str]) -> ListenerSettings:
    host = given.get("HOST", "")
    if host and host != "localhost" and not _is_address(host):
        raise NodeError(f"HOST must be an address to serve on, not {host!r}")
    port = _number(given, "PORT", MAX_PORT) or PORT
    return ListenerSettings(port=port, dialect="chatterbox", host=host)


def _is_address(host: str) -> bool:
    """Shells set HOST to the machine's name, and nobody means that."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _token(settings: PlayerSettings, given: Mapping[str, str]) -> str:
    token = given.get("API_TOKEN", settings.api_token)
    if settings.api_token and token != settings.api_token:
        raise NodeError("API_TOKEN and [player] api_token differ; keep one of them")
    if len(token) > MAX_TOKEN_CHARS:
        raise NodeError(f"API_TOKEN is longer than {MAX_TOKEN_CHARS} characters")
    return token


def _voice(given: Mapping[str, str]) -> str:
    path = given.get("DEFAULT_VOICE", "")
    name = voice_name(path) if path else ""
    if name and not is_slug(name):
        raise NodeError(f"DEFAULT_VOICE names no voice: {path!r}")
    return name


def _number(given: Mapping[str, str], name: str, most: int) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not digits or not 1 <= int(text) <= most:
        raise NodeError(f"{name} must be a whole number from 1 to {most}, not {text!r}")
    return int(text)


def _tell_unused(given: Mapping[str, str]) -> None:
    unused = [name for name in OF_THE_ENGINE if name in given]
    if unused:
        _LOG.warning("set in [synth] and config/voices.toml here: %s", ", ".join(unused))
