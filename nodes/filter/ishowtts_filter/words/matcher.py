"""Finds many keywords at once: plainly written, disguised, or by ear."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from ishowtts_filter.words.disguise import Disguised, disguised, find, is_joined, is_whole, runs_of
from ishowtts_filter.words.folding import Span, bare, plain
from ishowtts_filter.words.pinyin import Homophones, abbreviated, is_heard
from ishowtts_filter.words.scripts import continues_word

T = TypeVar("T")


class Keyword(Struct, frozen=True):
    """A keyword as configured.

    Attributes:
        text: As typed.
        whole: Whether it counts only as a whole word.
    """

    text: str
    whole: bool = False


class Index(Generic[T]):
    """Values by a form of text, found in one pass however many there are."""

    def __init__(self, forms: Iterable[tuple[str, T]]) -> None:
        grouped: defaultdict[str, list[T]] = defaultdict(list)
        for form, value in forms:
            if form:
                grouped[form].append(value)
        self._values = list(grouped.values())
        self._automaton = AhoCorasick(list(grouped)) if grouped else None

    def find(self, text: str) -> Iterator[tuple[T, int, int]]:
        """Each value whose form is in the text, and from where to where."""
        if self._automaton is None:
            return
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for value in self._values[number]:
                yield value, start, end


class PlainMatcher:
    """Keywords as typed, whatever their case, width, style or invisible characters."""

    def __init__(self, keywords: Sequence[Keyword]) -> None:
        self._index = Index((plain(word.text).chars.strip(), word) for word in keywords)

    def spans(self, text: str) -> Iterator[Span]:
        form = plain(text)
        for keyword, start, end in self._index.find(form.chars):
            if not keyword.whole or _stands_alone(form.chars, start, end):
                yield form.span(start, end)


class DisguiseMatcher:
    """Keywords in look-alike letters, digits, with marks, stretched, or pulled apart."""

    def __init__(self, keywords: Sequence[Keyword]) -> None:
        self._index = Index(_disguises(keywords))

    def spans(self, text: str) -> Iterator[Span]:
        form = bare(text)
        runs = runs_of(form.chars)
        for keyword, first, last in self._index.find(runs.classes):
            for found in find(keyword, form, runs, first, last):
                yield form.span(found.start, found.stop)


class HomophoneMatcher:
    """Chinese keywords, in characters that are read alike."""

    def __init__(self, keywords: Sequence[Keyword]) -> None:
        chinese = [word.text for word in keywords if is_heard(word.text)]
        self._heard = Homophones.of(chinese)
        forms = (form for word in chinese for form in (word, *abbreviated(word)))
        self._index = Index((self._heard.listen(form), form) for form in forms)

    def spans(self, text: str) -> Iterator[Span]:
        form = bare(text)
        for _, start, end in self._index.find(self._heard.listen(form.chars)):
            if is_joined(form, start, end) and is_whole(form, start, end):
                yield form.span(start, end)


class Part(Protocol):
    """One way to find keywords."""

    def spans(self, text: str) -> Iterator[Span]:
        """Each keyword's place, in no order; places may overlap."""
        ...


class Matcher(Struct, frozen=True):
    """All ways to find a keyword, less what is allowed all the same."""

    parts: tuple[Part, ...]
    allowed: PlainMatcher

    def spans(self, text: str) -> Iterator[Span]:
        """Each keyword's place, in no order; places may overlap."""
        innocent: list[Span] | None = None
        for part in self.parts:
            for span in part.spans(text):
                if innocent is None:
                    innocent = list(self.allowed.spans(text))
                if not any(word.start <= span.start and span.end <= word.end for word in innocent):
                    yield span


def _disguises(keywords: Sequence[Keyword]) -> Iterator[tuple[str, Disguised]]:
    for word in keywords:
        form = bare(word.text)
        if known := disguised(form, whole=word.whole):
            yield runs_of(form.chars).classes, known


def _stands_alone(chars: str, start: int, end: int) -> bool:
    before = start == 0 or not continues_word(chars[start - 1], chars[start])
    return before and (end == len(chars) or not continues_word(chars[end - 1], chars[end]))
