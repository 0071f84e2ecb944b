"""Emoji in text: which characters are pictures."""

import re

import regex

# Signs that are spoken or punctuate, though they have a picture too.
_SIGNS = r"©®™ℹ‼⁉〰〽㊗㊙Ⓜ"
_PICTURE = rf"[\p{{Extended_Pictographic}}--[{_SIGNS}]]"
_TRIMMING = r"[\uFE0E\uFE0F\u20E3\p{Emoji_Modifier}\U000E0020-\U000E007F]"
_ONE = rf"(?:\p{{RI}}{{1,2}}+|\p{{Emoji_Modifier}}|{_PICTURE}(?:{_TRIMMING}|\u200D{_PICTURE})*+)"
EMOJI = regex.compile(_ONE, regex.V1)
"""One emoji, with its skin tone, its flag's letters, or all who are joined to it."""
EMOJI_RUN = regex.compile(rf"(?:{_ONE}\s*+)++", regex.V1)

_KEYCAP = regex.compile(r"([0-9#*])\uFE0F?\u20E3")


# Every emoji starts in one of these blocks; ten times as fast on Chinese as looking for one.
_BLOCKS = re.compile("[\u203c-\u2bff\u3030-\u303d\U0001f000-\U0001fbff]")


def may_hold_emoji(text: str) -> bool:
    """False where there is certainly none."""
    return _BLOCKS.search(text) is not None


def without_keycaps(text: str) -> str:
    """Digits in boxes as digits."""
    return _KEYCAP.sub(r"\1", text) if "\u20e3" in text else text
