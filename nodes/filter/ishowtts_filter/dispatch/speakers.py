"""Who was heard last in each room, so that a name is not said again with every message."""

from collections import OrderedDict
from typing import NamedTuple

from ishowtts_filter.utterance import Ended, Utterance

ROOMS = 1024


class _Speaker(NamedTuple):
    author_key: str
    utterance_id: str
    named_at: float


class Speakers:
    """Chooses between an utterance's wordings when its turn has come.

    Args:
        again_s: A name that was said longer ago is said again.
    """

    def __init__(self, again_s: float) -> None:
        self._again_s = again_s
        self._last: OrderedDict[str, _Speaker] = OrderedDict()

    def words(self, utterance: Utterance, now: float) -> str:
        """What is asked for now; from here its author is who was heard last."""
        last = self._last.pop(utterance.room, None)
        known = (
            last is not None
            and last.author_key == utterance.author_key
            and now - last.named_at < self._again_s
        )
        nameless = bool(known and utterance.nameless)
        named_at = last.named_at if last is not None and nameless else now
        self._last[utterance.room] = _Speaker(utterance.author_key, utterance.id, named_at)
        if len(self._last) > ROOMS:
            self._last.popitem(last=False)
        return utterance.nameless if nameless else utterance.spoken

    def on_ended(self, ended: Ended) -> None:
        """What was not spoken to its end may not have been heard at all."""
        room = ended.utterance.room
        last = self._last.get(room)
        if ended.outcome != "spoken" and last and last.utterance_id == ended.utterance.id:
            del self._last[room]
