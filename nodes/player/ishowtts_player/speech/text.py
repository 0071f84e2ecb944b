"""Text from API clients, before anything else looks at it."""

import unicodedata

from ishowtts_player.errors import InputError


def clean(text: str, max_chars: int) -> str:
    """The text without control characters and outer space.

    Raises:
        InputError: Nothing is left, or too much.
    """
    kept = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text).strip()
    if not kept:
        raise InputError("the text is empty", "EMPTY_TEXT")
    if len(kept) > max_chars:
        raise InputError(f"the text is longer than {max_chars} characters", "TEXT_TOO_LONG")
    return kept


def first_words(text: str, limit: int) -> str:
    """The first `limit` words, joined by one space; a shorter text as it is."""
    words = text.split()
    return text if len(words) <= limit else " ".join(words[:limit])
