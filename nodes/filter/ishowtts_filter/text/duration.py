"""How long a text will sound, before anybody has spoken it."""

import re

_IDEOGRAPH = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)

# Ordinary speaking rates: 180 English words and 270 Chinese syllables a minute.
_CHARS_PER_S = 15.0
_IDEOGRAPHS_PER_S = 4.5
_PAUSE_S = 0.3


def typical_s(text: str) -> float:
    """Seconds that an average voice takes."""
    ideographs = 0 if text.isascii() else len(_IDEOGRAPH.findall(text))
    others = len(text) - ideographs
    return _PAUSE_S + others / _CHARS_PER_S + ideographs / _IDEOGRAPHS_PER_S
