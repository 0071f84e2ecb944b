"""What a new listener is given of the past: whole utterances, and which it will not hear. Pure."""

from collections.abc import Iterable

from ishowtts_player.rooms.ring import RingEntry
from ishowtts_player.rooms.utterance import RoomUtterance

JOIN_REPLAY_S = 2.0
"""A new listener gets an utterance from its start if others have heard less than this of it."""

Beginning = tuple[list[RingEntry], set[str]]
"""Events to send, and the utterances whose start is gone for this listener."""


def from_what_is_heard(ring: Iterable[RingEntry], queue: Iterable[RoomUtterance]) -> Beginning:
    """What others have only just begun to hear, or not yet."""
    entries = list(ring)
    kept = {entry.utterance_id for entry in entries if entry.begins}
    young: set[str] = set()
    unseen: set[str] = set()
    for utterance in queue:
        heard = utterance.id not in kept or utterance.played_s >= JOIN_REPLAY_S
        (unseen if heard else young).add(utterance.id)
    return [entry for entry in entries if entry.utterance_id in young], unseen


def from_the_oldest(ring: Iterable[RingEntry], queue: Iterable[RoomUtterance]) -> Beginning:
    """All that is kept from its start on, heard or not."""
    entries = list(ring)
    kept = {entry.utterance_id for entry in entries if entry.begins}
    unseen = {utterance.id for utterance in queue if utterance.id not in kept}
    return [entry for entry in entries if entry.utterance_id in kept], unseen
