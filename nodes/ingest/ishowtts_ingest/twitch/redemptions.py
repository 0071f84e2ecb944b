"""Channel-point rewards: what they are called, and the two reports that Twitch makes of each.

A reward that takes text is told as a redemption and as a chat message, in either order. The
first one is spoken. The chat message alone knows badges and emotes, and it alone is deleted.
"""

from collections import OrderedDict

MAX_REMEMBERED = 2000
PAIR_WITHIN_NS = 60 * 10**9


class Redemptions:
    """Remembers what has been told by one of the reports; bounded."""

    def __init__(self) -> None:
        self._titles: OrderedDict[str, str] = OrderedDict()
        self._alone: OrderedDict[tuple[str, ...], list[tuple[str, int]]] = OrderedDict()
        self._told_as: OrderedDict[str, str] = OrderedDict()

    def learn(self, reward_id: str, title: str) -> None:
        """Keep the name of a reward."""
        self._titles[reward_id] = title
        _bound(self._titles)

    def title(self, reward_id: str) -> str:
        """The name of a reward; empty while it is unknown."""
        return self._titles.get(reward_id, "")

    def is_told(self, report: str, what: tuple[str, str, str], report_id: str, now_ns: int) -> bool:
        """Whether the other report came before; if not, this one is remembered.

        Args:
            report: `chat` or `redemption`.
            what: Author's id, reward's id, text.
            report_id: The id that the message has, or would have.
            now_ns: Reports that are further apart than a minute are two redemptions.
        """
        author_id, reward_id, text = what
        key = (author_id, reward_id, " ".join(text.split()))
        other = (_OTHER[report], *key)
        waiting = [one for one in self._alone.pop(other, []) if now_ns - one[1] <= PAIR_WITHIN_NS]
        if not waiting:
            self._alone.setdefault((report, *key), []).append((report_id, now_ns))
            _bound(self._alone)
            return False
        (told_id, _), *rest = waiting
        if rest:
            self._alone[other] = rest
        self._told_as[report_id] = told_id
        _bound(self._told_as)
        return True

    def told_id(self, message_id: str) -> str:
        """The id under which a message was passed on."""
        return self._told_as.get(message_id, message_id)


_OTHER = {"chat": "redemption", "redemption": "chat"}


def _bound(
    remembered: "OrderedDict[str, str] | OrderedDict[tuple[str, ...], list[tuple[str, int]]]",
) -> None:
    while len(remembered) > MAX_REMEMBERED:
        remembered.popitem(last=False)
