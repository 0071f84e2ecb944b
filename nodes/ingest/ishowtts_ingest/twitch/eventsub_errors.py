"""What can go wrong with Twitch's API; the texts are for people and hold no secret."""


class RefusedError(Exception):
    """Twitch says no, and will again until a person changes something."""


class UnreachableError(Exception):
    """Twitch cannot be asked now, or not so often: try again later."""
