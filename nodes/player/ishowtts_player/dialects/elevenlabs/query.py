"""What a client asks for in the address. What is absent, and what SDKs send for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from ishowtts_player.audio.formats import OutputFormat, elevenlabs_format
from ishowtts_player.errors import InputError
from ishowtts_schemas.speech import MAX_SPEED, MIN_SPEED

DEFAULT_FORMAT = "mp3_44100_128"
DEFAULT_INACTIVITY_S = 20.0
MAX_INACTIVITY_S = 180
MAX_LEAD_MS = 10_000.0

_ABSENT = frozenset({"", "None", "null", "undefined", "Ellipsis"})
"""SDKs write what nobody set as a word of their own language."""


@dataclass(frozen=True)
class StreamQuery:
    """The address of a socket.

    Attributes:
        output: What its audio is, None where the first message may still say.
        inactivity_s: Closed after so long without text and without work.
        lead_ms: Paced, with so much in the client's hands; None sends audio as it is made.
        mode: `forward` relays what others publish.
    """

    model: str | None
    language: str | None
    output: OutputFormat | None
    inactivity_s: float
    auto_mode: bool
    sync_alignment: bool
    lead_ms: float | None
    speed: float | None
    mode: Literal["generate", "forward"]


def read_query(values: Mapping[str, str]) -> StreamQuery:
    """Read the query of a socket.

    Raises:
        InputError: A value is none of what it has to be.
    """
    given = present(values)
    return StreamQuery(
        model=given.get("model_id"),
        language=given.get("language_code") or given.get("language"),
        output=read_format(given.get("output_format")),
        inactivity_s=_number(given, "inactivity_timeout", 1, MAX_INACTIVITY_S)
        or DEFAULT_INACTIVITY_S,
        auto_mode=_flag(given, "auto_mode"),
        sync_alignment=_flag(given, "sync_alignment"),
        lead_ms=_number(given, "target_lead_ms", 0, MAX_LEAD_MS),
        speed=_number(given, "speed", MIN_SPEED, MAX_SPEED),
        mode=_mode(given),
    )


def present(values: Mapping[str, str]) -> dict[str, str]:
    """What was really set."""
    return {name: value for name, value in values.items() if value not in _ABSENT}


def read_format(name: str | None) -> OutputFormat | None:
    """The format that is named; None where none is.

    Raises:
        InputError: There is no such format.
    """
    return None if name is None else elevenlabs_format(name)


def _number(given: Mapping[str, str], name: str, low: float, high: float) -> float | None:
    if name not in given:
        return None
    try:
        value = msgspec.convert(given[name], float, strict=False)
    except msgspec.ValidationError:
        value = float("nan")
    if not low <= value <= high:
        text = f"{name} must be a number from {low:g} to {high:g}"
        raise InputError(text, "INVALID_FIELD", field=name)
    return value


def _flag(given: Mapping[str, str], name: str) -> bool:
    value = given.get(name, "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise InputError(f"{name} must be true or false", "INVALID_FIELD", field=name)
    return value in ("true", "1")


def _mode(given: Mapping[str, str]) -> Literal["generate", "forward"]:
    mode = given.get("mode", "generate")
    if mode == "generate" or mode == "forward":  # noqa: PLR1714 - narrows the type
        return mode
    raise InputError("mode must be generate or forward", "INVALID_FIELD", field="mode")
