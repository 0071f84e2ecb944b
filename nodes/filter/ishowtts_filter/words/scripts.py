"""Scripts that are written without spaces have no whole words to look for."""

import regex

UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_UNSPACED = regex.compile(UNSPACED)
_HAN = regex.compile(r"\p{Han}+")


def is_unspaced(char: str) -> bool:
    """Whether the character's script puts no spaces between words."""
    return char > "\u0dff" and _UNSPACED.match(char) is not None


def is_han(text: str) -> bool:
    """Whether it is all Chinese characters."""
    return _HAN.fullmatch(text) is not None


def is_wordy(char: str) -> bool:
    """Whether words between spaces are made of such characters."""
    return (char.isalnum() or char == "_") and not is_unspaced(char)


def continues_word(char: str, neighbour: str) -> bool:
    """Whether two characters that stand together may belong to one word between spaces."""
    return is_wordy(char) and is_wordy(neighbour)
