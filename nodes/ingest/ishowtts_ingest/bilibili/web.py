"""Into a room as a browser goes: room number, signed request for a server and a token."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import msgspec
from aiohttp import ClientSession

from ishowtts_ingest.bilibili.entrance import Entrance
from ishowtts_ingest.bilibili.errors import RefusedError
from ishowtts_ingest.bilibili.http import USER_AGENT, answer, refusal
from ishowtts_ingest.bilibili.wbi import mixed_key, signed
from ishowtts_ingest.bilibili.web_events import WebEvents
from ishowtts_ingest.settings.bilibili import BilibiliSettings

KEY_TTL_S = 12 * 3600
NOT_LOGGED_IN = -101
MASKED = (
    "users are masked, so that voices per user and block lists do not work: "
    "set ingest.bilibili.sessdata"
)
EXPIRED = "the account's SESSDATA has expired; " + MASKED

_T = TypeVar("_T")


class _Room(msgspec.Struct, frozen=True):
    room_id: int
    uid: int = 0


class _Keys(msgspec.Struct, frozen=True):
    img_url: str
    sub_url: str


class _Nav(msgspec.Struct, frozen=True):
    wbi_img: _Keys
    mid: int = 0


class _Device(msgspec.Struct, frozen=True):
    b_3: str


class _Host(msgspec.Struct, frozen=True):
    host: str
    wss_port: int


class _Server(msgspec.Struct, frozen=True):
    token: str
    host_list: list[_Host]


class _Account(NamedTuple):
    """Who asks: 0 is nobody. The signing key holds for a while only."""

    uid: int
    key: str
    until_s: float


class WebEntry:
    """Opens rooms over the web's API; key and device number are kept for the next room."""

    def __init__(
        self, session: ClientSession, settings: BilibiliSettings, clock_ns: Callable[[], int]
    ) -> None:
        self._session = session
        self._settings = settings
        self._clock_ns = clock_ns
        self._account: _Account | None = None
        self._buvid = ""
        # Many rooms at once look like an attack, and are all refused.
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def enter(self, channel: str) -> AsyncIterator[Entrance]:
        async with self._one_at_a_time:
            room = await self._room(channel)
            account = await self._identify()
            server = await self._server(room.room_id, account)
        expired = bool(self._settings.sessdata) and not account.uid
        yield Entrance(
            urls=self._urls(server),
            auth=self._auth(room.room_id, account.uid, server.token),
            room_id=room.room_id,
            owner=str(room.uid),
            read=WebEvents().read,
            keep_alive=asyncio.Event().wait,
            notice=EXPIRED if expired else "",
        )

    def _urls(self, server: _Server) -> list[str]:
        if self._settings.chat_url:
            return [self._settings.chat_url]
        return [f"wss://{host.host}:{host.wss_port}/sub" for host in server.host_list]

    def _auth(self, room_id: int, uid: int, token: str) -> bytes:
        return msgspec.json.encode(
            {
                "uid": uid,
                "roomid": room_id,
                "protover": 3,
                "platform": "web",
                "type": 2,
                "buvid": self._buvid,
                "key": token,
            }
        )

    async def _room(self, channel: str) -> _Room:
        url = f"{self._settings.live_api_url}/room/v1/Room/room_init"
        return await self._get(url, {"id": channel}, _Room, f"room {channel}")

    async def _identify(self) -> _Account:
        now_s = self._clock_ns() / 1e9
        if self._account is None or self._account.until_s <= now_s:
            await self._get_device()
            nav = await self._get(
                f"{self._settings.api_url}/x/web-interface/nav", {}, _Nav, "the signing key"
            )
            try:
                key = mixed_key(nav.wbi_img.img_url, nav.wbi_img.sub_url)
            except ValueError as error:
                raise RefusedError(str(error)) from None
            self._account = _Account(nav.mid, key, now_s + KEY_TTL_S)
        return self._account

    async def _get_device(self) -> None:
        url = f"{self._settings.api_url}/x/frontend/finger/spi"
        if not self._buvid:
            self._buvid = (await self._get(url, {}, _Device, "a device number")).b_3

    async def _server(self, room_id: int, account: _Account) -> _Server:
        url = f"{self._settings.live_api_url}/xlive/web-room/v1/index/getDanmuInfo"
        query = signed({"id": room_id, "type": 0}, account.key, int(self._clock_ns() // 10**9))
        try:
            server = await self._get(url, query, _Server, "a chat server")
        except RefusedError:
            # A signature that no longer holds is answered so, too.
            self._account = None
            raise
        if not server.host_list and not self._settings.chat_url:
            raise RefusedError("a chat server: there is none")
        return server

    async def _get(self, url: str, query: dict[str, str], kind: type[_T], what: str) -> _T:
        async with self._session.get(
            url, params=query, headers=self._headers(), allow_redirects=False
        ) as response:
            given = await answer(response, what)
        if given.code not in (0, NOT_LOGGED_IN):
            raise refusal(what, given)
        try:
            return _convert(given.data, kind)
        except msgspec.ValidationError:
            raise refusal(what, given) from None

    def _headers(self) -> dict[str, str]:
        cookies = {"SESSDATA": self._settings.sessdata, "buvid3": self._buvid}
        jar = "; ".join(f"{name}={value}" for name, value in cookies.items() if value)
        headers = {"User-Agent": USER_AGENT, "Referer": "https://live.bilibili.com/"}
        return {**headers, "Cookie": jar} if jar else headers


def _convert(data: Any, kind: type[_T]) -> _T:
    return msgspec.convert(data, kind, strict=False)
