"""What can go wrong with Twitch; the texts are for people and hold no secret."""

from ishowtts_ingest.network.web import NETWORK_ERRORS


class ConnectionLostError(Exception):
    """The connection ended; the text says how."""


class LoginRefusedError(Exception):
    """Twitch's chat does not take the account or its token; the text is Twitch's own."""


class RefusedError(Exception):
    """Twitch's API says no, and will again until a person changes something."""


class UnreachableError(Exception):
    """Twitch's API cannot be asked now, or not so often: try again later."""


LOST = (ConnectionLostError, *NETWORK_ERRORS)
"""A WebSocket that is to be opened anew."""
