"""Which words of a message are pictures."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ishowtts_schemas import Emote

_RANGE = re.compile(r"([0-9]{1,6})-([0-9]{1,6})")
_CHEER = re.compile(r"(?<!\S)([A-Za-z][A-Za-z0-9]*?)([1-9][0-9]{0,6})(?!\S)")
_SHIFTS = (0, -1, 1)
"""Twitch's ranges are at times one off: https://github.com/twitchdev/issues/issues/175."""
_NOWHERE = (-9, -9)
"""What is unreadable is a range that fits nothing, shifted or not."""
_GLOBAL_CHEERS = frozenset(
    {
        *("cheer", "doodlecheer", "cheerwhal", "corgo", "uni", "showlove", "party", "seemsgood"),
        *("pride", "kappa", "frankerz", "heyguys", "dansgame", "elegiggle", "trihard"),
        *("kreygasm", "4head", "swiftrage", "notlikethis", "failfish", "vohiyo", "pjsalt"),
        *("mrdestructoid", "bday", "ripcheer", "shamrock", "biblethump", "bitboss"),
        *("streamlabs", "muxy", "holidaycheer", "goal", "anon", "charity", "scoops"),
    }
)


class Emotes(NamedTuple):
    """What was found.

    Attributes:
        found: In order, without overlaps.
        misplaced: Ranges that fit no word.
    """

    found: tuple[Emote, ...]
    misplaced: int


def find_emotes(tag: str, text: str) -> Emotes:
    """Read the `emotes` tag: `id:start-end,start-end/id:...`, in code points, `end` inclusive.

    A range that is off by one or reaches beyond the text counts for the word that it meant;
    one that fits no word is left out, and the word is then text.
    """
    if not tag:
        return Emotes((), 0)
    found: dict[int, Emote] = {}
    misplaced = 0
    for start, end in _ranges(tag):
        emote = _fit(text, start, end + 1)
        if emote is None:
            misplaced += 1
        else:
            found[emote.start] = emote
    return Emotes(tuple(found[start] for start in sorted(found)), misplaced)


def find_cheers(text: str, bits: int) -> tuple[Emote, ...]:
    """The cheermotes in a message that paid `bits`, such as `Cheer100`.

    IRC does not mark them, and each channel may have its own. What adds up to the bits that
    were paid is taken for them all; otherwise those that every channel has.
    """
    cheers = list(_CHEER.finditer(text))
    if sum(int(match[2]) for match in cheers) != bits:
        cheers = [match for match in cheers if match[1].lower() in _GLOBAL_CHEERS]
    return tuple(Emote(name=match[0], start=match.start(), end=match.end()) for match in cheers)


def _ranges(tag: str) -> Iterator[tuple[int, int]]:
    for emote in tag.split("/"):
        for one in emote.partition(":")[2].split(","):
            match = _RANGE.fullmatch(one)
            yield (int(match[1]), int(match[2])) if match else _NOWHERE


def _fit(text: str, start: int, end: int) -> Emote | None:
    for shift in _SHIFTS:
        first, last = start + shift, end + shift
        if _is_word(text, first, last):
            return Emote(name=text[first:last], start=first, end=last)
    return None


def _is_word(text: str, start: int, end: int) -> bool:
    """Whether it is delimited by spaces or the text's ends and holds no space itself."""
    return (
        0 <= start < end <= len(text)
        and (start == 0 or text[start - 1].isspace())
        and (end == len(text) or text[end].isspace())
        and not any(character.isspace() for character in text[start:end])
    )
