"""`mode=forward`: what others publish, over a socket; only what the configuration permits."""

import asyncio
import base64
import binascii
import importlib
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from ishowtts_player.audio.pacer import Pacer
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.elevenlabs.alignment import SpeakingRate
from ishowtts_player.dialects.elevenlabs.connection import Connection, IdleError
from ishowtts_player.dialects.elevenlabs.messages import xtts_message
from ishowtts_player.dialects.elevenlabs.outlet import Outlet
from ishowtts_player.dialects.elevenlabs.packets import Packet, PacketMaker
from ishowtts_player.dialects.elevenlabs.terms import Terms
from ishowtts_player.errors import ApiError, InputError, UnavailableError
from ishowtts_player.rooms.relay import RelayedAudio
from ishowtts_schemas import SAMPLE_BYTES
from ishowtts_schemas.topics import AUDIO

FORBIDDEN = 403
NOT_IMPLEMENTED = 501
MAX_AHEAD_MS = 1000.0
"""Made ready for the client; the rest waits where it is bounded."""
MAX_PAYLOAD_BYTES = 1024 * 1024

Parts = AsyncGenerator[RelayedAudio | None, None]
"""Audio; None at the end of what belongs together."""


class RedisPayload(msgspec.Struct):
    """What may stand on a Redis channel."""

    audio: str | None = None
    is_final: bool | None = msgspec.field(default=None, name="isFinal")


def open_source(bridge: Bridge, channel: str | None, rate_hz: int) -> Parts:
    """The audio that a client names.

    Args:
        bridge: Hears the rooms.
        channel: A room, its topic, or a Redis channel.
        rate_hz: Of Redis' audio, which does not say.

    Raises:
        InputError: Nothing is named.
        ApiError: 403 it is not permitted, 501 Redis is not there.
    """
    if not channel:
        raise InputError("mode=forward needs audio_channel", "CHANNEL_MISSING")
    settings = bridge.settings.elevenlabs
    room = channel.rpartition("/")[2]
    if room in settings.forward_rooms and channel in (room, f"audio/{room}", _topic(room)):
        return _room_parts(bridge, room)
    if channel in settings.forward_redis_channels:
        if not settings.redis_url:
            raise ApiError(NOT_IMPLEMENTED, "NO_REDIS", "redis_url is not configured here")
        return _redis_parts(bridge, settings.redis_url, channel, rate_hz)
    text = "this channel may not be forwarded: see forward_rooms in [player.elevenlabs]"
    raise ApiError(FORBIDDEN, "CHANNEL_NOT_ALLOWED", text)


def _topic(room: str) -> str:
    return AUDIO.address(room=room)


async def _room_parts(bridge: Bridge, room: str) -> Parts:
    with bridge.relay.listen(room) as queue:
        while True:
            yield await queue.next()


async def _redis_parts(bridge: Bridge, url: str, channel: str, rate_hz: int) -> Parts:
    try:
        redis: Any = await asyncio.to_thread(importlib.import_module, "redis.asyncio")
    except ModuleNotFoundError:
        text = "Redis needs: pip install 'ishowtts[redis]'"
        raise ApiError(NOT_IMPLEMENTED, "NO_REDIS", text) from None
    client = redis.from_url(url)
    try:
        async with client.pubsub() as listener:
            await listener.subscribe(channel)
            async for event in listener.listen():
                for part in _read(bridge, event, rate_hz):
                    yield part
    except (redis.RedisError, OSError):
        raise UnavailableError("Redis cannot be reached", "NO_REDIS") from None
    finally:
        await client.aclose()


def _read(bridge: Bridge, event: dict[str, Any], rate_hz: int) -> list[RelayedAudio | None]:
    """What a Redis message holds; anything that is not ours is counted, never passed on."""
    if event["type"] != "message":
        return []
    try:
        payload = msgspec.json.decode(event["data"][:MAX_PAYLOAD_BYTES], type=RedisPayload)
        pcm = base64.b64decode(payload.audio or "", validate=True)
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, RecursionError):
        bridge.bus.counters.add("player_forward_refused_total", reason="payload")
        return []
    whole = pcm[: len(pcm) // SAMPLE_BYTES * SAMPLE_BYTES]
    parts: list[RelayedAudio | None] = [RelayedAudio("", "", rate_hz, whole)] if whole else []
    return [*parts, None] if payload.is_final else parts


class ForwardSession:
    """Serves one client that only listens."""

    def __init__(self, connection: Connection, terms: Terms, parts: Parts) -> None:
        self._connection = connection
        self._terms = terms
        self._parts = parts
        self._maker = PacketMaker(terms.output, SpeakingRate(), terms.max_packet_ms)
        self._outlet = Outlet(self._deliver, Pacer(terms.lead_ms or 0.0))
        self._active_at_s = time.monotonic()

    async def run(self) -> None:
        """Serve until the client leaves.

        Raises:
            ApiError: There will be no more.
            ClientLeftError: The client is gone.
            IdleError: Nothing was published, and the client said nothing, for too long.
        """
        works = (self._pump(), self._outlet.run(), self._listen())
        tasks = [asyncio.create_task(work) for work in works]
        try:
            while not any(task.done() for task in tasks):
                await asyncio.wait(
                    tasks, timeout=self._patience_s(), return_when=asyncio.FIRST_COMPLETED
                )
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self) -> None:
        current: tuple[str, int] | None = None
        async with aclosing(self._parts) as parts:
            async for part in parts:
                await self._outlet.wait_below(MAX_AHEAD_MS)
                if part is None:
                    current = None
                    self._put([*self._maker.end(), *self._maker.finish()])
                    self._outlet.put(None)
                    continue
                source = (part.utterance_id, part.rate_hz)
                if current is None:
                    self._put(self._maker.begin(part.text, part.rate_hz))
                elif current != source:  # another attempt, by another engine
                    self._put([*self._maker.end(), *self._maker.begin("", part.rate_hz)])
                current = source
                self._put(await self._maker.push(part.pcm))

    async def _listen(self) -> None:
        while True:
            await self._connection.receive()
            self._active_at_s = time.monotonic()

    def _put(self, packets: list[Packet]) -> None:
        for packet in packets:
            self._outlet.put(packet)

    def _patience_s(self) -> float:
        left_s = self._active_at_s + self._terms.inactivity_s - time.monotonic()
        if left_s <= 0 and self._outlet.empty:
            raise IdleError
        return max(left_s, 1.0)

    async def _deliver(self, packet: Packet | None) -> None:
        body = xtts_message(packet, alignment=self._terms.alignment)
        if body is not None:
            await self._connection.send(body)
        self._active_at_s = time.monotonic()
