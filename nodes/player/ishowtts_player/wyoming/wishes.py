"""What a client asks for, read from its events."""

from typing import Any

import msgspec

from ishowtts_player.errors import InputError

MAX_CHUNK_CHARS = 20_000


class VoiceWish(msgspec.Struct, frozen=True):
    name: str | None = None
    language: str | None = None
    """Counts only where there is no name."""


class Wish(msgspec.Struct, frozen=True):
    """The data of `synthesize` and `synthesize-start`."""

    text: str = ""
    voice: VoiceWish | None = None
    text_format: str | None = None

    @property
    def voice_name(self) -> str | None:
        return self.voice.name if self.voice else None

    @property
    def language(self) -> str | None:
        return self.voice.language if self.voice and not self.voice.name else None


def read_wish(data: dict[str, Any]) -> Wish:
    """The wish in an event's data.

    Raises:
        InputError: A field is of the wrong type, or it is markup.
    """
    try:
        wish = msgspec.convert(data, Wish)
    except msgspec.ValidationError as error:
        raise InputError(f"wrong data: {error}") from None
    if wish.text_format not in (None, "", "text"):
        raise InputError("only plain text is spoken, not " + wish.text_format[:20], "BAD_FORMAT")
    return wish


def read_text(data: dict[str, Any]) -> str:
    """The text of `synthesize-chunk`.

    Raises:
        InputError: There is none, or too much.
    """
    text = data.get("text")
    if not isinstance(text, str):
        raise InputError("wrong data: text is missing")
    if len(text) > MAX_CHUNK_CHARS:
        raise InputError(f"more than {MAX_CHUNK_CHARS} characters at once", "TEXT_TOO_LONG")
    return text
