"""Lines from the standard input, each one message."""

import asyncio
import logging
import os
import uuid
from collections.abc import AsyncIterator
from typing import ClassVar

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.lines import MAX_LINE_BYTES, LineSplitter
from ishowtts_ingest.settings import StdinSettings
from ishowtts_ingest.source import Emit, Source, SourceContext, SourceEvent
from ishowtts_schemas import Author, ChatMessage
from ishowtts_schemas.chat import MAX_TEXT_CHARS

_LOG = logging.getLogger("ishowtts.ingest")

CHUNK_BYTES = 64 * 1024
STDIN = 0


class StdinSource(Source):
    """Reads until the end of the input; invalid UTF-8 is replaced and said once."""

    name: ClassVar[str] = "stdin"
    platform: ClassVar[str] = "stdin"

    def __init__(
        self, context: SourceContext, settings: StdinSettings, descriptor: int = STDIN
    ) -> None:
        super().__init__(context)
        self._settings = settings
        self._descriptor = descriptor
        self._said = False

    def check(self) -> None:
        try:
            os.fstat(self._descriptor)
        except OSError as error:
            raise SourceError(f"the standard input is not open: {error.strerror}") from None

    async def run(self, emit: Emit) -> None:
        splitter = LineSplitter()
        async for chunk in _chunks(self._descriptor):
            for line in splitter.feed(chunk):
                await self._pass_on(line, emit)
        await self._pass_on(splitter.close(), emit)

    async def _pass_on(self, line: bytes, emit: Emit) -> None:
        text = self._decode(line)
        if not text.strip():
            return
        await self.let_catch_up(emit(self._event(line, text)))

    def _event(self, line: bytes, text: str) -> SourceEvent:
        if len(line) > MAX_LINE_BYTES or len(text) > MAX_TEXT_CHARS:
            self.count_invalid("oversized")
            reason = f"a line of more than {MAX_TEXT_CHARS} characters"
            return self.rejected(self._settings.room, reason)
        return ChatMessage(
            id=uuid.uuid4().hex,
            platform=self.platform,
            room=self._settings.room,
            author=Author(name=self._settings.author),
            text=text,
            received_at_ns=self.context.clock_ns(),
        )

    def _decode(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.count_invalid("not_utf8")
            if not self._said:
                self._said = True
                _LOG.warning("the standard input is not UTF-8: %s (replaced)", error.reason)
            return line.decode(errors="replace")


async def _chunks(descriptor: int) -> AsyncIterator[bytes]:
    """What can be read, until the end; a cancelled reader leaves at once."""
    while True:
        await _readable(descriptor)
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            return
        yield chunk


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:
        # A regular file is always readable, and the selector will not watch it.
        await asyncio.sleep(0)
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
