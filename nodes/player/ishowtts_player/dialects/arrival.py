"""What a connection itself says about its interface, before anything of it is read.

In the connection's state stand then, as far as they are known, what `dialects.errors` names.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from ishowtts_player.dialects import registry
from ishowtts_player.dialects.dialect import Dialect
from ishowtts_player.dialects.errors import ASKED, LISTENER, dialect_of
from ishowtts_player.errors import InputError

HEADER = b"x-tts-dialect"
QUERY = "dialect"

Scope = MutableMapping[str, Any]


def note_dialect(
    scope: Scope, ports: Mapping[int, Dialect], fallback: Dialect | None = None
) -> InputError | None:
    """Write into the scope which interface is meant, and take its prefix off the path.

    Args:
        scope: Of an HTTP or WebSocket connection; it is changed.
        ports: What each extra port stands for.
        fallback: What every other port stands for; None for the bridge itself.

    Returns:
        What is wrong with that; None where all is well.
    """
    state = scope.setdefault("state", {})
    port: int = (scope.get("server") or ("", 0))[1]
    state[LISTENER] = ports.get(port, fallback)
    by_path = _take_prefix(scope)
    name = _named(scope)
    state[ASKED] = by_path if name is None else registry.find(name)
    if name is None or state[ASKED] is not None:
        return None
    known = ", ".join(registry.DIALECTS)
    return InputError(f"there is no dialect {name!r}; there are: {known}", "UNKNOWN_DIALECT")


def answer_headers(scope: Scope) -> dict[str, str]:
    """What an answer says about the choice, on paths where there was one."""
    if not registry.shared_by(scope["path"]):
        return {}
    return {"vary": "Accept, X-TTS-Dialect", "x-tts-dialect": dialect_of(scope).name}


def _take_prefix(scope: Scope) -> Dialect | None:
    path: str = scope["path"]
    first, slash, _ = path[1:].partition("/")
    dialect = registry.PREFIXES.get(first) if slash else None
    if dialect is not None:
        scope["path"] = path[len(first) + 1 :]
        raw: bytes = scope.get("raw_path") or path.encode()
        scope["raw_path"] = b"/" + raw[1:].partition(b"/")[2]
    return dialect


def _named(scope: Scope) -> str | None:
    """What header or query say; the header comes first."""
    for name, value in scope["headers"]:
        if name.lower() == HEADER:
            return value.decode("latin-1")
    query = parse_qsl(scope["query_string"].decode("latin-1"))
    return next((value for name, value in query if name == QUERY), None)
