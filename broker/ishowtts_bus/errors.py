"""What can go wrong around the bus, one type per thing a caller can do about it.

BusError
    BusTimeoutError     the broker or the other side did not answer in time: try again later
    BusRefusedError     the broker will not take it: change the broker's access rules
    BusTakenOverError   another process uses this client id: give one of them another instance
NodeError               the node cannot run as configured: tell the person
SettingsError           the configuration is wrong: tell the person
"""


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


class SettingsError(ValueError):
    """Wrong configuration; the text is one sentence for a person."""
