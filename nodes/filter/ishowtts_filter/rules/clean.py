"""Makes the text one line that every later rule and engine can read."""

from typing import ClassVar

import regex
from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.text import CleanSettings
from ishowtts_filter.text.cleaning import clean, plain

# A name alone, or with something to obey, and `<|end|>`: `a<b and c>d` holds none.
_TAG = regex.compile(
    r"<(?:[!?][a-zA-Z][^>]*+|\|[^<>|]*+\||/?[a-zA-Z][\w:.-]*+(?:\s*+/?\s*+|[\s/][^<>=]*+=[^>]*+))>"
)
# ElevenLabs and Kokoro: `[voice:x]`, `[word](/phonemes/)`.
_DIRECTIVE = regex.compile(r"\[[a-zA-Z_]{1,20}[:=][^\[\]]{0,80}\]|(?<=\])\(/[^()]{0,80}/\)")
_DEEPEST = 4
_BRACKETS = dict.fromkeys(map(ord, "<>[]"), " ")


class CleanRule:
    """Drops what is invisible or markup, folds whitespace, rejects what is then empty."""

    name: ClassVar[str] = "clean"

    def __init__(self, settings: CleanSettings) -> None:
        self._settings = settings

    def apply(self, draft: Draft) -> Draft | Rejection:
        text = clean(draft.text)
        if self._settings.plain_letters:
            text = plain(text)
        if self._settings.markup:
            text = clean(without_markup(text))
        if not text:
            return Rejection("the message is empty")
        return draft if text == draft.text else replace(draft, text=text)


def without_markup(text: str) -> str:
    """Without tags in angle brackets and directives to engines in square ones."""
    for _ in range(_DEEPEST):
        shorter = _without_innermost(text)
        if shorter == text:
            return text
        text = shorter
    return text.translate(_BRACKETS)


def _without_innermost(text: str) -> str:
    end = text.rfind(">") + 1
    if end:  # linear on a wall of `<a<a<a`: every search ends there
        text = _TAG.sub(" ", text[:end]) + text[end:]
    return _DIRECTIVE.sub(" ", text) if "[" in text else text
