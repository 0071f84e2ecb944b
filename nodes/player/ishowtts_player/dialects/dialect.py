"""What sets one interface apart from the others, as far as all of them have to know."""

from collections.abc import Callable
from dataclasses import dataclass

from ishowtts_player.errors import ApiError
from ishowtts_player.settings.listeners import DialectName

Rendered = tuple[bytes, str]
"""A body and its content type."""


@dataclass(frozen=True)
class Dialect:
    """One interface.

    Attributes:
        name: As clients and the configuration call it.
        label: For people.
        render_error: Writes an error as its clients read it.
        paths: Where its paths begin that no other interface has.
        late_token: Ends of WebSocket paths that may show their token in the first message.
        closes_unauthorized: Its WebSockets tell a wrong token with close code 1008, after the
            handshake, and not with a refused handshake.
        aliases: Other names for it.
    """

    name: DialectName
    label: str
    render_error: Callable[[ApiError], Rendered]
    paths: tuple[str, ...] = ()
    late_token: tuple[str, ...] = ()
    closes_unauthorized: bool = False
    aliases: tuple[str, ...] = ()
