"""What waits, gifts of a kind as one of them: it carries the words for all."""

from collections.abc import Callable

from ishowtts_filter.dispatch.gifts import Gifts
from ishowtts_filter.dispatch.queue import Among, SpeechQueue
from ishowtts_filter.utterance import Ended, Utterance


class Waiting:
    """Keeps the queue and the groups of gifts in it in step.

    Args:
        queue: Has every carrier once.
        gifts: Knows what they carry.
        estimate_s: How long an utterance will sound.
    """

    def __init__(
        self, queue: SpeechQueue, gifts: Gifts, estimate_s: Callable[[Utterance], float]
    ) -> None:
        self._queue = queue
        self._gifts = gifts
        self._estimate_s = estimate_s

    def put(self, utterance: Utterance, now: float) -> list[Ended]:
        """Let an utterance wait, perhaps with others; what was shed for it."""
        carrier = self._gifts.add(utterance, now)
        self._queue.remove(carrier.id)
        return self._put(carrier)

    def cancel(self, chosen: Callable[[Utterance], bool], reason: str, among: Among) -> list[Ended]:
        """Take out what is chosen; of gifts that wait together the others are worded anew."""
        ends = self._cancel_merged(chosen, reason) if among.message is not None else []
        return ends + self._queue.cancel(chosen, reason, among)

    def _cancel_merged(self, chosen: Callable[[Utterance], bool], reason: str) -> list[Ended]:
        gone, changes = self._gifts.remove(chosen)
        ends = [Ended(one, "cancelled", reason) for one in gone]
        for old_id, carrier in changes:
            self._queue.remove(old_id)
            ends += self._put(carrier)
        return ends

    def _put(self, carrier: Utterance) -> list[Ended]:
        return self._queue.put(carrier, self._estimate_s(carrier))
