"""The YouTube Data API v3, within its quota.

The chat is polled. YouTube recommends `streamList`, a push over gRPC: that takes grpcio and
protobuf (20 MB), goes through no SOCKS proxy, and what it costs of the quota is not documented.
"""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from aiohttp import ClientResponse, ClientSession

from ishowtts_ingest.network.web import NETWORK_ERRORS
from ishowtts_ingest.settings.youtube import YoutubeSettings
from ishowtts_ingest.youtube.errors import (
    NotLiveError,
    OverError,
    QuotaError,
    RefusedError,
    StaleTokenError,
    UnreachableError,
    YoutubeError,
)
from ishowtts_ingest.youtube.names import is_video
from ishowtts_ingest.youtube.payloads import (
    ChannelList,
    Failure,
    Page,
    Problem,
    Uploads,
    Video,
    Videos,
)
from ishowtts_ingest.youtube.quota import LOOKUP_UNITS, POLL_UNITS, Quota, in_words

T = TypeVar("T")

MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_SHOWN_CHARS = 160
PAGE_MESSAGES = 2000
UPLOADS_SEEN = 10
"""A stream that is live stands among the newest uploads."""

_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}
_HURRY = {"rateLimitExceeded", "userRateLimitExceeded"}
_OVER = {"liveChatEnded", "liveChatDisabled", "liveChatNotFound"}
_STALE = {"pageTokenInvalid", "invalidPageToken"}


class LiveChat(NamedTuple):
    """A chat that can be read.

    Attributes:
        streamer: The channel's name, as viewers address it.
    """

    chat_id: str
    streamer: str


class TimedPage(NamedTuple):
    """A page, and when YouTube sent it by its own clock; None where it does not say."""

    page: Page
    server_ns: int | None


class YoutubeApi:
    """Asks for videos and chats; the key travels in a header, never in an address."""

    def __init__(
        self,
        session: ClientSession,
        settings: YoutubeSettings,
        quota: Quota,
        clock_s: Callable[[], float],
    ) -> None:
        self._session = session
        self._settings = settings
        self._quota = quota
        self._clock_s = clock_s
        self._uploads: dict[str, str] = {}

    async def find_chat(self, name: str) -> LiveChat:
        """The chat of a video, or of what a channel streams now.

        Raises:
            NotLiveError: There is none now.
            OverError: There will never be one.
            YoutubeError: It cannot be asked, see `errors`.
        """
        if is_video(name):
            videos = await self._videos(name)
            if not videos:
                raise OverError(f"there is no video {name} on YouTube")
            return _chat_of(videos[0])
        videos = await self._videos(*await self._newest(name))
        for video in videos:
            if video.snippet.live_broadcast_content == "live":
                return _chat_of(video)
        raise NotLiveError(f"{name} is not live")

    async def read_page(self, chat_id: str, page_token: str) -> TimedPage:
        """A page of a chat; without a token the first one, which holds its history.

        Raises:
            OverError: The chat has ended.
            StaleTokenError: The token does not count.
            YoutubeError: It cannot be asked, see `errors`.
        """
        asked = {"liveChatId": chat_id, "part": "id,snippet,authorDetails"}
        asked["maxResults"] = str(PAGE_MESSAGES)
        if page_token:
            asked["pageToken"] = page_token
        page, response = await self._get("liveChat/messages", asked, Page, POLL_UNITS)
        return TimedPage(page, _server_ns(response))

    async def _newest(self, channel: str) -> tuple[str, ...]:
        """The newest videos of a channel: 2 units, where a search would cost 100."""
        if channel not in self._uploads:
            by = "forHandle" if channel.startswith("@") else "id"
            asked = {"part": "contentDetails", by: channel}
            found, _ = await self._get("channels", asked, ChannelList, LOOKUP_UNITS)
            if not found.items:
                raise RefusedError(f"there is no channel {channel} on YouTube")
            self._uploads[channel] = found.items[0].content_details.related_playlists.uploads
        asked = {"part": "contentDetails", "playlistId": self._uploads[channel]}
        asked["maxResults"] = str(UPLOADS_SEEN)
        uploads, _ = await self._get("playlistItems", asked, Uploads, LOOKUP_UNITS)
        return tuple(one.content_details.video_id for one in uploads.items)

    async def _videos(self, *ids: str) -> tuple[Video, ...]:
        if not ids:
            return ()
        asked = {"part": "snippet,liveStreamingDetails", "id": ",".join(ids)}
        videos, _ = await self._get("videos", asked, Videos, LOOKUP_UNITS)
        return videos.items

    async def _get(
        self, path: str, asked: dict[str, str], kind: type[T], units: int
    ) -> tuple[T, ClientResponse]:
        self._spend(units)
        url = f"{self._settings.api_url.rstrip('/')}/{path}"
        headers = {"X-Goog-Api-Key": self._settings.api_key}
        try:
            async with self._session.get(
                url, params=asked, headers=headers, allow_redirects=False
            ) as response:
                body = await _read(response)
        except NETWORK_ERRORS as error:
            raise UnreachableError(f"YouTube cannot be reached: {type(error).__name__}") from None
        if response.status != 200:  # noqa: PLR2004 - the one status with what was asked for
            raise self._refusal(response.status, body)
        try:
            return msgspec.json.decode(body, type=kind, strict=False), response
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UnreachableError("YouTube's answer cannot be read") from None

    def _spend(self, units: int) -> None:
        now_s = self._clock_s()
        wait_s = self._quota.wait_s(units, now_s)
        if wait_s > 0:
            raise _used_up(wait_s)
        self._quota.spend(units, now_s)

    def _refusal(self, status: int, body: bytes) -> YoutubeError:
        problem = _problem(body)
        reasons = problem.reasons
        said = self._shown(problem.message)
        if reasons & _QUOTA:
            now_s = self._clock_s()
            self._quota.exhaust(now_s)
            return _used_up(self._quota.wait_s(1, now_s))
        if reasons & _STALE:
            return StaleTokenError(said)
        if reasons & _OVER or status == 404:  # noqa: PLR2004 - HTTP
            return OverError(f"the chat cannot be read any more: {said}")
        if reasons & _HURRY or status == 429 or status >= 500:  # noqa: PLR2004 - HTTP
            return UnreachableError(f"YouTube answers {status}: {said}")
        return RefusedError(f"YouTube refuses ({said}): check ingest.youtube.api_key")

    def _shown(self, said: str) -> str:
        key = self._settings.api_key
        text = " ".join(said.replace(key, "...").split()) if key else said
        return text[:MAX_SHOWN_CHARS] or "no reason given"


def _chat_of(video: Video) -> LiveChat:
    details = video.live_streaming_details
    if details is None:
        raise OverError(f"video {video.id} is no live stream")
    if details.active_live_chat_id:
        return LiveChat(details.active_live_chat_id, video.snippet.channel_title)
    if details.actual_end_time:
        raise OverError("the stream has ended")
    raise NotLiveError("the stream has no chat now")


def _used_up(wait_s: float) -> QuotaError:
    return QuotaError(
        "the daily quota of YouTube's API is used up: the chat is read again at midnight,"
        f" Pacific time, in {in_words(wait_s)}",
        wait_s,
    )


async def _read(response: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise UnreachableError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    return bytes(body)


def _problem(body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Failure, strict=False).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Problem()


def _server_ns(response: Any) -> int | None:
    try:
        return int(parsedate_to_datetime(response.headers.get("Date", "")).timestamp()) * 10**9
    except (TypeError, ValueError, OverflowError):
        return None
