"""What can go wrong with Bilibili.

BilibiliError
├── PacketError      bytes that are no packet: drop them
├── RefusedError     the platform says no, and will again: try seldom
└── LostError        the connection is gone or silent: connect again
"""


class BilibiliError(Exception):
    """Base; the text is one sentence for a person and holds no secret."""


class PacketError(BilibiliError):
    """Bytes that are no packet, or unpack to more than is allowed."""


class RefusedError(BilibiliError):
    """The platform answered no."""


class LostError(BilibiliError):
    """The connection ended, or nothing has come for too long."""
