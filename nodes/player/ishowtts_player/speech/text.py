"""Text from API clients, before anything else looks at it."""

import re
import unicodedata

from ishowtts_player.errors import InputError, NothingToSpeakError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Unicode's category Cc. A pattern is fast: a body of 1 MB is looked at before it is refused."""
_SILENT = frozenset("CMPZ")
"""First letters of the Unicode categories that no engine speaks, where nothing else is there.

Signs (S) are not among them: espeak reads `$`, `+` and even emoji by name, F5 none of these. So
the engine has the last word, which is why `SpeechStream` looks for sound.
"""


def clean(text: str, max_chars: int) -> str:
    """The text without control characters and outer space.

    Raises:
        InputError: Nothing is left, or too much.
    """
    kept = bare(text)
    if not kept:
        raise InputError("the text is empty", "EMPTY_TEXT")
    if len(kept) > max_chars:
        raise InputError(f"the text is longer than {max_chars} characters", "TEXT_TOO_LONG")
    return kept


def speakable_text(text: str, max_chars: int) -> str:
    """The text, `clean`, for those who want to hear something of it.

    Raises:
        InputError: It is empty, too long, or nothing but punctuation.
    """
    kept = clean(text, max_chars)
    if not is_speakable(kept):
        raise NothingToSpeakError
    return kept


def is_speakable(text: str) -> bool:
    """Whether an engine may find something: a letter, a digit, a sign; a lone `!` is none."""
    return any(unicodedata.category(char)[0] not in _SILENT for char in text)


def bare(text: str) -> str:
    """The text without control characters and outer space."""
    return _CONTROL.sub(" ", text).strip()


def first_words(text: str, limit: int) -> str:
    """The first `limit` words, joined by one space; a shorter text as it is."""
    words = text.split()
    return text if len(words) <= limit else " ".join(words[:limit])
