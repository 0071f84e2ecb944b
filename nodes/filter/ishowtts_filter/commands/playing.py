"""Whose message is heard in each room, as far as the player has said."""

from collections import OrderedDict

from ishowtts_filter.window import AgedWindow

UTTERANCES = 4096
UTTERANCE_AGE_S = 600.0
ROOMS = 1024


class Playing:
    """Knows authors of recent utterances, and which one plays."""

    def __init__(self) -> None:
        self._authors: AgedWindow[str, str] = AgedWindow(UTTERANCES, UTTERANCE_AGE_S)
        self._rooms: OrderedDict[str, str] = OrderedDict()

    def on_accepted(self, utterance_id: str, author_key: str, now: float) -> None:
        """An utterance may be heard soon."""
        self._authors.put(utterance_id, author_key, now)

    def on_playback(self, room: str, utterance_id: str | None) -> None:
        """The player says what is heard."""
        self._rooms.pop(room, None)
        if utterance_id is not None:
            self._rooms[room] = utterance_id
        if len(self._rooms) > ROOMS:
            self._rooms.popitem(last=False)

    def of(self, room: str, author_key: str, now: float) -> str | None:
        """The utterance that is heard, where it is this author's."""
        playing = self._rooms.get(room)
        if playing is None or not author_key or self._authors.get(playing, now) != author_key:
            return None
        return playing
