"""Gifts that come again and again are one utterance: `Ann gives Rose times 5`.

Pure policy. The first gift carries the others: it waits in the queue with the words for all of
them, and they end as it ends.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from ishowtts_filter.flights.flight import INFINITY
from ishowtts_filter.settings.speech import GiftsSettings
from ishowtts_filter.utterance import Ended, Utterance

MAX_MERGED = 500

Key = tuple[str, ...]
Merge = Callable[[Sequence[Utterance]], Utterance]


class Group(Struct):
    """Gifts in the order in which they came; the first one that is left is the carrier."""

    key: Key
    gifts: list[Utterance]
    began_at: float = 0.0
    held_until: float = 0.0


class Change(NamedTuple):
    """A carrier that waits, and the one that takes its place in the queue."""

    old_id: str
    carrier: Utterance


class Gifts:
    """Groups of gifts, from when the first one waits until they end.

    Args:
        settings: For how long a group is held back.
        merge: Words several gifts as one.
        waits: Whether an utterance is still in the queue.
    """

    def __init__(self, settings: GiftsSettings, merge: Merge, waits: Callable[[str], bool]) -> None:
        self._settings = settings
        self._merge = merge
        self._waits = waits
        self._groups: dict[str, Group] = {}
        self._newest: dict[Key, str] = {}

    def add(self, utterance: Utterance, now: float) -> Utterance:
        """A gift begins to wait.

        Returns:
            The carrier that waits for it from now on: itself, or one that waited before.
        """
        key = _key(utterance)
        if key is None or not self._settings.window_s:
            return utterance
        newest = self._newest.get(key, "")
        group = self._groups.get(newest) if self._waits(newest) else None
        if group is None or now >= group.held_until or len(group.gifts) >= MAX_MERGED:
            group = Group(key, [], now)
            self._groups[utterance.id] = group
            self._newest[key] = utterance.id
        group.gifts.append(utterance)
        last = group.began_at + self._settings.longest_s
        group.held_until = min(now + self._settings.window_s, last)
        return self._carrier(group)

    def held(self, utterance: Utterance, now: float) -> bool:
        """Whether more may come that belongs to it."""
        group = self._groups.get(utterance.id)
        return group is not None and now < group.held_until

    def release_at(self, now: float) -> float:
        """When the next group may be asked for that is held back now; infinite for none."""
        ends = (self._groups[one].held_until for one in self._newest.values())
        return min((at for at in ends if at > now), default=INFINITY)

    def on_asked(self, utterance: Utterance) -> None:
        """A carrier is to be spoken."""
        group = self._groups.get(utterance.id)
        if group is not None:
            self._forget_key(group, utterance.id)

    def restore(self, carrier_id: str, gift: Utterance) -> None:
        """A gift was part of what was asked for before a restart."""
        group = self._groups.setdefault(carrier_id, Group((), []))
        group.gifts.append(gift)

    def remove(self, chosen: Callable[[Utterance], bool]) -> tuple[list[Utterance], list[Change]]:
        """Take gifts out of groups that wait, unless all of a group is chosen.

        Returns:
            What was taken out, and what changes in the queue.
        """
        gone: list[Utterance] = []
        changes: list[Change] = []
        for old_id, group in list(self._groups.items()):
            doomed = list(filter(chosen, group.gifts)) if self._waits(old_id) else []
            if doomed and len(doomed) < len(group.gifts):
                gone += doomed
                group.gifts = [one for one in group.gifts if one not in doomed]
                changes.append(self._renamed(old_id, group))
        return gone, changes

    def carries(self, utterance: Utterance, chosen: Callable[[Utterance], bool]) -> bool:
        """Whether an utterance, or one that is spoken with it, is chosen."""
        group = self._groups.get(utterance.id)
        return chosen(utterance) or (group is not None and any(map(chosen, group.gifts)))

    def ends(self, ended: Ended) -> list[Ended]:
        """The ends of an utterance and of all that it carried."""
        carrier = ended.utterance
        group = self._groups.pop(carrier.id, None)
        if group is None:
            return [ended]
        self._forget_key(group, carrier.id)
        reason = ": ".join(filter(None, (f"merged into {carrier.id}", ended.reason)))
        others = (one for one in group.gifts if one.id != carrier.id)
        return [ended, *(Ended(one, ended.outcome, reason) for one in others)]

    def _carrier(self, group: Group) -> Utterance:
        return group.gifts[0] if len(group.gifts) == 1 else self._merge(group.gifts)

    def _renamed(self, old_id: str, group: Group) -> Change:
        """After its first gift may have been taken out."""
        carrier = self._carrier(group)
        del self._groups[old_id]
        self._groups[carrier.id] = group
        if self._newest.get(group.key) == old_id:
            self._newest[group.key] = carrier.id
        return Change(old_id, carrier)

    def _forget_key(self, group: Group, carrier_id: str) -> None:
        if self._newest.get(group.key) == carrier_id:
            del self._newest[group.key]


def _key(utterance: Utterance) -> Key | None:
    """Gifts with the same key are one; None for what is no gift."""
    event = utterance.event
    if utterance.kind != "gift" or event is None:
        return None
    place = (utterance.platform, utterance.room, utterance.author_key)
    return (*place, event.name, event.recipient, event.currency)
