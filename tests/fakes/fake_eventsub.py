"""Twitch's EventSub on loopback: tokens, users, subscriptions over HTTP; events over WebSocket."""

import contextlib
import itertools
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from aiohttp import web
from msgspec.structs import replace

from ishowtts_ingest.settings.twitch import TwitchEventsubSettings
from ishowtts_ingest.source import SourceContext
from ishowtts_ingest.sources.twitch_eventsub import TwitchEventsubSource
from ishowtts_ingest.twitch.eventsub_session import Timing
from tests.fakes.serving import serving

SENT_AT = "2023-11-14T22:13:20.123Z"
MESSAGE = "channel.chat.message"
NOTIFICATION = "channel.chat.notification"
MESSAGE_DELETE = "channel.chat.message_delete"
CLEAR_USER = "channel.chat.clear_user_messages"
CLEAR = "channel.chat.clear"
REDEMPTION = "channel.channel_points_custom_reward_redemption.add"
_FRAGMENT = {"type": "text", "cheermote": None, "emote": None, "mention": None}
QUICK = Timing(welcome_s=2.0, retry_s=0.01, drain_s=0.2)


class Subscription(NamedTuple):
    """One that is alive."""

    id: str
    type: str
    broadcaster_id: str
    session_id: str


class Refusal(NamedTuple):
    """An answer that is no."""

    status: int
    message: str


class Wire:
    """One WebSocket of a reader."""

    def __init__(self, session_id: str, socket: web.WebSocketResponse, request: web.Request):
        self.session_id = session_id
        self.socket = socket
        self._request = request

    async def send(self, kind: str, payload: Any, message_id: str = "") -> None:
        """Send one frame; a reader that is gone does not matter."""
        metadata = {
            "message_id": message_id or str(uuid.uuid4()),
            "message_type": kind,
            "message_timestamp": SENT_AT,
        }
        if "subscription" in payload:
            metadata["subscription_type"] = payload["subscription"]["type"]
            metadata["subscription_version"] = "1"
        with contextlib.suppress(ConnectionError):
            await self.socket.send_json({"metadata": metadata, "payload": payload})

    def cut(self) -> None:
        """Break the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()


class FakeEventsub:
    """A server whose behaviour a test may spoil.

    Attributes:
        users: Logins and their ids; `ann_plays` owns the token.
        scopes: What the token may do.
        tokens: Those that count.
        refresh: What a refresh token is changed for; it may be none.
        refusals: Answers to subscriptions, by type.
        titles: Names of rewards by id.
        wires: Connections that are open, the oldest first.
        subscriptions: Those that are alive.
        requested: Method, path and token of every request.
        keepalive_s: As the greeting says.
        greets: Whether connections are greeted at all.
    """

    def __init__(self) -> None:
        self.users = {"ann_plays": "1", "bob": "2", "cy": "3"}
        self.scopes = ["user:read:chat"]
        self.tokens = {"token1"}
        self.refresh: dict[str, str] = {}
        self.refusals: dict[str, Refusal] = {}
        self.titles: dict[str, str] = {}
        self.wires: list[Wire] = []
        self.subscriptions: dict[str, Subscription] = {}
        self.requested: list[tuple[str, str, str]] = []
        self.keepalive_s = 10.0
        self.greets = True
        self.contacts = 0
        self.port = 0
        self._ids = itertools.count(1)
        self._runner: web.AppRunner | None = None

    @property
    def settings(self) -> TwitchEventsubSettings:
        """Of a reader of this fake."""
        return TwitchEventsubSettings(
            client_id="client1",
            client_secret="secret1",
            token="token1",
            refresh_token="refresh1",
            url=f"ws://127.0.0.1:{self.port}/ws",
            api_url=f"http://127.0.0.1:{self.port}/helix",
            id_url=f"http://127.0.0.1:{self.port}",
        )

    async def start(self) -> None:
        """Listen; a second start listens on the same port again."""
        app = web.Application()
        app.router.add_get("/oauth2/validate", self._validate)
        app.router.add_post("/oauth2/token", self._renew)
        app.router.add_get("/helix/users", self._find_users)
        app.router.add_get("/helix/channel_points/custom_rewards", self._list_rewards)
        app.router.add_post("/helix/eventsub/subscriptions", self._subscribe)
        app.router.add_delete("/helix/eventsub/subscriptions", self._unsubscribe)
        app.router.add_get("/ws", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Break every connection and listen no more."""
        for wire in list(self.wires):
            wire.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    def types(self, login: str = "ann_plays") -> set[str]:
        """Types that are subscribed for a channel."""
        user = self.users[login]
        return {one.type for one in self.subscriptions.values() if one.broadcaster_id == user}

    async def notify(
        self,
        kind: str,
        event: dict[str, Any],
        login: str = "ann_plays",
        message_id: str = "",
        wire: Wire | None = None,
    ) -> None:
        """Tell an event to all who asked for it, or on one connection."""
        message_id = message_id or str(uuid.uuid4())
        for one in list(self.subscriptions.values()):
            if (one.type, one.broadcaster_id) != (kind, self.users[login]):
                continue
            payload = {"subscription": _described(one, "enabled"), "event": event}
            for open_wire in [wire] if wire else list(self.wires):
                if open_wire.session_id == one.session_id:
                    await open_wire.send("notification", payload, message_id)

    async def say(self, text: str, login: str = "ann_plays", **event: Any) -> None:
        """Bob writes in a channel."""
        await self.notify(MESSAGE, chat_event(text, **event), login)

    async def revoke(self, kind: str, status: str, login: str = "ann_plays") -> None:
        """Take subscriptions back."""
        for one in list(self.subscriptions.values()):
            if (one.type, one.broadcaster_id) == (kind, self.users[login]):
                del self.subscriptions[one.id]
                for wire in self.wires:
                    await wire.send("revocation", {"subscription": _described(one, status)})

    async def ask_to_move(self) -> None:
        """Ask the newest connection to move; its session and subscriptions move with it."""
        wire = self.wires[-1]
        url = f"ws://127.0.0.1:{self.port}/ws?session={wire.session_id}"
        session = {"id": wire.session_id, "status": "reconnecting", "reconnect_url": url}
        await wire.send("session_reconnect", {"session": session})

    async def keep_alive(self) -> None:
        """A keepalive on every connection."""
        for wire in self.wires:
            await wire.send("session_keepalive", {})

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        self.contacts += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        moved = request.query.get("session", "")
        wire = Wire(moved or f"session-{next(self._ids)}", socket, request)
        session = {
            "id": wire.session_id,
            "status": "connected",
            "keepalive_timeout_seconds": self.keepalive_s,
            "reconnect_url": None,
            "connected_at": SENT_AT,
        }
        if self.greets:
            self.wires.append(wire)
            await wire.send("session_welcome", {"session": session})
        try:
            async for _ in socket:
                await socket.close(code=4001)
        finally:
            if wire in self.wires:
                self.wires.remove(wire)
            if wire.session_id not in {other.session_id for other in self.wires}:
                self._forget(wire.session_id)
        return socket

    def _forget(self, session_id: str) -> None:
        for one in list(self.subscriptions.values()):
            if one.session_id == session_id:
                del self.subscriptions[one.id]

    async def _validate(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _refused(401, "invalid access token")
        return web.json_response(
            {
                "client_id": "client1",
                "login": "ann_plays",
                "scopes": self.scopes,
                "user_id": "1",
                "expires_in": 14_000,
            }
        )

    async def _renew(self, request: web.Request) -> web.Response:
        self.requested.append(("POST", request.path, ""))
        fresh = self.refresh.get(request.query.get("refresh_token", ""))
        if fresh is None or request.query.get("client_secret") != "secret1":
            return _refused(400, "Invalid refresh token")
        self.tokens.add(fresh)
        return web.json_response(
            {
                "access_token": fresh,
                "refresh_token": "refresh1",
                "expires_in": 14_000,
                "scope": self.scopes,
                "token_type": "bearer",
            }
        )

    async def _find_users(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _refused(401, "Invalid OAuth token")
        logins = request.query.getall("login", [])
        found = [{"id": self.users[one], "login": one} for one in logins if one in self.users]
        return web.json_response({"data": found})

    async def _list_rewards(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _refused(401, "Invalid OAuth token")
        rows = [{"id": one, "title": title} for one, title in self.titles.items()]
        return web.json_response({"data": rows})

    async def _subscribe(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.text())
        if not self._is_known(request):
            return _refused(401, "Invalid OAuth token")
        if asked["type"] in self.refusals:
            return _refused(*self.refusals[asked["type"]])
        session_id = asked["transport"]["session_id"]
        if session_id not in {wire.session_id for wire in self.wires}:
            return _refused(400, "websocket transport session does not exist")
        broadcaster_id = asked["condition"]["broadcaster_user_id"]
        made = Subscription(f"sub-{next(self._ids)}", asked["type"], broadcaster_id, session_id)
        if made[1:] in {one[1:] for one in self.subscriptions.values()}:
            return _refused(409, "subscription already exists")
        self.subscriptions[made.id] = made
        return web.json_response({"data": [_described(made, "enabled")]}, status=202)

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        self._is_known(request)
        self.subscriptions.pop(request.query["id"], None)
        return web.Response(status=204)

    def _is_known(self, request: web.Request) -> bool:
        token = request.headers.get("Authorization", "").rpartition(" ")[2]
        self.requested.append((request.method, request.path, token))
        self.contacts += 1
        return token in self.tokens


def chat_event(text: str, **fields: Any) -> dict[str, Any]:
    """What Twitch sends for a line of Bob's."""
    return {
        "broadcaster_user_id": "1",
        "broadcaster_user_login": "ann_plays",
        "broadcaster_user_name": "Ann_Plays",
        "source_broadcaster_user_id": None,
        "chatter_user_id": "2",
        "chatter_user_login": "bob",
        "chatter_user_name": "Bob",
        "message_id": str(uuid.uuid4()),
        "message": {"text": text, "fragments": [{**_FRAGMENT, "text": text}]},
        "color": "#1E90FF",
        "badges": [],
        "source_badges": None,
        "message_type": "text",
        "cheer": None,
        "reply": None,
        "channel_points_custom_reward_id": None,
        "channel_points_animation_id": None,
        "is_source_only": None,
        **fields,
    }


def _described(one: Subscription, status: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "status": status,
        "type": one.type,
        "version": "1",
        "cost": 0,
        "condition": {"broadcaster_user_id": one.broadcaster_id, "user_id": "1"},
        "transport": {"method": "websocket", "session_id": one.session_id},
        "created_at": SENT_AT,
    }


def _refused(status: int, message: str) -> web.Response:
    return web.json_response({"status": status, "message": message}, status=status)


class EventsubPlatform:
    """The fake as the sources' contract wants it."""

    channel = "https://www.twitch.tv/Ann_Plays?x=1"

    def __init__(self, fake: FakeEventsub) -> None:
        self.fake = fake

    @property
    def contacts(self) -> int:
        return self.fake.contacts

    @property
    def open(self) -> int:
        return len(self.fake.wires)

    def build(self, its: SourceContext, **settings: Any) -> TwitchEventsubSource:
        return TwitchEventsubSource(its, replace(self.fake.settings, **settings), QUICK)

    async def say(self, text: str) -> None:
        await self.fake.say(text)


@contextlib.asynccontextmanager
async def eventsub() -> AsyncIterator[EventsubPlatform]:
    """A platform for the contract of the sources."""
    async with serving(FakeEventsub()) as fake:
        yield EventsubPlatform(fake)
