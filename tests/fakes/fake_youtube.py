"""The YouTube Data API v3 on loopback, as far as a reader of live chats asks it."""

import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, NamedTuple

from aiohttp import web
from msgspec.structs import replace

from ishowtts_ingest.settings.youtube import YoutubeSettings
from ishowtts_ingest.source import SourceContext
from ishowtts_ingest.sources.youtube import YoutubeSource
from ishowtts_ingest.youtube.reader import Pauses
from tests.fakes.serving import serving

KEY = "AIzaFakeKey1"
VIDEO = "dQw4w9WgXcQ"
CHANNEL = "UCabcdefghijklmnopqrstuv"
QUICK = Pauses(shortest_s=0.005, lost_s=0.02, refused_s=0.02, idle_s=0.02)
NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)


class Failure(NamedTuple):
    """An answer that is no."""

    status: int
    reason: str
    message: str = "No."


class Asked(NamedTuple):
    """A request that came."""

    path: str
    query: dict[str, str]
    key: str


class FakeYoutube:
    """A server whose behaviour a test may spoil.

    Attributes:
        videos: By id, as `videos.list` answers; an id that is missing is no video.
        handles: Channels by handle.
        uploads: Ids of each channel's videos.
        chat: Entries of the one chat, oldest first.
        failures: Answers by path instead of the right ones; the last one stays.
        asked: Every request.
        polling_ms: As each page says.
        offline: Whether pages say that the stream is offline.
        stale: Page tokens that do not count any more.
    """

    def __init__(self) -> None:
        self.videos: dict[str, dict[str, Any]] = {VIDEO: video(VIDEO)}
        self.handles = {"@ann_plays": CHANNEL}
        self.uploads = {CHANNEL: [VIDEO]}
        self.chat: list[Any] = []
        self.failures: dict[str, list[Failure]] = {}
        self.asked: list[Asked] = []
        self.polling_ms: Any = 5
        self.offline = False
        self.stale: set[str] = set()
        self.raw_body = b""
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def settings(self) -> YoutubeSettings:
        """Of a reader of this fake, with more quota than it can spend."""
        return YoutubeSettings(
            api_key=KEY, daily_units=10**9, api_url=f"http://127.0.0.1:{self.port}/youtube/v3"
        )

    async def start(self) -> None:
        """Listen; a second start listens on the same port again."""
        app = web.Application()
        app.router.add_get("/youtube/v3/{path:.+}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    def say(self, text: str, **changes: Any) -> str:
        """Bob writes in the chat; gives the message's id."""
        one = entry("textMessageEvent", {"textMessageDetails": {"messageText": text}}, **changes)
        self.chat.append(one)
        return one["id"]

    def polls(self) -> int:
        """How often the chat was looked into."""
        return sum(one.path == "liveChat/messages" for one in self.asked)

    async def _answer(self, request: web.Request) -> web.Response:
        path, query = request.match_info["path"], dict(request.query)
        key = request.headers.get("X-Goog-Api-Key", "")
        self.asked.append(Asked(path, query, key))
        failures = self.failures.get(path, [])
        if failures:
            return _failed(failures.pop(0) if len(failures) > 1 else failures[0])
        if key != KEY:
            return _failed(Failure(400, "API_KEY_INVALID", f"API key {key} not valid."))
        if self.raw_body:
            return web.Response(body=self.raw_body, content_type="application/json")
        return self._found(path, query)

    def _found(self, path: str, query: dict[str, str]) -> web.Response:
        match path:
            case "videos":
                found = [self.videos[one] for one in query["id"].split(",") if one in self.videos]
                return _ok({"items": found})
            case "channels":
                return _ok({"items": self._channels(query)})
            case "playlistItems":
                ids = self.uploads.get(query["playlistId"].replace("UU", "UC", 1), [])
                return _ok({"items": [{"contentDetails": {"videoId": one}} for one in ids]})
            case "liveChat/messages":
                return self._page(query)
            case _:
                return web.Response(status=404)

    def _channels(self, query: dict[str, str]) -> list[dict[str, Any]]:
        found = self.handles.get(query.get("forHandle", ""), query.get("id", ""))
        if found not in self.uploads:
            return []
        uploads = found.replace("UC", "UU", 1)
        return [{"id": found, "contentDetails": {"relatedPlaylists": {"uploads": uploads}}}]

    def _page(self, query: dict[str, str]) -> web.Response:
        token = query.get("pageToken", "")
        if token in self.stale:
            return _failed(Failure(400, "pageTokenInvalid", "The page token is not valid."))
        start = int(token.removeprefix("at-")) if token else 0
        page = {
            "items": self.chat[start:],
            "nextPageToken": f"at-{len(self.chat)}",
            "pollingIntervalMillis": self.polling_ms,
            "pageInfo": {"totalResults": len(self.chat), "resultsPerPage": 500},
        }
        if self.offline:
            page["offlineAt"] = NOW.isoformat()
        return _ok(page)


def video(video_id: str, live: str = "live", **details: str) -> dict[str, Any]:
    """A video as `videos.list` answers; `live`, `upcoming` or `none`."""
    chat = {} if live == "none" else {"activeLiveChatId": "chat1"}
    return {
        "id": video_id,
        "snippet": {"channelTitle": "Ann Plays", "liveBroadcastContent": live},
        "liveStreamingDetails": {"actualStartTime": NOW.isoformat(), **chat, **details},
    }


def entry(kind: str, details: dict[str, Any], age_s: float = 1, **author: Any) -> dict[str, Any]:
    """An entry of a chat as `liveChatMessages.list` answers."""
    return {
        "kind": "youtube#liveChatMessage",
        "id": uuid.uuid4().hex,
        "snippet": {
            "type": kind,
            "liveChatId": "chat1",
            "authorChannelId": "UCbob",
            "publishedAt": (NOW - timedelta(seconds=age_s)).isoformat(),
            "hasDisplayContent": True,
            **details,
        },
        "authorDetails": {
            "channelId": "UCbob",
            "displayName": "@Bob",
            "isVerified": False,
            "isChatOwner": False,
            "isChatSponsor": False,
            "isChatModerator": False,
            **author,
        },
    }


def _ok(body: dict[str, Any]) -> web.Response:
    return web.json_response(body, headers={"Date": format_datetime(NOW, usegmt=True)})


def _failed(failure: Failure) -> web.Response:
    error = {
        "code": failure.status,
        "message": failure.message,
        "errors": [{"message": failure.message, "reason": failure.reason}],
        "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": failure.reason}
        ],
    }
    return web.json_response({"error": error}, status=failure.status)


class YoutubePlatform:
    """The fake as the sources' contract wants it."""

    channel = f"https://www.youtube.com/watch?v={VIDEO}&t=5s"
    open = 0

    def __init__(self, fake: FakeYoutube) -> None:
        self.fake = fake

    @property
    def contacts(self) -> int:
        return len(self.fake.asked)

    def build(self, its: SourceContext, **settings: Any) -> YoutubeSource:
        return YoutubeSource(its, replace(self.fake.settings, **settings), QUICK)

    async def say(self, text: str) -> None:
        self.fake.say(text)


@contextlib.asynccontextmanager
async def youtube() -> AsyncIterator[YoutubePlatform]:
    """A platform for the contract of the sources."""
    async with serving(FakeYoutube()) as fake:
        yield YoutubePlatform(fake)
