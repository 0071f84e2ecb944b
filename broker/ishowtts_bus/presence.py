"""Who is there: presence and facts of nodes, as the bus shows them. Pure policy."""

import difflib
from collections.abc import Iterable, Iterator

from ishowtts_schemas import NodeInfo, NodeState

MAX_NODES = 256
MAX_LISTED = 10

Address = tuple[str, str]
"""Kind and instance."""


class NodeTable:
    """The last life of every node that was announced; full, it forgets one that is offline.

    State and facts are retained apart and arrive in any order, and a dead process's will may
    arrive after the birth of its successor: only the latest incarnation counts.
    """

    def __init__(self, capacity: int = MAX_NODES) -> None:
        self._capacity = capacity
        self._states: dict[Address, NodeState] = {}
        self._infos: dict[Address, NodeInfo] = {}

    @property
    def states(self) -> list[NodeState]:
        """Last known presence, by kind and instance."""
        return [self._states[address] for address in sorted(self._states)]

    @property
    def infos(self) -> list[NodeInfo]:
        """Last known facts, of nodes that are gone too, by kind and instance."""
        return [self._infos[address] for address in sorted(self._infos)]

    def on_state(self, state: NodeState) -> bool:
        """Take presence; False where it is of an earlier life, or there is no room for it."""
        address = (state.node, state.instance)
        known = self._states.get(address)
        if known is not None and state.incarnation < known.incarnation:
            return False
        if not self._has_room(address):
            return False
        self._states[address] = state
        return True

    def on_info(self, info: NodeInfo) -> bool:
        """Take facts; False where they are of an earlier life, or there is no room for them."""
        address = (info.node, info.instance)
        known = self._infos.get(address)
        if known is not None and info.incarnation < known.incarnation:
            return False
        if not self._has_room(address):
            return False
        self._infos[address] = info
        return True

    def state(self, kind: str, instance: str) -> NodeState | None:
        """Last known presence of one node."""
        return self._states.get((kind, instance))

    def info(self, kind: str, instance: str) -> NodeInfo | None:
        """Last known facts of one node."""
        return self._infos.get((kind, instance))

    def ready(self, kind: str) -> list[NodeInfo]:
        """Facts of the nodes of a kind that take work now, by instance."""
        return [info for info in self.infos if info.node == kind and self._is_ready(info)]

    def any_ready(self, kind: str) -> bool:
        """Whether a node of a kind takes work now, its facts known or not."""
        return any(one.node == kind and one.health == "ready" for one in self._states.values())

    def gone(self, kind: str, instance: str, incarnation: int) -> bool:
        """Whether this very process can no longer finish what it took."""
        state = self.state(kind, instance)
        if state is None or state.incarnation < incarnation:
            return False
        return state.incarnation > incarnation or state.health == "offline"

    def _is_ready(self, info: NodeInfo) -> bool:
        state = self.state(info.node, info.instance)
        if state is None or state.health != "ready":
            return False
        return state.incarnation == info.incarnation

    def _has_room(self, address: Address) -> bool:
        if address in self._states or address in self._infos:
            return True
        if len(self._states.keys() | self._infos.keys()) < self._capacity:
            return True
        offline = next(self._offline(), None)
        if offline is None:
            return False
        del self._states[offline]
        self._infos.pop(offline, None)
        return True

    def _offline(self) -> Iterator[Address]:
        return (address for address, one in self._states.items() if one.health == "offline")


def unknown_name(what: str, wanted: str, known: Iterable[str]) -> str:
    """One sentence for a name that does not exist: what comes close, or what there is."""
    names = list(dict.fromkeys(known))
    longer = [name for name in names if name.startswith(wanted)] if wanted else []
    close = longer[:3] or difflib.get_close_matches(wanted, names, 3, 0.5)
    if close:
        return f"no {what} {wanted!r}; did you mean {' or '.join(close)}?"
    listed = ", ".join(names[:MAX_LISTED]) or "none"
    more = " ..." if len(names) > MAX_LISTED else ""
    return f"no {what} {wanted!r}; there are: {listed}{more}"
