"""What Chatterbox's clients say about the voice, checked, and what of it an engine takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from ishowtts_player.speech.client import Options

DIALECT = "chatterbox"
MODELS = ("standard", "turbo", "multilingual")
MODEL_PREFIX = "chatterbox-"
"""The older gateway writes `chatterbox-turbo`."""

TUNING = ("exaggeration", "cfg_weight", "temperature", "top_p", "repetition_penalty")
_OPTIONS: Mapping[str, frozenset[str]] = {"chatterbox": frozenset((*TUNING, "model"))}
"""What engines take of it. `cfg_weight` is not F5's `cfg_strength`: another scale."""

Exaggeration = Annotated[float, Meta(ge=0, le=2)]
Share = Annotated[float, Meta(ge=0, le=1)]
Temperature = Annotated[float, Meta(ge=0.1, le=1.5)]
Penalty = Annotated[float, Meta(ge=1, le=100)]
VoicePath = Annotated[str, Meta(max_length=1024)]


class VoiceParameters(msgspec.Struct):
    """`voice` of a request. `null` means the same as absent."""

    audio_prompt_path: VoicePath | None = None
    """A voice by name; a folder before it and an ending after it do not count."""
    exaggeration: Exaggeration | None = None
    cfg_weight: Share | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    repetition_penalty: Penalty | None = None


@dataclass(frozen=True)
class Tuning:
    """What a request asks of the engine.

    Attributes:
        options: What the engine takes.
        ignored: What it has nothing like.
    """

    options: Options
    ignored: tuple[str, ...]


def tune(voice: VoiceParameters | None, model: str | None, engine: str) -> Tuning:
    """Divide what was asked for by what an engine takes.

    Args:
        voice: As the client sent it.
        model: One of `MODELS`, or None.
        engine: That will speak.
    """
    named = {name: getattr(voice, name, None) for name in TUNING} | {"model": model}
    asked: Options = {name: value for name, value in named.items() if value is not None}
    taken = _OPTIONS.get(engine, frozenset())
    options = {name: value for name, value in asked.items() if name in taken}
    return Tuning(options, tuple(name for name in asked if name not in taken))
