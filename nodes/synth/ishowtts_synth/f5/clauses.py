"""Text as the clauses in which it is spoken, a short one first.

Where text may be parted, and how much of it is said at once, is as in stock's `chunk_text`. What
is not in stock: a smaller measure for the first clause, so that speech begins soon; sentences
without punctuation are parted too, at spaces where there are any; emoji are not spoken.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ishowtts_synth.f5.duration import SHORT_TEXT_BYTES, utf8_length

_BOUNDARY = re.compile(r"(?<=[;:,.!?])\s+|(?<=[；：，。！？])")
_SPACES = re.compile(r"\s+")
_UNSPOKEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Me"))
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


@dataclass(frozen=True)
class Clause:
    """What is said at once.

    Attributes:
        start: Characters of the whole text before it.
        text: What is said.
    """

    start: int
    text: str


def split(text: str, *, most_bytes: int, first_bytes: int = 0) -> list[Clause]:
    """Part a text; there is nothing where it holds nothing that can be spoken.

    Args:
        text: Any text.
        most_bytes: UTF-8 length of a clause at most.
        first_bytes: What the first clause should have, if punctuation allows; 0: as the others.
    """
    spoken = "".join(char if _is_spoken(char) else " " for char in text)
    pieces = [piece for piece in _pieces(spoken, most_bytes) if piece.text.strip()]
    clauses = list(_pack(pieces, most_bytes, min(first_bytes or most_bytes, most_bytes)))
    if first_bytes:
        clauses = _rejoin(clauses, most_bytes)
    return [clause for clause in clauses if is_speakable(clause.text)]


def is_speakable(text: str) -> bool:
    """Whether there is a letter or a digit."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def _is_spoken(char: str) -> bool:
    if char.isspace():
        return False
    return unicodedata.category(char) not in _UNSPOKEN and ord(char) not in _VARIATION_SELECTORS


def _pieces(text: str, most_bytes: int) -> Iterator[Clause]:
    """What stands between two places where text may be parted."""
    start = 0
    ends = [(found.start(), found.end()) for found in _BOUNDARY.finditer(text)]
    for end, following in [*ends, (len(text), len(text))]:
        for at in _cuts(text, start, end, most_bytes):
            said = text[start:at]
            indent = len(said) - len(said.lstrip())
            yield Clause(start + indent, _SPACES.sub(" ", said))
            start = at
        start = following


def _cuts(text: str, start: int, end: int, most_bytes: int) -> Iterator[int]:
    """Ends of the parts of one sentence, none with more bytes than a clause may have."""
    while utf8_length(text[start:end]) > most_bytes:
        fitting = text[start:end].encode()[:most_bytes].decode(errors="ignore")
        space = text.rfind(" ", start + 1, start + len(fitting) + 1)
        start = space if space > start else start + len(fitting)
        yield start
    yield end


def _pack(pieces: list[Clause], most_bytes: int, first_bytes: int) -> Iterator[Clause]:
    """As many pieces together as fit; the first clause at least as long as is not `short`."""
    text, start, limit, least = "", 0, first_bytes, SHORT_TEXT_BYTES
    for piece in pieces:
        grown = utf8_length(text) + utf8_length(piece.text)
        full = grown > limit and (utf8_length(text) >= least or grown > most_bytes)
        if text and full:
            yield Clause(start, text.strip())
            text, limit, least = "", most_bytes, 0
        if not text:
            start = piece.start
        text += piece.text + (" " if piece.text[-1].isascii() else "")
    if text:
        yield Clause(start, text.strip())


def _rejoin(clauses: list[Clause], most_bytes: int) -> list[Clause]:
    """Without a short first measure two clauses may be one: no slow scrap is left over."""
    if len(clauses) != 2 or utf8_length(clauses[1].text) >= SHORT_TEXT_BYTES:  # noqa: PLR2004
        return clauses
    first, second = clauses
    space = " " if first.text[-1].isascii() else ""
    whole = f"{first.text}{space}{second.text}"
    return [Clause(first.start, whole)] if utf8_length(whole) <= most_bytes else clauses
