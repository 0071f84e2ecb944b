"""Whether letters found in disguise are a keyword, or innocents that share its letters."""

from collections.abc import Iterator
from itertools import compress, groupby, pairwise
from operator import ne

import regex
from msgspec import Struct

from ishowtts_filter.words.folding import APOSTROPHE, BREAK, JOINER, NO_GAP, SPACE, Folded
from ishowtts_filter.words.leet import WRITINGS, coarse
from ishowtts_filter.words.scripts import is_unspaced, is_wordy

# English doubles letters: `good` is not `god`, `gooood` may be.
_STRETCHED = 3
_SHORT_CHARS = 3
_MAX_FOUND_CHARS = 256
# `he ll` is only short of its apostrophe.
_NO_WORD = regex.compile(r"(?!ll$)[b-df-hj-np-tv-xz]{2,}")


class Disguised(Struct, frozen=True):
    """What is known of a keyword.

    Attributes:
        letters: Its own characters.
        runs: For each character, what it may be written as and how often it is repeated.
        length: Characters in all.
        spaces: Gaps of the keyword itself.
        whole: Whether it counts only as a whole word.
    """

    letters: frozenset[str]
    runs: tuple[tuple[str, int], ...]
    length: int
    spaces: int
    whole: bool


class Runs(Struct, frozen=True):
    """A text as runs of characters of one class, with the way back.

    Attributes:
        classes: One character per run.
        starts: Where each run starts among the text's characters, and the end of the last.
    """

    classes: str
    starts: tuple[int, ...]


def runs_of(chars: str) -> Runs:
    """Characters that may stand for the same letter, as one."""
    classes = coarse(chars)
    changes = list(map(ne, classes, "\0" + classes))
    starts = compress(range(len(chars)), changes)
    return Runs("".join(compress(classes, changes)), (*starts, len(chars)))


def disguised(form: Folded, *, whole: bool) -> Disguised | None:
    """A bare keyword as it is looked for; None where too little is left to be told apart."""
    chars = form.chars
    if len(chars) <= 1 or not any(map(str.isalpha, chars)):
        return None
    others = WRITINGS if len(chars) >= _SHORT_CHARS else {}
    runs = tuple((c + others.get(c, ""), sum(1 for _ in run)) for c, run in groupby(chars))
    spaces = _count(form.gaps[1:-1])
    return Disguised(frozenset(chars), runs, len(chars), spaces, whole)


def find(keyword: Disguised, form: Folded, runs: Runs, first: int, last: int) -> Iterator[range]:
    """Where the keyword stands within the runs from `first` up to `last`."""
    start, end = runs.starts[first], runs.starts[last]
    if not keyword.length <= end - start <= _MAX_FOUND_CHARS:
        return
    for begin in range(start, runs.starts[first + 1]):
        for stop in sorted(_ends(keyword, form.chars, begin, end), reverse=True):
            if _is_meant(keyword, form, begin, stop):
                yield range(begin, stop)
                return


def _ends(keyword: Disguised, chars: str, begin: int, end: int) -> set[int]:
    """Where the keyword may end when it begins there."""
    positions = {begin}
    for writings, times in keyword.runs:
        positions = {
            after
            for position in positions
            for after in _after(chars, position, end, writings, times)
        }
    return positions


def _after(chars: str, position: int, end: int, writings: str, times: int) -> Iterator[int]:
    stop = position
    while stop < end and chars[stop] in writings:
        stop += 1
    if stop - position >= times:
        yield position + times
    yield from range(position + max(_STRETCHED, times + 1), stop + 1)


def _is_meant(keyword: Disguised, form: Folded, begin: int, stop: int) -> bool:
    return (
        _has_letters(keyword, form.chars[begin:stop])
        and (not keyword.whole or is_whole(form, begin, stop))
        and _is_one(keyword, form, begin, stop)
    )


def _has_letters(keyword: Disguised, found: str) -> bool:
    """Whether enough of it is letters: `455` is a number."""
    if keyword.letters.issuperset(found):
        return True
    letters = sum(map(str.isalpha, found))
    digits = sum(map(str.isdigit, found))
    return letters > 1 or (letters == 1 and digits * 2 <= len(found))


def is_whole(form: Folded, begin: int, stop: int) -> bool:
    """Whether no word goes on around it: there is no `@ss` in `b@ss`."""
    chars, gaps = form.chars, form.gaps
    before = begin > 0 and gaps[begin] == NO_GAP and is_wordy(chars[begin - 1])
    after = stop < len(chars) and gaps[stop] == NO_GAP and is_wordy(chars[stop])
    return not (
        (before and not is_unspaced(chars[begin])) or (after and not is_unspaced(chars[stop - 1]))
    )


def is_joined(form: Folded, begin: int, stop: int) -> bool:
    """Whether Chinese characters, with gaps between them, are one word that was pulled apart.

    A gap beside it tells: `你是傻 逼` is an insult, `他很傻 逼我走` are two clauses.
    """
    chars, gaps = form.chars, form.gaps
    before = begin == 0 or gaps[begin] != NO_GAP or not chars[begin - 1].isalnum()
    after = stop == len(chars) or gaps[stop] != NO_GAP or not chars[stop].isalnum()
    widest = max(gaps[begin + 1 : stop])
    if widest == BREAK:
        return before and after
    return widest != SPACE or before or after


def _is_one(keyword: Disguised, form: Folded, begin: int, stop: int) -> bool:
    gaps = form.gaps[begin + 1 : stop]
    if _count(gaps) <= keyword.spaces:
        return True
    unspaced = [is_unspaced(form.chars[end]) for end in (begin, stop - 1)]
    if not all(unspaced) and not is_whole(form, begin, stop):
        return False
    if any(unspaced):
        return is_joined(form, begin, stop)
    pieces = _pieces(form, begin, stop)
    if all(len(set(piece)) == 1 for piece in pieces):  # `f uuu c k`, but not `as set`
        return keyword.length > _SHORT_CHARS or not _goes_on(form, begin, stop)
    return max(gaps) == JOINER or (
        max(gaps) == SPACE and keyword.length > _SHORT_CHARS and _is_torn(pieces, form, begin, stop)
    )


def _pieces(form: Folded, begin: int, stop: int) -> list[str]:
    """What stands between the gaps."""
    inner = (at for at in range(begin + 1, stop) if form.gaps[at] != NO_GAP)
    return [form.chars[start:end] for start, end in pairwise((begin, *inner, stop))]


def _is_torn(pieces: list[str], form: Folded, begin: int, stop: int) -> bool:
    """Whether some piece is no word of its own: `fu ck`, but not `as set` or `sh it's ok`."""
    if APOSTROPHE in (form.gaps[begin], form.gaps[stop]):
        return False
    return any(map(_NO_WORD.fullmatch, pieces))


def _goes_on(form: Folded, begin: int, stop: int) -> bool:
    """Whether letters around belong to it: `u s b` and `what's b` are not `s b`."""
    chars, gaps = form.chars, form.gaps
    before = begin > 0 and (begin == 1 or gaps[begin - 1] != NO_GAP or gaps[begin] == APOSTROPHE)
    after = stop < len(chars) and (
        stop + 1 == len(chars) or gaps[stop + 1] != NO_GAP or gaps[stop] == APOSTROPHE
    )
    return (before and is_wordy(chars[begin - 1])) or (after and is_wordy(chars[stop]))


def _count(gaps: bytes) -> int:
    return len(gaps) - gaps.count(NO_GAP)
