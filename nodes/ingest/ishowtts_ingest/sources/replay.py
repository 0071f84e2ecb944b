"""A recorded chat, with its own timing."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import ClassVar, cast

from msgspec.structs import replace

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.recordings.base import MAX_REASON_CHARS, Recorded, Unreadable
from ishowtts_ingest.recordings.formats import find_format, reader_of
from ishowtts_ingest.settings import ReplaySettings
from ishowtts_ingest.source import Emit, Source, SourceContext
from ishowtts_schemas import ChatMessage, ChatModeration, ChatRejected

_LOG = logging.getLogger("ishowtts.ingest")

MAX_SHOWN_ERRORS = 20


class ReplaySource(Source):
    """Emits a recording event by event, with the recorded pauses over a speed factor."""

    name: ClassVar[str] = "replay"
    platform: ClassVar[str] = "replay"

    def __init__(
        self,
        context: SourceContext,
        settings: ReplaySettings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(context)
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._refused = 0
        # Ids by line: a recording that is run again after a failure repeats nobody.
        self._run_id = uuid.uuid4().hex

    def check(self) -> None:
        path = self._settings.path
        if not path:
            raise SourceError("the replay source needs a file: set ingest.replay.path")
        if not Path(path).is_file():
            raise SourceError(f"the replay source finds no file {path}")

    async def run(self, emit: Emit) -> None:
        events = self._events()
        try:
            await self._play(events, emit)
        finally:
            # While the first one is still sought in its thread, dropping them closes them.
            with contextlib.suppress(ValueError):
                events.close()

    async def _play(self, events: Generator[Recorded | Unreadable, None, None], emit: Emit) -> None:
        offset_s: float | None = None
        # A file that is in no order is read far ahead for its first event.
        one = await asyncio.to_thread(next, events, None)
        while one is not None:
            if isinstance(one, Unreadable):
                event = self._refuse(one)
            else:
                offset_s = await self._wait(one.at_ms, offset_s)
                event = self._as_if_now(one)
            await self.let_catch_up(emit(event))
            one = next(events, None)

    def _events(self) -> Generator[Recorded | Unreadable, None, None]:
        path = Path(self._settings.path)
        form = self._settings.format
        read = reader_of(find_format(path) if form == "auto" else form)
        return cast("Generator[Recorded | Unreadable, None, None]", read(path))

    def _refuse(self, part: Unreadable) -> ChatRejected:
        """A wrong part is said and counted, and the rest goes on."""
        self.count_invalid(part.kind)
        self._refused += 1
        error = part.error[:MAX_REASON_CHARS]
        if self._refused <= MAX_SHOWN_ERRORS:
            _LOG.warning("skipped part %d of %s: %s", part.number, self._settings.path, error)
        return self.rejected(self._settings.room, f"line {part.number} of the recording: {error}")

    async def _wait(self, at_ms: float | None, offset_s: float | None) -> float | None:
        """Wait for an event's time.

        Args:
            at_ms: As recorded.
            offset_s: From recorded time, over the speed, to the clock; None before the first.
        """
        speed = self._settings.speed
        if not speed or at_ms is None:
            return offset_s
        recorded_s = at_ms / 1000 / speed
        if offset_s is None:
            return self._clock() - recorded_s
        pause_s = recorded_s + offset_s - self._clock()
        if pause_s > 0:
            await self._sleep(pause_s)
        return offset_s

    def _as_if_now(self, one: Recorded) -> ChatMessage | ChatModeration:
        """The event as this source's own, said at this moment in a room of ours."""
        now_ns = self.context.clock_ns()
        room = one.event.room or self._settings.room
        if isinstance(one.event, ChatModeration):
            return replace(one.event, platform=self.platform, room=room, at_ns=now_ns)
        return replace(
            one.event,
            id=one.event.id or f"{self._run_id}-{one.number}",
            platform=self.platform,
            room=room,
            received_at_ns=now_ns,
            sent_at_ns=None,
        )
