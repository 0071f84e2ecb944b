"""What can go wrong around the bus, one type per thing a caller can do about it.

BusError
    BusTimeoutError     the broker or the other side did not answer in time: try again later
    BusRefusedError     the broker will not take it: change the broker's access rules
    BusTakenOverError   another process uses this client id: give one of them another instance
NodeError               the node cannot run as configured: tell the person
CommandError            a command to a node cannot be done: answer who gave it
SettingsError           the configuration is wrong: tell the person
"""

from ishowtts_schemas.node import CommandErrorCode


class BusError(Exception):
    """Base of all bus errors."""


class BusTimeoutError(BusError):
    """No acknowledgement or reply in time."""


class BusRefusedError(BusError):
    """The broker refused a connection, a subscription or a message."""


class BusTakenOverError(BusError):
    """Another process connected with the same client id."""


class NodeError(Exception):
    """A node that cannot run; the text is one sentence for a person."""


class CommandError(Exception):
    """What a node was told to do cannot be done.

    Attributes:
        code: Why, for programs.
    """

    def __init__(self, code: CommandErrorCode, text: str) -> None:
        super().__init__(text)
        self.code: CommandErrorCode = code


class SettingsError(ValueError):
    """Wrong configuration; the text is one sentence for a person."""
