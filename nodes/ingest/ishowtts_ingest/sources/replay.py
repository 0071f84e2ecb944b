"""A recorded chat, with its own timing."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from ishowtts_ingest.lines import MAX_LINE_BYTES, LineSplitter
from ishowtts_ingest.settings import ReplaySettings
from ishowtts_ingest.sources.base import Emit, Source, SourceContext, SourceError
from ishowtts_schemas import Author, ChatMessage, ChatRejected, Emote, Part, Priority
from ishowtts_schemas.chat import ChatKind, ChatText, Role
from ishowtts_schemas.ids import Identifier, Slug

_LOG = logging.getLogger("ishowtts.ingest")

CHUNK_BYTES = 64 * 1024


class ReplayLine(Part, frozen=True, kw_only=True):
    """One line of a recording; fields that are not named here are ignored."""

    text: ChatText
    at_ms: float | None = None
    """Milliseconds on any clock: only differences count. Without it, at once."""
    author: str = ""
    author_id: str | None = None
    color: str | None = None
    roles: tuple[Role, ...] = ()
    id: Identifier | None = None
    room: Slug | None = None
    channel: Annotated[str, Meta(max_length=128)] = ""
    kind: ChatKind = "chat"
    priority: Priority = "normal"
    emotes: tuple[Emote, ...] = ()
    voice: Slug | None = None
    engine: Slug | None = None


class ReplaySource(Source):
    """Emits a JSONL recording line by line, with the recorded pauses over a speed factor."""

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
        # Ids by line: a recording that is run again after a failure repeats nobody.
        self._run_id = uuid.uuid4().hex
        self._decoder = msgspec.json.Decoder(ReplayLine)

    def check(self) -> None:
        path = self._settings.path
        if not path:
            raise SourceError("the replay source needs a file: set ingest.replay.path")
        if not Path(path).is_file():
            raise SourceError(f"the replay source finds no file {path}")

    async def run(self, emit: Emit) -> None:
        offset_s: float | None = None
        with contextlib.closing(_lines(Path(self._settings.path))) as lines:
            for number, raw in enumerate(lines, 1):
                event = self._read(raw, number)
                if event is None:
                    continue
                if isinstance(event, ReplayLine):
                    offset_s = await self._wait(event.at_ms, offset_s)
                    event = self._message(event, number)
                await self.let_catch_up(emit(event))

    def _read(self, raw: bytes, number: int) -> ReplayLine | ChatRejected | None:
        """What a line says; None where it is blank. A wrong line is said and counted."""
        if not raw.strip():
            return None
        if len(raw) > MAX_LINE_BYTES:
            return self._refuse(number, "oversized", f"more than {MAX_LINE_BYTES} bytes")
        try:
            return self._decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._refuse(number, "malformed", str(error))

    def _refuse(self, number: int, kind: str, error: str) -> ChatRejected:
        self.count_invalid(kind)
        _LOG.warning("skipped line %d of %s: %s", number, self._settings.path, error)
        return self.rejected(self._settings.room, f"line {number} of the recording: {error}")

    async def _wait(self, at_ms: float | None, offset_s: float | None) -> float | None:
        """Wait for a line's time.

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

    def _message(self, line: ReplayLine, number: int) -> ChatMessage:
        return ChatMessage(
            id=line.id or f"{self._run_id}-{number}",
            platform=self.platform,
            room=line.room or self._settings.room,
            author=Author(name=line.author, id=line.author_id, color=line.color, roles=line.roles),
            text=line.text,
            received_at_ns=self.context.clock_ns(),
            channel=line.channel,
            kind=line.kind,
            priority=line.priority,
            emotes=line.emotes,
            voice=line.voice,
            engine=line.engine,
        )


def _lines(path: Path) -> Generator[bytes, None, None]:
    splitter = LineSplitter()
    with path.open("rb") as recording:
        while chunk := recording.read(CHUNK_BYTES):
            yield from splitter.feed(chunk)
    yield splitter.close()
