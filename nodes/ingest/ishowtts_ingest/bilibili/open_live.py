"""Into a room with the official API: signed requests, and a session that is kept alive.

https://open-live.bilibili.com/document/
"""

import asyncio
import hashlib
import hmac
import logging
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import msgspec
from aiohttp import ClientSession

from ishowtts_ingest.bilibili.entrance import Entrance
from ishowtts_ingest.bilibili.errors import BilibiliError, LostError, RefusedError
from ishowtts_ingest.bilibili.http import Answer, answer, refusal
from ishowtts_ingest.bilibili.open_events import OpenEvents
from ishowtts_ingest.network.web import NETWORK_ERRORS
from ishowtts_ingest.settings.bilibili import BilibiliSettings

_LOG = logging.getLogger("ishowtts.ingest")

MISSED_HEARTBEATS = 2
"""The platform forgets a session after a minute without one."""
END_TIMEOUT_S = 2.0


class _Game(msgspec.Struct, frozen=True):
    game_id: str = ""


class _WebSocket(msgspec.Struct, frozen=True):
    auth_body: str
    wss_link: list[str]


class _Anchor(msgspec.Struct, frozen=True):
    room_id: int
    open_id: str = ""


class _Started(msgspec.Struct, frozen=True):
    game_info: _Game
    websocket_info: _WebSocket
    anchor_info: _Anchor


class OpenLiveEntry:
    """Opens the one room that the streamer's identity code names."""

    def __init__(
        self,
        session: ClientSession,
        settings: BilibiliSettings,
        clock_ns: Callable[[], int],
        heartbeat_s: float,
    ) -> None:
        self._session = session
        self._settings = settings
        self._clock_ns = clock_ns
        self._heartbeat_s = heartbeat_s

    @asynccontextmanager
    async def enter(self, channel: str) -> AsyncIterator[Entrance]:
        started = await self._start()
        game_id = started.game_info.game_id
        try:
            self._compare(channel, started.anchor_info.room_id)
            yield Entrance(
                urls=self._urls(started),
                auth=started.websocket_info.auth_body.encode(),
                room_id=started.anchor_info.room_id,
                owner=started.anchor_info.open_id,
                read=OpenEvents().read,
                keep_alive=lambda: self._keep_alive(game_id),
            )
        finally:
            await self._end(game_id)

    async def _start(self) -> _Started:
        settings = self._settings
        given = await self._call(
            "start", {"code": settings.identity_code, "app_id": settings.app_id}
        )
        if given.code:
            raise refusal("starting", given)
        try:
            return msgspec.convert(given.data, _Started, strict=False)
        except msgspec.ValidationError:
            raise RefusedError("starting: the answer cannot be read") from None

    def _compare(self, channel: str, room_id: int) -> None:
        if channel != str(room_id):
            raise RefusedError(f"the identity code is that of room {room_id}, not of {channel}")

    def _urls(self, started: _Started) -> list[str]:
        if self._settings.chat_url:
            return [self._settings.chat_url]
        if not started.websocket_info.wss_link:
            raise RefusedError("starting: there is no chat server")
        return started.websocket_info.wss_link

    async def _keep_alive(self, game_id: str) -> NoReturn:
        """Projects without a session have an empty `game_id`, and nothing to keep alive."""
        missed = 0
        while True:
            await asyncio.sleep(self._heartbeat_s)
            if not game_id:
                continue
            try:
                given = await self._call("heartbeat", {"game_id": game_id})
            except (*NETWORK_ERRORS, BilibiliError) as error:
                missed += 1
                if missed > MISSED_HEARTBEATS:
                    raise LostError(f"the session could not be kept: {error}") from None
            else:
                missed = 0
                if given.code:
                    raise LostError(str(refusal("the session has ended", given)))

    async def _end(self, game_id: str) -> None:
        """Without it, the room cannot be entered again for a minute."""
        if not game_id:
            return
        body = {"app_id": self._settings.app_id, "game_id": game_id}
        try:
            given = await asyncio.wait_for(self._call("end", body), END_TIMEOUT_S)
        except (*NETWORK_ERRORS, BilibiliError) as error:
            _LOG.warning("bilibili: the session could not be ended: %s", error)
        else:
            if given.code:
                _LOG.warning("bilibili: %s", refusal("ending", given))

    async def _call(self, verb: str, body: dict[str, Any]) -> Answer:
        raw = msgspec.json.encode(body)
        url = f"{self._settings.open_api_url}/v2/app/{verb}"
        async with self._session.post(
            url, data=raw, headers=self._headers(raw), allow_redirects=False
        ) as response:
            return await answer(response, verb)

    def _headers(self, body: bytes) -> dict[str, str]:
        return sign(
            body,
            key_id=self._settings.access_key_id,
            secret=self._settings.access_key_secret,
            nonce=uuid.uuid4().hex,
            now_s=int(self._clock_ns() // 10**9),
        )


def sign(body: bytes, *, key_id: str, secret: str, nonce: str, now_s: int) -> dict[str, str]:
    """The headers of a signed request."""
    headers = {
        "x-bili-accesskeyid": key_id,
        "x-bili-content-md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": nonce,
        "x-bili-signature-version": "1.0",
        "x-bili-timestamp": str(now_s),
    }
    text = "\n".join(f"{name}:{value}" for name, value in headers.items())
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return {
        **headers,
        "Authorization": signature,
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
