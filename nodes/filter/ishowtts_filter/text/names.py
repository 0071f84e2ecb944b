"""How names of people are said: in the template, and where chat mentions them."""

import regex

from ishowtts_filter.text.cleaning import clean, cut, has_speech, plain

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


def same_name(one: str, other: str) -> bool:
    """Whether a mention means a name, however it is written."""
    return _key(one) == _key(other) != ""


def _key(name: str) -> str:
    return "".join(plain(clean(name[:_READ_CHARS])).casefold().split()).lstrip("@＠")
