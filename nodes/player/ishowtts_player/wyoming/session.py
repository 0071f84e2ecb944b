"""One connection: events in, and what they mean."""

import asyncio
from collections.abc import Sequence
from typing import Any

from wyoming.error import Error
from wyoming.ping import Pong

from ishowtts_player.bridge import Bridge
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.speech.text import clean
from ishowtts_player.wyoming.catalogue import describe, find_voice
from ishowtts_player.wyoming.framing import FramingError, InboundEvent, read_event
from ishowtts_player.wyoming.sentences import SentenceFeed
from ishowtts_player.wyoming.speaker import Begin, End, Say, Speaker
from ishowtts_player.wyoming.wishes import Wish, read_text, read_wish

IDLE_TIMEOUT_S = 300.0
"""A connection on which nothing is asked and nothing is spoken is closed."""


class Session:
    """Answers one client until it leaves.

    An error ends the connection after it was told: Home Assistant reads on until audio ends or
    the connection does.

    Args:
        bridge: Voices and speech.
        languages: Where voices are listed that follow the text.
        reader: Limited to `framing.MAX_LINE_BYTES`.
        writer: To the client.
    """

    def __init__(
        self,
        bridge: Bridge,
        languages: Sequence[str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._bridge = bridge
        self._languages = languages
        self._reader = reader
        self._speaker = Speaker(bridge, writer)
        self._feed: SentenceFeed | None = None
        self._whole_text = ""

    async def run(self) -> None:
        """Serve; when the client leaves, what is being spoken is cancelled."""
        reading = asyncio.ensure_future(self._read())
        speaking = asyncio.ensure_future(self._speaker.run())
        try:
            await asyncio.wait((reading, speaking), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, speaking):
                task.cancel()
            ends = await asyncio.gather(reading, speaking, return_exceptions=True)
        await self._tell(next((end for end in ends if isinstance(end, Exception)), None))

    async def _tell(self, error: Exception | None) -> None:
        counters = self._bridge.bus.counters
        if error is None or isinstance(error, OSError):
            return
        if isinstance(error, ApiError):
            counters.add("player_wyoming_errors_total", code=error.code)
            await self._speaker.write(Error(error.text, error.code).event())
        elif isinstance(error, FramingError):
            counters.add("player_wyoming_errors_total", code="BAD_EVENT")
            await self._speaker.write(Error(str(error), "BAD_EVENT").event())
        else:
            raise error

    async def _read(self) -> None:
        while True:
            event = await self._next()
            if event is None:
                return
            await self._on_event(event)

    async def _next(self) -> InboundEvent | None:
        """The next event; None where nobody is there, or nobody wants anything."""
        reading = asyncio.ensure_future(read_event(self._reader))
        try:
            while not (await asyncio.wait((reading,), timeout=IDLE_TIMEOUT_S))[0]:
                if self._speaker.idle:
                    return None
            return reading.result()
        finally:
            reading.cancel()

    async def _on_event(self, event: InboundEvent) -> None:
        """Do what an event says; others may follow that this version does not know."""
        match event.type:
            case "describe":
                voices = self._bridge.directory.some_voices()
                info = describe(voices, self._languages)
                await self._speaker.write(info.event())
            case "ping":
                text = event.data.get("text")
                await self._speaker.write(Pong(text if isinstance(text, str) else None).event())
            case "synthesize":
                self._on_whole(read_wish(event.data))
            case "synthesize-start":
                self._on_start(read_wish(event.data))
            case "synthesize-chunk":
                self._on_chunk(event.data)
            case "synthesize-stop":
                self._on_stop()
            case _:
                self._bridge.bus.counters.add("player_wyoming_unknown_events_total")

    def _on_whole(self, wish: Wish) -> None:
        """A whole text; inside a stream the same again, for servers that do not stream."""
        if self._feed is not None:
            self._whole_text = wish.text
            return
        text = clean(wish.text, self._bridge.settings.max_text_chars)
        self._begin(wish)
        self._speaker.add(Say(text))
        self._speaker.add(End(streamed=False))

    def _on_start(self, wish: Wish) -> None:
        if self._feed is not None:
            raise InputError("synthesize-start came twice", "BAD_ORDER")
        self._begin(wish)
        self._feed = SentenceFeed(self._bridge.settings.max_text_chars)
        self._whole_text = ""

    def _on_chunk(self, data: dict[str, Any]) -> None:
        if self._feed is None:
            raise InputError("synthesize-chunk came without synthesize-start", "BAD_ORDER")
        self._say(self._feed.feed(read_text(data)))

    def _on_stop(self) -> None:
        if self._feed is None:
            raise InputError("synthesize-stop came without synthesize-start", "BAD_ORDER")
        if not self._feed.heard:
            self._say(self._feed.feed(self._whole_text))
        self._say(self._feed.finish())
        self._feed = None
        self._speaker.add(End(streamed=True))

    def _begin(self, wish: Wish) -> None:
        self._bridge.bus.counters.add("player_wyoming_requests_total")
        voice = find_voice(self._bridge.directory, wish.voice_name, wish.language)
        language = wish.language if voice.info.language is None else None
        self._speaker.add(Begin(voice, language))

    def _say(self, texts: list[str]) -> None:
        for text in texts:
            self._speaker.add(Say(text))
