"""Follows one chat from page to page."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol

from ishowtts_ingest.seen_ids import SeenIds
from ishowtts_ingest.source import Channel
from ishowtts_ingest.youtube.api import LiveChat, TimedPage, YoutubeApi
from ishowtts_ingest.youtube.errors import OverError, StaleTokenError
from ishowtts_ingest.youtube.events import Reading, Scene, read_item
from ishowtts_ingest.youtube.payloads import Page
from ishowtts_schemas import ChatMessage

REMEMBERED_IDS = 10_000
LATE_AFTER_NS = 180 * 10**9
"""After an outage the chat goes on where it stood; nobody wants to hear that any more."""
SLOWED_FACTOR = 2
SLOWED = "looks into the chat less often, to make the daily quota last"


class Pauses(NamedTuple):
    """Seconds.

    Attributes:
        shortest_s: Between two looks, whatever YouTube says.
        lost_s: Before the first try after no answer.
        refused_s: Before the first try after a no.
        idle_s: Before the first look for a stream after there was none.
    """

    shortest_s: float = 1.0
    lost_s: float = 1.0
    refused_s: float = 60.0
    idle_s: float = 30.0


class Listener(Protocol):
    """Who hears what is read."""

    def hear(self, reading: Reading) -> None: ...

    def count(self, counter: str, reason: str) -> None: ...

    def on_reading(self, note: str) -> None: ...


class Reader:
    """One channel's place in its chat, kept over failures.

    The first page of a chat is its history and is not passed on. If the place is lost later,
    the first page is read again, and what is new on it is passed on.
    """

    def __init__(
        self,
        api: YoutubeApi,
        listener: Listener,
        channel: Callable[[], Channel],
        pace_s: Callable[[], float],
        now_ns: Callable[[], int],
        pauses: Pauses,
    ) -> None:
        self._api = api
        self._listener = listener
        self._channel = channel
        self._pace_s = pace_s
        self._now_ns = now_ns
        self._pauses = pauses
        self._chat: LiveChat | None = None
        self._page_token = ""
        self._has_history = False
        self._seen = SeenIds(REMEMBERED_IDS)

    async def follow(self) -> None:
        """Find the chat and read it, from where it was left.

        Raises:
            OverError: It has ended.
            YoutubeError: It cannot be read now, see `errors`.
        """
        if self._chat is None:
            self._chat = await self._api.find_chat(self._channel().name)
            self._page_token, self._has_history = "", False
        try:
            while True:
                await self._read_page(self._chat)
        except OverError:
            self._chat = None
            raise

    async def _read_page(self, chat: LiveChat) -> None:
        try:
            timed = await self._api.read_page(chat.chat_id, self._page_token)
        except StaleTokenError:
            self._page_token = ""
            self._listener.count("ingest_invalid_total", "page_token")
            timed = await self._api.read_page(chat.chat_id, "")
        self._pass_on(timed, chat.streamer)
        page = timed.page
        self._page_token = page.next_page_token or self._page_token
        if page.offline_at:
            raise OverError("the stream has ended")
        await asyncio.sleep(self._pause_s(page))

    def _pass_on(self, timed: TimedPage, streamer: str) -> None:
        scene = Scene(self._channel(), self._now_ns(), streamer)
        is_history, self._has_history = not self._has_history, True
        for raw in timed.page.items:
            reading = read_item(bytes(raw), scene)
            is_new = not reading.item_id or self._seen.add(reading.item_id)
            if reading.ended and not is_history:
                raise OverError("the stream has ended")
            if reading.fault:
                self._listener.count("ingest_invalid_total", reading.fault)
            if is_history or not is_new:
                continue
            if reading.ignored:
                self._listener.count("ingest_ignored_total", reading.ignored)
            elif _is_late(reading, timed.server_ns):
                self._listener.count("ingest_ignored_total", "late")
            elif reading.event is not None:
                self._listener.hear(reading)

    def _pause_s(self, page: Page) -> float:
        """At least what YouTube asks for, and what makes the quota last."""
        asked_s = max(page.polling_interval_millis / 1000, self._pauses.shortest_s)
        pause_s = max(asked_s, self._pace_s())
        self._listener.on_reading(SLOWED if pause_s > asked_s * SLOWED_FACTOR else "")
        return pause_s


def _is_late(reading: Reading, server_ns: int | None) -> bool:
    """By YouTube's own clocks; what was paid for is never late."""
    event = reading.event
    if server_ns is None or reading.sent_at_ns is None or not isinstance(event, ChatMessage):
        return False
    return event.priority != "paid" and server_ns - reading.sent_at_ns > LATE_AFTER_NS
