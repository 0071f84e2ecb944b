"""Finds web addresses in chat: with a scheme, with `www.`, or bare."""

import re
import unicodedata
from typing import ClassVar

from ishowtts_filter.rules.base import Draft, Rejection
from ishowtts_filter.settings.text import LinksSettings

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
_DOMAIN = rf"(?:{_LABEL}+\.)+"
_NO_MORE = r"(?![a-z0-9_-])"
_LINK = re.compile(
    r"(?:(?<![a-z])[a-z][a-z0-9+.-]{1,20}://\S"
    r"|(?<![a-z0-9])(?:javascript:|magnet:|mailto:|data:[a-z]+/)\S"
    r"|(?<![a-z0-9.-])www\.[^\s.]"
    rf"|(?<!{_LABEL})(?<!\.){_DOMAIN}(?:{_SURE}|xn--[a-z0-9-]+|\u0440\u0444){_NO_MORE}"
    rf"|(?<!{_LABEL})(?<!\.){_DOMAIN}(?:{_WITH_PATH}){_NO_MORE}(?::\d+)?[/?]\S"
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5}|/\S)"
    r"|(?<![a-z0-9])bv1[a-z0-9]{9}(?![a-z0-9])"
    r")\S*"
)
_SHOWN_CHARS = 40


class LinksRule:
    """Rejects messages with a web address; `3.14` and `v2.0.1` are none."""

    name: ClassVar[str] = "links"

    def __init__(self, settings: LinksSettings) -> None:
        self._allow = settings.allow_links

    def apply(self, draft: Draft) -> Draft | Rejection:
        if self._allow:
            return draft
        found = find_link(draft.text)
        if found is None:
            return draft
        return Rejection(f"contains a link ({found[:_SHOWN_CHARS]})")


def find_link(text: str) -> str | None:
    """The first web address in a text, folded; None where there is none."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    found = _LINK.search(folded.lower())
    return found.group() if found else None
