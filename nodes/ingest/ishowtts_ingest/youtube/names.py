"""What people paste where a YouTube channel is asked for."""

import re
import unicodedata
from urllib.parse import SplitResult, parse_qs, urlsplit

from ishowtts_ingest.errors import SourceError

_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")
_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}")
_HANDLE = re.compile(r"@[\w.\u00b7-]{3,30}")
_HOSTS = frozenset(
    {"youtube.com", "www.youtube.com", "m.youtube.com", "gaming.youtube.com", "studio.youtube.com"}
)
_BEFORE_VIDEO = frozenset({"live", "embed", "shorts", "v", "video"})
SHOWN_CHARS = 60


def normalise(text: str) -> str:
    """A video's id, `@handle` or a channel's id, out of one of them or of an address.

    Raises:
        SourceError: It is none.
    """
    typed = text.strip()
    # urlsplit drops line ends inside an address without a word.
    whole = typed if typed.isprintable() else ""
    name = _from_address(whole) if "/" in whole else whole
    if _VIDEO.fullmatch(name) or _CHANNEL.fullmatch(name):
        return name
    if _HANDLE.fullmatch(name):
        return unicodedata.normalize("NFC", name).lower()
    raise SourceError(
        f"{typed[:SHOWN_CHARS]!r} is no YouTube stream: write a video's id or address,"
        " or the channel's @handle"
    )


def is_video(name: str) -> bool:
    """Whether a normalised name is one video, and not a channel with a stream now and then."""
    return _VIDEO.fullmatch(name) is not None


def _from_address(address: str) -> str:
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    if host == "youtu.be":
        return parts.path.strip("/")
    return _from_page(parts) if host in _HOSTS else ""


def _from_page(parts: SplitResult) -> str:
    asked = parse_qs(parts.query).get("v", [])
    if asked:
        return asked[0]
    pages = [page for page in parts.path.split("/") if page]
    if len(pages) > 1 and (pages[0] in _BEFORE_VIDEO or pages[0] == "channel"):
        return pages[1]
    return pages[0] if pages else ""
