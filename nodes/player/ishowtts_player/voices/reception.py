"""Clips as they come in: few at once, looked at in a thread, counted where they are no good."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ishowtts_bus import Bus
from ishowtts_player.errors import ApiError, UnavailableError
from ishowtts_player.settings.voices import VoiceSettings
from ishowtts_player.voices.clip import Clip, read_clip

MAX_UPLOADS = 4
"""At once; each may be 10 MiB, and 64 MB while it is decoded."""


class Reception:
    """Where interfaces hand clips in.

    Args:
        bus: Its counters.
        settings: What a clip may be.
    """

    def __init__(self, bus: Bus, settings: VoiceSettings) -> None:
        self._bus = bus
        self._settings = settings
        self._open = 0

    @asynccontextmanager
    async def uploading(self) -> AsyncIterator[None]:
        """Held from before a clip is received until it is kept.

        Raises:
            UnavailableError: Too many at once.
        """
        if self._open >= MAX_UPLOADS:
            self._bus.counters.add("voices_refused_total", reason="busy")
            raise UnavailableError("too many clips are being received at once", "SERVER_BUSY")
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def read(self, data: bytes) -> Clip:
        """The clip in its one form.

        Raises:
            ApiError: It cannot be used; the text says why.
        """
        try:
            return await asyncio.to_thread(read_clip, data, self._settings)
        except ApiError as error:
            self._bus.counters.add("voices_refused_total", reason=error.code.lower())
            raise
