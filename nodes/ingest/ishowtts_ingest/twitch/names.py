"""What people paste where a channel or a token is asked for."""

import re
from urllib.parse import urlsplit

from ishowtts_ingest.errors import SourceError

_LOGIN = re.compile(r"[a-z0-9_]{1,25}")
_HOSTS = frozenset({"twitch.tv", "www.twitch.tv", "m.twitch.tv", "dashboard.twitch.tv"})
_TOKEN = re.compile(r"[A-Za-z0-9]{1,200}")
_TOKEN_PREFIX = re.compile(r"(?:oauth:|bearer\s+|oauth\s+)", re.IGNORECASE)
_FRAGMENT = re.compile(r"[#?&]?\baccess_token=([^&\s]*)")
SHOWN_CHARS = 60


def is_login(name: str) -> bool:
    """Whether it is a login as Twitch writes it."""
    return _LOGIN.fullmatch(name) is not None


def normalise_login(text: str) -> str:
    """A channel's or a user's login out of a name, `#name`, `@name` or an address of its page.

    Raises:
        SourceError: It is none.
    """
    typed = text.strip()
    # urlsplit drops line ends inside an address without a word.
    whole = typed if typed.isprintable() else ""
    name = _from_address(whole) if "/" in whole else whole.lstrip("#@")
    login = name.lower()
    # `lower` may turn other letters into ASCII: the Kelvin sign becomes a `k`.
    if not (name.isascii() and is_login(login)):
        raise SourceError(
            f"{typed[:SHOWN_CHARS]!r} is no Twitch channel: write its name, a-z, 0-9 and _,"
            " or the address of its page"
        )
    return login


def _from_address(address: str) -> str:
    """The channel that a page is about; a bare path counts as one on Twitch."""
    if address.startswith("/"):
        address = f"https://twitch.tv{address}"
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    return _channel_of([page for page in parts.path.split("/") if page]) if host in _HOSTS else ""


def _channel_of(pages: list[str]) -> str:
    """Skips what stands before the name in the addresses of pop-outs and dashboards."""
    while pages and pages[0].lower() in {"popout", "embed", "moderator", "u"}:
        pages = pages[1:]
    return pages[0] if pages else ""


def normalise_token(text: str, origin: str = "ingest.twitch_irc.token") -> str:
    """The bare token out of `oauth:...`, `Bearer ...`, or the address a login ended on.

    Args:
        text: As a person pasted it.
        origin: Which setting it is.

    Raises:
        SourceError: It is none. The token itself is not repeated.
    """
    fragment = _FRAGMENT.search(text)
    token = fragment[1] if fragment else _TOKEN_PREFIX.sub("", text.strip(), count=1).strip()
    if token and _TOKEN.fullmatch(token) is None:
        raise SourceError(f"{origin} is no Twitch token: letters and digits only")
    return token
