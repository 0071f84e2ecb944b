"""Bilibili on loopback: both APIs and the binary WebSocket, with packets built by hand."""

import base64
import hashlib
import hmac
import json
import struct
import zlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlencode

import brotli
from aiohttp import WSMsgType, web

from ishowtts_ingest.bilibili.connection import Timing
from ishowtts_ingest.settings.bilibili import BilibiliSettings
from ishowtts_ingest.source import SourceContext
from ishowtts_ingest.sources.bilibili import BilibiliSource
from tests.fakes.serving import serving

ROOM, SHORT_ID, OWNER, READER = 22625027, 1017, 9617619, 4242
TOKEN, SESSDATA, BUVID = "chat-token", "a%2Cb%2A1", "DEVICE-1"
KEY_ID, SECRET, APP, CODE = "key-id", "key-secret", 1712, "IDENTITY-CODE"
# From the documentation of the signature: two picture names and the key that they make.
IMG_KEY, SUB_KEY = "7cd084941338484aae1ad9425b84077c", "4932caff0ff746eab6f01bf08b70ac45"
SIGNING_KEY = "ea1db124af3c7062474693fa704f4ff8"
QUICK = Timing(heartbeat_s=0.05, silence_s=0.5, auth_s=0.5, lost_pause_s=0.01, refused_pause_s=0.02)


def packet(operation: int, body: bytes = b"", form: int = 0) -> bytes:
    return struct.pack(">IHHII", 16 + len(body), 16, form, operation, 0) + body


def command_packet(*commands: dict[str, Any], form: int = 3) -> bytes:
    """Commands as the server sends them: together in one compressed packet, or one by one."""
    plain = b"".join(packet(5, json.dumps(one).encode()) for one in commands)
    if form == 0:
        return plain
    return packet(5, zlib.compress(plain) if form == 2 else brotli.compress(plain, quality=1), form)


def danmaku(text: str, **more: Any) -> dict[str, Any]:
    """A DANMU_MSG with the places that matter."""
    extra = {"id_str": more.pop("id_str", f"id-{text}"), "emots": more.pop("emots", None)}
    extra["reply_uname"] = more.pop("reply", "")
    uid, name = more.pop("uid", 7), more.pop("name", "Ann")
    base = {"name": name, "is_mystery": more.pop("mystery", False)}
    head = [0, 1, 25, 16777215, 1_700_000_000_123, 99, 0, "hash", 0, 0, 0, ""]
    head += [more.pop("dm_type", 0), "{}", "{}"]
    head.append({"extra": json.dumps(extra), "user": {"uid": uid, "base": base}})
    author = [uid, name, more.pop("admin", 0), 0, 0, 10000, 1, more.pop("color", "")]
    medal = more.pop("medal", [])
    info = [head, text, author, medal, [1, 0, 0, ">50000"], ["", ""], 0, more.pop("guard", 0)]
    return {"cmd": "DANMU_MSG", "info": info, **more}


def open_danmaku(text: str, **more: Any) -> dict[str, Any]:
    data = {"uname": "Ann", "open_id": "open-7", "msg": text, "msg_id": f"id-{text}", "dm_type": 0}
    data |= {"timestamp": 1_700_000_000, "guard_level": 0, "fans_medal_wearing_status": False}
    return {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": {**data, "room_id": ROOM, **more}}


class FakeBilibili:
    """One room, readable both ways.

    Attributes:
        contacts: Requests by path, WebSockets under `/sub`.
        auths: Bodies of first packets.
        cookies: Cookies of each web request.
        heartbeats: Packets that kept a WebSocket alive.
        verdict: Code of the answer to a first packet.
        mute: Whether heartbeats stay unanswered.
        refusals: Path to the code that is answered there.
        logged_in: Whether the account's cookie is still good.
    """

    def __init__(self) -> None:
        self.contacts: Counter[str] = Counter()
        self.auths: list[dict[str, Any]] = []
        self.cookies: list[dict[str, str]] = []
        self.heartbeats = 0
        self.verdict = 0
        self.mute = False
        self.refusals: dict[str, int] = {}
        self.logged_in = True
        self.sockets: set[web.WebSocketResponse] = set()
        self.games: list[str] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(middlewares=[self._count])
        app.router.add_get("/room/v1/Room/room_init", self._room)
        app.router.add_get("/x/web-interface/nav", self._nav)
        app.router.add_get("/x/frontend/finger/spi", self._device)
        app.router.add_get("/xlive/web-room/v1/index/getDanmuInfo", self._server)
        app.router.add_post("/v2/app/{verb}", self._open_live)
        app.router.add_get("/sub", self._chat)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def settings(self, **more: Any) -> BilibiliSettings:
        return BilibiliSettings(
            api_url=self.url,
            live_api_url=self.url,
            open_api_url=self.url,
            chat_url=self.url.replace("http", "ws") + "/sub",
            **more,
        )

    def open_live_settings(self, **more: Any) -> BilibiliSettings:
        keys = {"access_key_id": KEY_ID, "access_key_secret": SECRET, "app_id": APP}
        return self.settings(mode="open_live", identity_code=CODE, **{**keys, **more})

    async def send(self, *commands: dict[str, Any], form: int = 3) -> None:
        await self.send_frame(command_packet(*commands, form=form))

    async def send_frame(self, frame: bytes) -> None:
        for socket in list(self.sockets):
            await socket.send_bytes(frame)

    async def hang_up(self) -> None:
        for socket in list(self.sockets):
            await socket.close()

    @web.middleware
    async def _count(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.contacts[request.path] += 1
        if request.path.startswith(("/x/", "/xlive", "/room")):
            self.cookies.append(dict(request.cookies))
        code = self.refusals.get(request.path)
        if code is not None:
            return web.json_response({"code": code, "message": "no\nway", "data": None})
        return await handler(request)

    async def _room(self, request: web.Request) -> web.Response:
        if request.query["id"] not in (str(ROOM), str(SHORT_ID)):
            return web.json_response({"code": 60004, "message": "直播间不存在", "data": []})
        return _yes({"room_id": ROOM, "short_id": SHORT_ID, "uid": OWNER})

    async def _nav(self, request: web.Request) -> web.Response:
        known = self.logged_in and request.cookies.get("SESSDATA") == SESSDATA
        pictures = {f"{key}_url": f"https://i0/bfs/wbi/{name}.png" for key, name in _PICTURES}
        data = {"isLogin": known, "mid": READER if known else 0, "wbi_img": pictures}
        return web.json_response({"code": 0 if known else -101, "message": "0", "data": data})

    async def _device(self, _request: web.Request) -> web.Response:
        return _yes({"b_3": BUVID, "b_4": "x"})

    async def _server(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        given = query.pop("w_rid", "")
        text = urlencode(sorted(query.items()), quote_via=quote)
        if given != hashlib.md5(f"{text}{SIGNING_KEY}".encode()).hexdigest():  # noqa: S324
            return _yes({"v_voucher": "voucher_1"})
        return _yes({"token": TOKEN, "host_list": [{"host": "no.invalid", "wss_port": 443}]})

    async def _open_live(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not _is_signed(request, body):
            return web.json_response({"code": 4002, "message": "bad signature", "data": None})
        given, verb = json.loads(body), request.match_info["verb"]
        if verb == "start":
            if given != {"code": CODE, "app_id": APP}:
                return web.json_response({"code": 7007, "message": "no such code", "data": {}})
            self.games.append(f"game-{len(self.games)}")
            chat = {"auth_body": json.dumps({"key": TOKEN}), "wss_link": ["wss://no.invalid"]}
            anchor = {"room_id": ROOM, "uid": 0, "open_id": "owner-1", "uname": "Streamer"}
            game = {"game_id": self.games[-1]}
            return _yes({"game_info": game, "websocket_info": chat, "anchor_info": anchor})
        if given["game_id"] not in self.games:
            return web.json_response({"code": 7003, "message": "no such session", "data": {}})
        if verb == "end":
            self.games.remove(given["game_id"])
        return _yes({})

    async def _chat(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            async for message in socket:
                if message.type is WSMsgType.BINARY:
                    await self._answer(socket, message.data)
        finally:
            self.sockets.discard(socket)
        return socket

    async def _answer(self, socket: web.WebSocketResponse, frame: bytes) -> None:
        length, header, _, operation, _ = struct.unpack(">IHHII", frame[:16])
        assert (length, header) == (len(frame), 16)
        if operation == 7:
            body = json.loads(frame[16:])
            self.auths.append(body)
            code = self.verdict if body.get("key") == TOKEN else -101
            await socket.send_bytes(packet(8, json.dumps({"code": code}).encode(), 1))
            if code == 0:
                self.sockets.add(socket)
        elif operation == 2:
            self.heartbeats += 1
            if not self.mute:
                await socket.send_bytes(packet(3, struct.pack(">I", 2466), 1))


_PICTURES = (("img", IMG_KEY), ("sub", SUB_KEY))


def _yes(data: dict[str, Any]) -> web.Response:
    return web.json_response({"code": 0, "message": "0", "ttl": 1, "data": data})


def _is_signed(request: web.Request, body: bytes) -> bool:
    names = sorted(name for name in map(str.lower, request.headers) if name.startswith("x-bili-"))
    text = "\n".join(f"{name}:{request.headers[name]}" for name in names)
    wanted = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    digest = hashlib.md5(body).hexdigest()  # noqa: S324
    return (
        request.headers.get("Authorization") == wanted
        and request.headers["x-bili-content-md5"] == digest
        and request.headers["x-bili-accesskeyid"] == KEY_ID
    )


class BilibiliPlatform:
    """The fake as the contract of the sources wants it."""

    channel = f"https://live.bilibili.com/{SHORT_ID}?from=search"

    def __init__(self, fake: FakeBilibili) -> None:
        self._fake = fake

    @property
    def contacts(self) -> int:
        return self._fake.contacts.total()

    @property
    def open(self) -> int:
        return len(self._fake.sockets)

    def build(self, its: SourceContext) -> BilibiliSource:
        return BilibiliSource(its, self._fake.settings(sessdata=SESSDATA), QUICK)

    async def say(self, text: str) -> None:
        await self._fake.send(danmaku(text))


@asynccontextmanager
async def bilibili() -> AsyncIterator[BilibiliPlatform]:
    """A platform for the contract of the sources."""
    async with serving(FakeBilibili()) as fake:
        yield BilibiliPlatform(fake)


# SEND_GIFT_V2: protobuf fields by hand.
def proto(*fields: tuple[int, int | str | bytes]) -> bytes:
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        else:
            raw = value.encode() if isinstance(value, str) else value
            out += _varint(number << 3 | 2) + _varint(len(raw)) + raw
    return out


def gift_v2(*fields: tuple[int, int | str | bytes]) -> dict[str, Any]:
    return {"cmd": "SEND_GIFT_V2", "data": {"pb": base64.b64encode(proto(*fields)).decode()}}


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
