"""Keywords with signs for some of their letters: `f*ck`, `s**t`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import regex

from ishowtts_filter.words.confusables import unmix
from ishowtts_filter.words.folding import Span, plain
from ishowtts_filter.words.matcher import Keyword

_SIGNS = frozenset("*#•%&^")
_CENSORED = regex.compile(r"(?<![^\W_])[^\W_]++(?:[*#•%&^]++[^\W_]++)++")
_LEAST_CHARS = 3

Ends = tuple[str, str]


class CensoredMatcher:
    """Keywords of which both ends are left, with one sign for each letter that is not."""

    def __init__(self, keywords: Sequence[Keyword]) -> None:
        self._by_length: defaultdict[int, defaultdict[Ends, list[Keyword]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for keyword in keywords:
            chars = plain(keyword.text).chars.strip()
            if len(chars) >= _LEAST_CHARS and chars.isalpha():
                # A sign between two letters hides too many words to be looked for within others.
                whole = keyword.whole or len(chars) == _LEAST_CHARS
                ends = chars[0], chars[-1]
                self._by_length[len(chars)][ends].append(Keyword(chars, whole))

    def spans(self, text: str) -> Iterator[Span]:
        if _SIGNS.isdisjoint(text):
            return
        form = plain(unmix(text))
        for word in _CENSORED.finditer(form.chars):
            for start, stop in self._found(word[0]):
                yield form.span(word.start() + start, word.start() + stop)

    def _found(self, word: str) -> Iterator[tuple[int, int]]:
        for length, by_ends in self._by_length.items():
            for start in range(len(word) - length + 1):
                stop = start + length
                for keyword in by_ends.get((word[start], word[stop - 1]), ()):
                    fits = length == len(word) or not keyword.whole
                    if fits and _hides(word[start:stop], keyword.text):
                        yield start, stop


def _hides(censored: str, chars: str) -> bool:
    pairs = zip(censored, chars, strict=True)
    return all(seen == char or seen in _SIGNS for seen, char in pairs)
