"""Digits and symbols that are written for letters."""

from ishowtts_filter.words.translation import Translation

WRITINGS: dict[str, str] = {
    "a": "4@",
    "b": "68",
    "c": "(<¢",
    "e": "3€",
    "g": "69",
    "i": "1!|¡",
    "l": "1|£",
    "o": "0",
    "s": "5$§",
    "t": "7+",
    "u": "v",
    "x": "×",
    "y": "¥",
    "z": "2",
}
"""What else a letter may be written as."""

SYMBOLS = frozenset(char for chars in WRITINGS.values() for char in chars if not char.isalnum())


def _classes(writings: dict[str, str]) -> dict[str, str]:
    """A representative for each character: those that may stand for one letter share one."""
    groups: list[set[str]] = []
    for letter, chars in writings.items():
        group = {letter, *chars}
        touching = [known for known in groups if known & group]
        groups = [known for known in groups if not known & group]
        groups.append(group.union(*touching))
    return {char: min(group) for group in groups for char in group}


_CLASSES = _classes(WRITINGS)
_COARSE = Translation(lambda char: _CLASSES.get(char, char))


def coarse(chars: str) -> str:
    """Characters as their classes: what could be one word has one coarse form."""
    return chars.translate(_COARSE)
