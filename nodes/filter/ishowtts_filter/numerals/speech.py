"""Says the numbers of a text in words."""

from collections.abc import Callable, Mapping

import regex

from ishowtts_filter.numerals import chinese, chinese_speech, english, english_speech
from ishowtts_filter.numerals.context import Context, Language
from ishowtts_filter.numerals.number import Number
from ishowtts_filter.numerals.shapes import Shape, substitute

_DIGIT = regex.compile(r"[0-9０-９]")
_WIDE = regex.compile(r"[０-９]|(?<=[0-9０-９])[．，／％：](?=[0-9０-９]|$)")
_NARROW = {ord(char): ord(char) - 0xFEE0 for char in "０１２３４５６７８９．，／％："}
_WORDY = regex.compile(r"[\p{L}\p{N}]")
# Words beside a number that was left alone tell its language in the next round.
_ROUNDS = 4

_SPEECH: Mapping[str, Mapping[str, Callable[[Shape, Callable[[str], str]], str | None]]] = {
    "en": english_speech.SPEECH,
    "zh": chinese_speech.SPEECH,
}
_NUMBER: Mapping[str, Callable[[Number, int], str]] = {
    "en": english.number,
    "zh": chinese.number,
}


def say_numbers(text: str, *, default: Language, max_digits: int) -> str:
    """The text with its numbers in English or Chinese words, as the words beside each are.

    Numbers in names (`PS5`), in other languages and in other digits (`①`, `٣`) are left as they
    are. Idempotent.

    Args:
        text: One line.
        default: Language of numbers without words; empty leaves them.
        max_digits: Digits of a number that is read; a longer one is only mentioned.
    """
    for _ in range(_ROUNDS):
        if not _DIGIT.search(text):
            break
        said = _round(text, default, max_digits)
        if said == text:
            break
        text = said
    return text


def _round(text: str, default: Language, max_digits: int) -> str:
    text = _WIDE.sub(lambda char: char.group().translate(_NARROW), text)
    context = Context(text, default)

    def said(shape: Shape) -> str:
        language = context.language_of(shape)
        if not language:
            return shape.text
        number = _NUMBER[language]
        words = _SPEECH[language][shape.name](
            shape, lambda digits: number(Number.parse(digits), max_digits)
        )
        if words is None:
            return shape.text
        return _spaced(shape, words) if language == "en" else words

    return substitute(text, said)


def _spaced(shape: Shape, words: str) -> str:
    before = " " if _WORDY.match(shape.before[-1:]) else ""
    after = " " if _WORDY.match(shape.after) else ""
    return f"{before}{words.strip()}{after}" if words.strip() == words else words
