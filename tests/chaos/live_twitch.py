"""The fake Twitch in a thread of its own, for scenarios that do not run on an event loop."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.fakes.fake_twitch import FakeTwitch, chat_line

T = TypeVar("T")

CHANNEL = "streamer"
CALL_TIMEOUT_S = 10.0


@contextmanager
def on_air() -> Iterator["LiveTwitch"]:
    """A platform with one channel."""
    twitch = LiveTwitch()
    twitch.start()
    try:
        yield twitch
    finally:
        twitch.stop()


class LiveTwitch:
    """One channel; every method may be called from any thread."""

    def __init__(self) -> None:
        self._fake = FakeTwitch()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._call(self._fake.start())

    def stop(self) -> None:
        self._call(self._fake.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a pipeline that reads the channel."""
        return {
            "ISHOWTTS__INGEST__TWITCH_IRC__URL": self._fake.url,
            "ISHOWTTS__INGEST__TWITCH_IRC__CHANNELS": CHANNEL,
        }

    @property
    def is_read(self) -> bool:
        return bool(self._fake.reading(CHANNEL))

    def say(self, text: str, nick: str, **tags: str) -> str:
        """A message in the channel; gives its id."""
        line, message_id = chat_line(CHANNEL, text, nick, **tags)
        self.send(line)
        return message_id

    def send(self, line: str) -> None:
        """A raw line to all who read the channel."""
        self._call(self._fake.broadcast(CHANNEL, line))

    def delete(self, message_id: str) -> None:
        """A moderator deletes a message."""
        self.send(f"@login=ann;target-msg-id={message_id} :tmi.twitch.tv CLEARMSG #{CHANNEL} :x")

    def ping(self) -> float:
        """Seconds until the reader answered."""
        return self._call(self._fake.ping(CALL_TIMEOUT_S))

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_TIMEOUT_S)
