"""What has to be installed for a format."""

import importlib.util

from ishowtts_player.errors import ApiError

NOT_IMPLEMENTED = 501


def require(what: str, *packages: str) -> None:
    """Make sure that packages are there, without importing them.

    Raises:
        ApiError: 501, what to install.
    """
    for name in packages:
        if importlib.util.find_spec(name) is None:
            text = f"{what} needs {name}; install it with: pip install 'ishowtts[formats]'"
            raise ApiError(NOT_IMPLEMENTED, "NOT_AVAILABLE", text)
