"""What can go wrong with YouTube.

YoutubeError
├── NotLiveError      there is no chat now, but there may be one later: look seldom
├── OverError         this video's chat will not come back
├── QuotaError        nothing may be asked until the quota begins anew
├── RefusedError      the key does not count, or may not ask: a person must change something
├── StaleTokenError   the place in the chat is not known any more: begin at its first page
└── UnreachableError  no answer, or none that can be read: try again
"""


class YoutubeError(Exception):
    """Base; the text is one sentence for a person and holds no secret."""


class NotLiveError(YoutubeError):
    """Nobody streams."""


class OverError(YoutubeError):
    """The video's chat has ended, or it never had one."""


class QuotaError(YoutubeError):
    """The day's quota is used up.

    Attributes:
        wait_s: Until it begins anew.
    """

    def __init__(self, text: str, wait_s: float) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class RefusedError(YoutubeError):
    """YouTube answered no."""


class StaleTokenError(YoutubeError):
    """The token of the next page does not count."""


class UnreachableError(YoutubeError):
    """YouTube cannot be asked now."""
