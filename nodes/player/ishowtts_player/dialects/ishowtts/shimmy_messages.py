"""What Shimmy's clients send and read."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ishowtts_player.dialects.ishowtts.speech import TtsAnswer, TtsBody
from ishowtts_player.errors import InputError
from ishowtts_player.routes.body import decode_json

ModelName = Annotated[str, Meta(max_length=200)]
DONE = "[DONE]"


class ChatTurn(msgspec.Struct):
    role: str
    content: str | list[dict[str, Any]] | None = None
    """`null` in turns of an assistant that called tools."""


class GenerateBody(msgspec.Struct):
    """A request for text, of which the newest thing that a person said is spoken.

    Sampling settings of language models are ignored.
    """

    model: ModelName
    prompt: str | None = None
    """A text; or `{...}`, which is read as the body of `/api/tts`."""
    messages: list[ChatTurn] | None = None
    stream: bool | None = None


class EnvelopeBody(msgspec.Struct):
    """The audio, in place of the text that a language model would have answered."""

    request_id: str
    sample_rate: int
    audio_base64: str
    waveform_len: int
    voice_id: str
    engine: str
    engine_label: str


class Envelope(msgspec.Struct):
    response: EnvelopeBody


def wish_of(body: GenerateBody) -> TtsBody:
    """What is to be spoken.

    Raises:
        InputError: Nothing is.
    """
    if body.prompt is not None and body.prompt.lstrip().startswith("{"):
        return decode_json(body.prompt, TtsBody)
    text = body.prompt if body.prompt is not None else _last_said(body.messages or [])
    if text is None:
        raise InputError("there is neither a prompt nor a message of a user", "EMPTY_TEXT")
    return TtsBody(text=text)


def envelope_text(answer: TtsAnswer) -> str:
    """The envelope, as JSON."""
    body = msgspec.convert(answer, EnvelopeBody, from_attributes=True)
    return msgspec.json.encode(Envelope(body)).decode()


def _last_said(messages: list[ChatTurn]) -> str | None:
    """The newest text of a person; markup around turns is nobody's speech."""
    said = [turn.content for turn in messages if turn.role == "user"]
    if not said:
        return None
    newest = said[-1]
    if not isinstance(newest, list):
        return newest
    texts = (part.get("text") for part in newest if part.get("type") == "text")
    return " ".join(text for text in texts if isinstance(text, str))
