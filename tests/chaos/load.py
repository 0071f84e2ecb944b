"""Chat at a steady rate, from one app with ids of its own."""

import json
import threading
import time
from itertools import count

from tests.chaos.recorder import Recorder

TEXTS = ("hello there", "nice one", "你好", "what a play", "good game")


class SteadyChat:
    """Publishes in a thread of its own until it is stopped.

    Attributes:
        published: When each message left, in monotonic seconds, by its id.
    """

    def __init__(
        self, recorder: Recorder, rate: float, room: str = "main", name: str = "chaos"
    ) -> None:
        self.published: dict[str, float] = {}
        self._name = name
        self._recorder = recorder
        self._interval_s = 1 / rate
        self._room = room
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        for number in count():
            due += self._interval_s
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            message_id = f"{self._name}-{number}"
            text = TEXTS[number % len(TEXTS)]
            self.published[message_id] = time.monotonic()
            self._recorder.publish(
                self._room, json.dumps({"text": text, "id": message_id}).encode()
            )
