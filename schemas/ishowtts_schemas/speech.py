"""Work for the synth nodes and its progress."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_schemas.chat import Priority
from ishowtts_schemas.ids import Identifier, Slug
from ishowtts_schemas.message import Message, Nanoseconds
from ishowtts_schemas.voice import InlineReference

MAX_SPEECH_CHARS = 5_000
MIN_SPEED = 0.25
MAX_SPEED = 4.0

SpeechText = Annotated[str, Meta(min_length=1, max_length=MAX_SPEECH_CHARS)]
Speed = Annotated[float, Meta(ge=MIN_SPEED, le=MAX_SPEED)]
"""Factor on the voice's natural speaking rate."""
Attempt = Annotated[int, Meta(ge=1)]
FailureCode = Literal[
    "unknown_voice", "bad_request", "overloaded", "expired", "engine_error", "shutting_down"
]


class SpeechRequest(Message, frozen=True, kw_only=True, tag="speech_request"):
    """One utterance for one engine.

    Audio goes to `audio/{room}`, or, where the MQTT message names a response topic, there
    instead, with its correlation data.
    """

    utterance_id: Identifier
    room: Slug
    text: SpeechText
    voice: Slug
    deadline_at_ns: Nanoseconds
    """Not started by then, it is not started at all."""
    priority: Priority = "normal"
    attempt: Attempt = 1
    """Above 1 where an earlier synth died with it: listeners then already heard a part."""
    speed: Speed = 1.0
    language: str | None = None
    """BCP 47; None lets the voice or the text decide."""
    options: dict[str, str | int | float | bool] = {}
    """The engine's own settings (`nfe_step`, `pitch` ...), checked by the engine."""
    offset: Annotated[int, Meta(ge=0)] = 0
    """Samples that listeners have of the text before this one: its audio is numbered from here."""
    message_id: Identifier | None = None
    """The chat message it speaks, for listeners; None for an API request."""
    author: str | None = None
    display_text: str | None = None
    """What a subtitle shows, where it is not the spoken text."""
    reference: InlineReference | None = None
    """A clip to clone instead of a voice, for engines that clone; `voice` is then `reference`."""


class SpeechCancel(Message, frozen=True, kw_only=True, tag="speech_cancel"):
    utterance_id: Identifier
    reason: str = ""
    attempt: Attempt | None = None
    """Only this attempt, because another one follows; None for the whole utterance."""


class SpeechTaken(Message, frozen=True, kw_only=True, tag="speech_taken"):
    """A synth has the utterance. If that synth dies before the end, somebody must ask again."""

    utterance_id: Identifier
    attempt: Attempt
    instance: Slug
    incarnation: int


class SpeechPart(Message, frozen=True, kw_only=True, tag="speech_part"):
    """A clause begins: whoever finishes the utterance with another voice goes on from here."""

    utterance_id: Identifier
    attempt: Attempt
    chars: int
    """Characters of the request's text that are spoken before it."""
    samples: int
    """Where its audio begins, in samples from the start of the utterance."""


class SpeechDone(Message, frozen=True, kw_only=True, tag="speech_done"):
    """The engine has finished; playback may last longer.

    `synth_ms` over `audio_ms` is the real-time factor.
    """

    utterance_id: Identifier
    attempt: Attempt
    instance: Slug
    outcome: Literal["done", "cancelled"]
    audio_ms: float
    """Of this attempt alone."""
    synth_ms: float
    """From the first engine step to the last."""
    first_audio_ms: float | None = None
    """From receipt of the request to the first published audio; None where there was none."""


class SpeechFailed(Message, frozen=True, kw_only=True, tag="speech_failed"):
    utterance_id: Identifier
    attempt: Attempt
    code: FailureCode
    text: str
    """One sentence for a person."""
    retryable: bool
    """Whether the same request may succeed elsewhere or later."""
    instance: Slug | None = None


SpeechProgress = SpeechTaken | SpeechPart | SpeechDone
