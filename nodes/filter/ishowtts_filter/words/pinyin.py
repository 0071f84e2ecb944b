"""Chinese by ear: characters that are read alike."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import product

from ishowtts_filter.words.scripts import is_han

_CHARACTERS = (*range(0x3400, 0xA000), *range(0xF900, 0xFB00))
_FIRST = 0xE000  # private use: no text is folded to it
_NOTHING = "\0"
_MOST_INITIALS = 4


class Homophones:
    """Turns Chinese into one character per syllable, without its tone."""

    def __init__(self, syllables: dict[int, str]) -> None:
        self._syllables = syllables

    @classmethod
    def of(cls, keywords: Iterable[str]) -> "Homophones":
        """Those of every character in the keywords; the others all sound the same."""
        wanted = {reading(char) for keyword in keywords for char in keyword} - {""}
        numbers = {syllable: chr(_FIRST + n) for n, syllable in enumerate(sorted(wanted))}
        known = ((code, numbers.get(reading(chr(code)))) for code in _CHARACTERS)
        return cls({code: syllable for code, syllable in known if syllable})

    def listen(self, chars: str) -> str:
        """One character for each; Latin letters stay."""
        return "".join(
            char if char.isascii() else self._syllables.get(ord(char), _NOTHING) for char in chars
        )


def is_heard(keyword: str) -> bool:
    """Whether homophones of a keyword are looked for: one syllable alone has far too many."""
    return len(keyword) > 1 and is_han(keyword)


def spelled(keyword: str) -> Iterator[str]:
    """A Chinese keyword as it is typed in Latin letters: `sha bi`."""
    yield " ".join(map(reading, keyword))


def abbreviated(keyword: str) -> Iterator[str]:
    """A short Chinese keyword with initials for some of its characters: `傻b`.

    Initials alone are left out: they are those of too many innocents.
    """
    if len(keyword) > _MOST_INITIALS or not is_heard(keyword):
        return
    initials = [reading(char)[:1] or char for char in keyword]
    for letters in product(*zip(keyword, initials, strict=True)):
        written = "".join(letters)
        if written != keyword and not written.isascii():
            yield written


def reading(char: str) -> str:
    """The commonest reading of a character, without its tone; empty for none."""
    toned, normal = _pypinyin()
    return normal(toned.get(ord(char), "").partition(",")[0])


@cache
def _pypinyin() -> tuple[dict[int, str], Callable[[str], str]]:
    # The library's 47,000 phrases would cost 44 MB more, and only tell rare readings apart.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.contrib.tone_convert import to_normal
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict, cache(to_normal)
