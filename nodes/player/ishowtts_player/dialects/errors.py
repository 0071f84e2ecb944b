"""The one place where an error is written in the shape that its client expects."""

from collections.abc import Mapping
from typing import Any

from ishowtts_player.dialects import registry
from ishowtts_player.dialects.dialect import Dialect, Rendered
from ishowtts_player.errors import ApiError

CHOSEN = "dialect"
"""In the connection's state: the interface that answers, once that is certain."""
ASKED = "dialect_asked"
"""In the connection's state: the one that the client named, by header, query or path."""
LISTENER = "dialect_of_listener"
"""In the connection's state: the one that the port stands for."""


def render_error(scope: Mapping[str, Any], error: ApiError) -> Rendered:
    """The body of an error answer and its content type.

    Args:
        scope: Of the connection.
        error: To be told.
    """
    return dialect_of(scope).render_error(error)


def dialect_of(scope: Mapping[str, Any]) -> Dialect:
    """Whose client this is, as far as can be said now."""
    state: Mapping[str, Dialect | None] = scope.get("state") or {}
    certain = state.get(CHOSEN) or state.get(ASKED) or registry.owner(scope["path"])
    if certain is not None:
        return certain
    shared = registry.shared_by(scope["path"])
    listener = state.get(LISTENER)
    if shared and listener not in shared:
        return shared[0]
    return listener or registry.HOUSE
