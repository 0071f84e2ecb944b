"""Keeps the broker's retained voices as the store has them."""

import asyncio
import contextlib
import logging

from ishowtts_bus import Bus, BusError
from ishowtts_player.errors import ApiError
from ishowtts_player.voices.records import Effective, VoiceRecord
from ishowtts_player.voices.store import VoiceStore
from ishowtts_schemas.topics import VOICE

_LOG = logging.getLogger("ishowtts.player.voices")

Stamp = tuple[VoiceRecord, Effective]


class VoiceAnnouncer:
    """Publishes what has changed and clears what is gone; waits through an outage.

    Args:
        bus: Where synths hear it.
        store: What is to be heard.
        changing: Held while the store is changed.
    """

    def __init__(self, bus: Bus, store: VoiceStore, changing: asyncio.Lock) -> None:
        self._bus = bus
        self._store = store
        self._changing = changing
        self._sent: dict[str, Stamp] = {}
        self._changed = asyncio.Event()
        self._settled = asyncio.Event()

    def change(self) -> None:
        """The store has something new."""
        self._settled.clear()
        self._changed.set()

    def begin_anew(self) -> None:
        """It may be another broker, or one that forgot."""
        self._sent.clear()
        self.change()

    async def settled(self, timeout_s: float) -> bool:
        """Wait until the broker has everything; whether it does."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._settled.wait(), timeout_s)
        return self._settled.is_set()

    async def run(self) -> None:
        """Publish for the node's life."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._publish_changes()
            if not self._changed.is_set():
                self._settled.set()

    async def _publish_changes(self) -> None:
        wanted = self._wanted()
        gone = self._store.voices.published - wanted.keys()
        # Written down first: a process that dies in between knows what to clear.
        await self._remember(frozenset(wanted) | gone)
        for voice_id, stamp in wanted.items():
            if self._sent.get(voice_id) != stamp:
                await self._publish(voice_id, stamp)
        left = {voice_id for voice_id in gone if not await self._clear(voice_id)}
        await self._remember(frozenset(wanted) | left)

    def _wanted(self) -> dict[str, Stamp]:
        voices = self._store.voices
        found: dict[str, Stamp] = {}
        for voice_id in voices.ids():
            base, effective = voices.find(voice_id), voices.effective(voice_id)
            if base is not None and effective is not None:
                found[voice_id] = (base, effective)
        return found

    async def _publish(self, voice_id: str, stamp: Stamp) -> None:
        reference = await asyncio.to_thread(self._store.reference, voice_id)
        if reference is None:
            _LOG.warning("the clip of voice %s cannot be read; synths keep theirs", voice_id)
            self._bus.counters.add("voices_unpublished_total")
            return
        try:
            await self._bus.publish(VOICE, reference, voice=voice_id)
        except BusError as error:
            _LOG.warning("voice %s does not reach the synths: %s", voice_id, error)
            self._bus.counters.add("voices_unpublished_total")
            return
        self._sent[voice_id] = stamp
        self._bus.counters.add("voices_published_total")

    async def _clear(self, voice_id: str) -> bool:
        """Take a voice back; whether the broker has forgotten it."""
        self._sent.pop(voice_id, None)
        try:
            await self._bus.clear(VOICE, voice=voice_id)
        except BusError as error:
            _LOG.warning("voice %s cannot be taken back: %s", voice_id, error)
            self._bus.counters.add("voices_unpublished_total")
            return False
        return True

    async def _remember(self, ids: frozenset[str]) -> None:
        async with self._changing:
            try:
                await asyncio.to_thread(self._store.remember_published, ids)
            except ApiError:
                self._bus.counters.add("voices_unwritten_total")
