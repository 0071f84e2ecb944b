"""How names of people are said: in the template, and where chat mentions them."""

from functools import lru_cache

import regex

from ishowtts_filter.text.cleaning import clean, cut, fold, has_speech, plain

MENTION = r"(?<![\w@.+-])[@＠]\w(?:[\w-]*\w)?"
"""`@name`; not an e-mail address."""

_READ_CHARS = 200
_FRAME = regex.compile(r"[xX]{1,2}_+(.+?)_+[xX]{1,2}")
_NOT_SAID = regex.compile(r"[^\p{L}\p{M}\p{N}'’·&]+")
_LONG_NUMBER = regex.compile(r"\p{Nd}{5,}")
_RUN = regex.compile(r"((\p{L})\p{M}*)(?:\1){3,}", regex.IGNORECASE)


def spoken_name(name: str, limit: int) -> str:
    """A name as a person would say it, at most `limit` code points; empty where nobody could.

    `xX_DarkLord_2009_Xx` is DarkLord 2009: frames, underscores, emoji and long numbers go.
    """
    line = plain(clean(name[:_READ_CHARS]))
    framed = _FRAME.fullmatch(line)
    words = _NOT_SAID.sub(" ", framed.group(1) if framed else line)
    short = _RUN.sub(r"\1\1\1", _LONG_NUMBER.sub(" ", words))
    tidy = cut(" ".join(short.split()), limit)
    return tidy if has_speech(tidy) else ""


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """A name, login or id as it is compared: without case, width and a leading `@`."""
    return fold(name[:_READ_CHARS]).strip().lstrip("@")


def same_name(one: str, other: str) -> bool:
    """Whether a mention means a name, however it is written: with spaces it cannot be."""
    key = "".join(name_key(one).split())
    return key == "".join(name_key(other).split()) != ""
