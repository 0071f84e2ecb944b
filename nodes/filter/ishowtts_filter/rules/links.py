"""Finds web addresses in chat: with a scheme, with `www.`, or bare."""

import re
from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.text import LinksSettings
from ishowtts_filter.text.cleaning import plain

_SURE = (
    "com|net|org|info|biz|edu|gov|mil|io|tv|dev|app|xyz|online|website|icu|vip|casino|bet|porn|xxx"
    "|ly|uk|de|fr|ru|cn|jp|kr|tw|hk|br|eu|ca|au|nl|ch|pl|cz|fi|dk|gr|tr|ua|mx|nz|sg|th|vn|ir|tk|ga"
    "|cf|gq|su"
)
# Words, file endings and chat slang: an address only where a path follows.
_WITH_PATH = (
    "me|be|to|is|it|in|at|so|am|as|do|no|my|us|es|se|ar|id|ai|co|cc|ws|la|fm|im|pm|st|sh|py|md|rs"
    "|ps|ml|gg|moe|live|link|click|top|club|shop|store|site|stream|win|fun|lol|wtf|tech|cloud|page"
    "|blog|news|art|game|games|social|chat|video|media|money|space|world|life|work|one|pro"
)

# Ideographs are left out of labels: Chinese puts no space before `.net`.
_LABEL = r"[a-z0-9\u00a1-\u2dff-]"
_DOT = r"(?:\.|\[\.?\]|\(\.\)|\[dot\]|\(dot\))"
_DOMAIN = rf"(?:{_LABEL}+{_DOT})+"
_NO_MORE = r"(?![a-z0-9_-])"
_REST = r"[^\s<>\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]"
_LINK = re.compile(
    r"(?:(?<![a-z])[a-z][a-z0-9+.-]{1,20}://\S"
    r"|(?<![a-z0-9])(?:javascript:|magnet:|mailto:|data:[a-z]+/)\S"
    r"|(?<![a-z0-9.-])www\.[^\s.]"
    rf"|(?<!{_LABEL})(?<!\.){_DOMAIN}(?:{_SURE}|xn--[a-z0-9-]+|\u0440\u0444){_NO_MORE}"
    rf"|(?<!{_LABEL})(?<!\.){_DOMAIN}(?:{_WITH_PATH}){_NO_MORE}(?::\d+)?[/?]\S"
    r"|(?<!\S)[\u3040-\u9fff]{2,63}\.(?:com|cn|jp|中国|公司|网络|网址|香港|台湾)(?![^\s/])"
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5}|/\S)"
    r"|(?<![a-z0-9])bv1[a-z0-9]{9}(?![a-z0-9])"
    rf"){_REST}*"
)
# Nine messages of ten hold nothing of the kind, and this is ten times as fast.
_HINT = re.compile(r"[.:][^\s.]|dot[)\]]|bv1")
_MAILBOX = re.compile(r"[\w.+-]+@\Z")
_SIGNS = (
    ("．", "."),
    ("：", ":"),
    ("／", "/"),
    ("＠", "@"),
    ("－", "-"),
    ("？", "?"),
    ("\u0130", "i"),
)
_FULL_STOP = re.compile("(?<=[a-z0-9])[。｡](?=[a-z])")
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:/*)?(?:[^@/]*@)?(?:www\.)?")
_HOST_END = re.compile(r"[:/?#]")
_AFTER = ".,;!?)\"'"
_SHOWN_CHARS = 40
_MAILBOX_CHARS = 64


class LinksRule:
    """Rejects or replaces web addresses; `3.14` and `v2.0.1` are none."""

    name: ClassVar[str] = "links"

    def __init__(self, settings: LinksSettings) -> None:
        self._settings = settings
        self._allow = tuple(map(_domain, settings.allow))

    def apply(self, draft: Draft) -> Draft | Rejection:
        if self._settings.mode == "speak":
            return draft
        folded = _fold(draft.text)
        if _HINT.search(folded) is None:
            return draft
        pieces: list[str] = []
        at = 0
        for found in _LINK.finditer(folded):
            start = _start(folded, at, found.start())
            link = folded[start : found.end()].rstrip(_AFTER)
            said = self._said(link)
            if said is None:
                return Rejection(f"contains a link ({link[:_SHOWN_CHARS]})")
            pieces += (draft.text[at:start], f" {said} ")
            at = start + len(link)
        return self._rewritten(draft, [*pieces, draft.text[at:]]) if pieces else draft

    def _rewritten(self, draft: Draft, pieces: list[str]) -> Draft | Rejection:
        text = " ".join("".join(pieces).split())
        if not text:
            return Rejection("only a link")
        return draft if text == draft.text else replace(draft, text=text)

    def _said(self, link: str) -> str | None:
        """What is said instead; None where the message is rejected."""
        domain = _domain(link)
        for allowed in self._allow:
            if domain == allowed or domain.endswith(f".{allowed}"):
                return allowed
        if self._settings.mode == "reject":
            return None
        return self._settings.word if self._settings.mode == "word" else ""


def _start(folded: str, low: int, found: int) -> int:
    """Where a link begins; before the domain of a mail address stands a mailbox."""
    if folded[found - 1 : found] != "@":
        return found
    mailbox = _MAILBOX.search(folded, max(low, found - _MAILBOX_CHARS), found)
    return mailbox.start() if mailbox else found


def _domain(link: str) -> str:
    bare = _SCHEME.sub("", link.lower(), count=1)
    return _HOST_END.split(bare, maxsplit=1)[0]


def _fold(text: str) -> str:
    """Small and plain letters, narrow signs: each in its place, what is found is cut there."""
    if text.isascii():
        return text.lower()
    for sign, narrow in _SIGNS:
        text = text.replace(sign, narrow)
    return _FULL_STOP.sub(".", plain(text).lower())
