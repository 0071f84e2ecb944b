"""What a Chatterbox client wants spoken, from HTTP and from its socket alike."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.chatterbox.parameters import DIALECT, VoiceParameters, tune
from ishowtts_player.dialects.chatterbox.voices import choose_voice, read_model
from ishowtts_player.errors import (
    ApiError,
    InputError,
    SpeechTimeoutError,
    SynthesisError,
    UnavailableError,
)
from ishowtts_player.speech.client import Quota, SpeakRequest
from ishowtts_player.speech.text import bare

GENERATION_ERROR = "GENERATION_ERROR"
INTERNAL_ERROR = 500

Name = Annotated[str, Meta(max_length=64)]
Language = Annotated[str, Meta(pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*)?$", max_length=35)]


class Wish(msgspec.Struct, kw_only=True):
    """The fields that HTTP and socket share. `null` means the same as absent."""

    text: str
    model: Name | None = None
    """`standard`, `turbo` or `multilingual`, or the name of an engine that runs."""
    language_id: Language | None = None
    voice: VoiceParameters | None = None


@dataclass(frozen=True)
class Speech:
    """A wish that can be granted.

    Attributes:
        request: For the synths; its text may be empty, and then there is nothing to ask them.
        ignored: Names of what was asked for and the engine has nothing like.
    """

    request: SpeakRequest
    ignored: tuple[str, ...]


def read_wish(bridge: Bridge, wish: Wish, usual_voice: str | None = None) -> Speech:
    """Check a wish and find its voice.

    Args:
        bridge: Knows voices and limits.
        wish: As the client sent it.
        usual_voice: Spoken with where the wish names none; None for the bridge's own choice.

    Raises:
        ApiError: It cannot be granted.
    """
    settings = bridge.settings.chatterbox
    text = bare(wish.text)
    if len(text) > settings.max_text_length:
        told = f"the text is longer than {settings.max_text_length} characters"
        raise InputError(told, "TEXT_TOO_LONG", field="text")
    model, engine = read_model(bridge.directory, wish.model)
    path = (wish.voice.audio_prompt_path if wish.voice else None) or usual_voice
    voice = choose_voice(bridge.directory, path, wish.language_id or None, engine)
    tuning = tune(wish.voice, model, voice.engine)
    if tuning.ignored:
        bridge.bus.counters.add("player_parameters_ignored_total", dialect=DIALECT)
    request = SpeakRequest(
        text,
        voice,
        language=wish.language_id or None,
        options=tuning.options,
        quota=Quota(DIALECT, settings.max_concurrent_requests),
    )
    return Speech(request, tuning.ignored)


def as_contract(error: ApiError) -> ApiError:
    """The error under the code and status that Chatterbox's clients know."""
    if isinstance(error, SynthesisError):
        return ApiError(INTERNAL_ERROR, GENERATION_ERROR, error.text)
    if isinstance(error, SpeechTimeoutError):
        return ApiError(error.status, GENERATION_ERROR, error.text)
    if isinstance(error, UnavailableError) and error.code == "OVERLOADED":
        return UnavailableError(error.text, "SERVER_BUSY")
    return error
