"""Twitch's HTTP API through twitchio: tokens, users, subscriptions.

Of twitchio this uses what keeps tokens valid and knows the API. Its own WebSocket (3.3) is not
used: it throws away what arrives on the old connection while it moves to the new one, takes no
proxy, and stays away for good when a connection is not greeted.

Texts of twitchio's exceptions may hold tokens and the client's secret: none leaves this file.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, NamedTuple, TypeVar

from aiohttp import ClientSession
from twitchio import Client, eventsub  # pyright: ignore[reportMissingImports] - not on Python 3.10
from twitchio.exceptions import (  # pyright: ignore[reportMissingImports] - same
    HTTPException,
    InvalidTokenException,
)
from twitchio.http import Route  # pyright: ignore[reportMissingImports] - same

from ishowtts_ingest.network.web import NETWORK_ERRORS
from ishowtts_ingest.settings.twitch import TwitchEventsubSettings
from ishowtts_ingest.twitch.errors import RefusedError, UnreachableError
from ishowtts_ingest.twitch.names import normalise_token

T = TypeVar("T")

READ_CHAT = "user:read:chat"
READ_REDEMPTIONS = ("channel:read:redemptions", "channel:manage:redemptions")
SECTION = "ingest.twitch_eventsub"
MAX_SHOWN_CHARS = 160

_CHAT_SUBSCRIPTIONS = (
    eventsub.ChatMessageSubscription,
    eventsub.ChatNotificationSubscription,
    eventsub.ChatMessageDeleteSubscription,
    eventsub.ChatClearUserMessagesSubscription,
    eventsub.ChatClearSubscription,
)


class Reader(NamedTuple):
    """The account whose token reads."""

    user_id: str
    login: str
    scopes: frozenset[str]


class TwitchApi:
    """What the source asks of Twitch, on behalf of one account."""

    def __init__(self, http: ClientSession, settings: TwitchEventsubSettings) -> None:
        self._settings = settings
        # What it says at a lower level is about parts that are not used, or whole events.
        logging.getLogger("twitchio").setLevel(logging.ERROR)
        self._client = Client(
            client_id=settings.client_id,
            client_secret=settings.client_secret or None,
            session=http,
            fetch_client_user=False,
        )
        self._calls = self._client.http
        self._reader: Reader | None = None
        # twitchio has its addresses in the class.
        Route.BASE = f"{settings.api_url.rstrip('/')}/"
        Route.ID_BASE = f"{settings.id_url.rstrip('/')}/"

    @property
    def login(self) -> str:
        """Who reads; empty before `sign_in`."""
        return self._reader.login if self._reader else ""

    async def close(self) -> None:
        """Stop renewing the token."""
        await self._client.close(save_tokens=False)

    async def sign_in(self) -> Reader:
        """Who reads; the token is checked, and renewed for as long as this object lives.

        Raises:
            RefusedError: The token is not valid, or may not read chat.
            UnreachableError: Twitch does not answer.
        """
        if self._reader is None:
            token = normalise_token(self._settings.token, f"{SECTION}.token")
            # An application's token is not needed, but without one twitchio sends none at all.
            await self._client.login(token=token, load_tokens=False, save_tokens=False)
            payload = await self._ask(self._calls.add_token(token, self._settings.refresh_token))
            self._reader = _reader(payload, self._settings.client_id)
        if self._reader.user_id not in self._client.tokens:
            self._reader = None
            raise RefusedError(f"the token has expired: make a new one and set {SECTION}.token")
        return self._reader

    async def find_user(self, login: str) -> str:
        """The id of a user.

        Raises:
            RefusedError: There is no such user, or the token does not count.
            UnreachableError: Twitch does not answer.
        """
        reader = await self.sign_in()
        answer = await self._ask(self._calls.get_users(logins=[login], token_for=reader.user_id))
        for user in _rows(answer):
            return str(user["id"])
        raise RefusedError(f"there is no channel {login} on Twitch")

    async def subscribe_chat(self, broadcaster_id: str, session_id: str) -> list[str]:
        """Ask for a channel's chat, its events and its deletions: all of them, or none.

        Returns:
            Ids of the subscriptions.

        Raises:
            RefusedError: Twitch does not let this account read the channel.
            UnreachableError: Twitch does not answer, or the session is gone.
        """
        reader = await self.sign_in()
        wishes = [
            wish(broadcaster_user_id=broadcaster_id, user_id=reader.user_id)
            for wish in _CHAT_SUBSCRIPTIONS
        ]
        answers = await asyncio.gather(
            *(self._subscribe(wish, reader, session_id) for wish in wishes),
            return_exceptions=True,
        )
        made = [answer for answer in answers if isinstance(answer, str)]
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        if failed:
            await self.unsubscribe(made)
            raise next((one for one in failed if isinstance(one, RefusedError)), failed[0])
        return made

    async def subscribe_redemptions(self, broadcaster_id: str, session_id: str) -> str:
        """Ask for what viewers buy with channel points; the id of the subscription."""
        wish = eventsub.ChannelPointsRedeemAddSubscription(broadcaster_user_id=broadcaster_id)
        return await self._subscribe(wish, await self.sign_in(), session_id)

    async def may_read_redemptions(self, broadcaster_id: str) -> bool:
        """Twitch tells them to the broadcaster alone."""
        reader = await self.sign_in()
        own = reader.user_id == broadcaster_id
        return own and not reader.scopes.isdisjoint(READ_REDEMPTIONS)

    async def reward_titles(self, broadcaster_id: str) -> dict[str, str]:
        """Names of the channel's rewards by their ids."""
        answer = await self._ask(
            self._calls.get_custom_reward(broadcaster_id=broadcaster_id, token_for=broadcaster_id)
        )
        return {str(row["id"]): str(row.get("title", "")) for row in _rows(answer)}

    async def unsubscribe(self, subscription_ids: list[str]) -> None:
        """Take subscriptions back; those that cannot be are left to the session's end."""
        reader = await self.sign_in()
        calls = [
            self._ask(self._calls.delete_eventsub_subscription(one, token_for=reader.user_id))
            for one in subscription_ids
            if one
        ]
        await asyncio.gather(*calls, return_exceptions=True)

    async def _subscribe(self, wish: Any, reader: Reader, session_id: str) -> str:
        """The subscription's id; empty where Twitch has it already and does not say which."""
        call = self._calls.create_eventsub_subscription(
            type=eventsub.SubscriptionType(wish.type),
            version=wish.version,
            condition=wish.condition,
            transport={"method": "websocket", "session_id": session_id},
            token_for=reader.user_id,
        )
        try:
            answer = await self._ask(call)
        except _ExistsError:
            return ""
        return next((str(row["id"]) for row in _rows(answer)), "")

    async def _ask(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except HTTPException as error:
            raise self._meaning(error) from None
        except NETWORK_ERRORS as error:
            raise UnreachableError(f"Twitch cannot be reached: {type(error).__name__}") from None
        except (LookupError, TypeError, ValueError):
            raise UnreachableError("Twitch's answer cannot be read") from None

    def _meaning(self, error: Any) -> Exception:
        """What an HTTP error means, in one sentence."""
        status, said = error.status, self._shown(error)
        if status == 409:  # noqa: PLR2004 - HTTP
            return _ExistsError()
        if status == 429 or status >= 500 or "session" in said.lower():  # noqa: PLR2004 - HTTP
            return UnreachableError(f"Twitch answers {status}: {said}")
        if status == 401 or _is_about_token(error):  # noqa: PLR2004 - HTTP
            return RefusedError(
                f"Twitch does not accept the token ({said}): make a new one and set {SECTION}.token"
            )
        return RefusedError(f"Twitch does not allow this account to read the channel: {said}")

    def _shown(self, error: Any) -> str:
        extra = error.extra if isinstance(error.extra, dict) else {}
        said = " ".join(str(extra.get("message", "")).split())
        settings = self._settings
        for secret in (settings.token, settings.refresh_token, settings.client_secret):
            if secret:
                said = said.replace(secret, "...")
        return said[:MAX_SHOWN_CHARS] or "no reason given"


class _ExistsError(Exception):
    """The subscription exists."""


def _reader(payload: Any, client_id: str) -> Reader:
    scopes = frozenset(payload.scopes or ())
    if payload.client_id != client_id:
        raise RefusedError(f"{SECTION}.token was made for another application than client_id")
    if not payload.user_id:
        raise RefusedError(f"{SECTION}.token is an application's: it must be a user's")
    if READ_CHAT not in scopes:
        raise RefusedError(f"{SECTION}.token may not read chat: make one with {READ_CHAT}")
    return Reader(str(payload.user_id), payload.login or "", scopes)


def _rows(answer: Any) -> list[dict[str, Any]]:
    rows = answer.get("data") if isinstance(answer, dict) else None
    return [row for row in rows or () if isinstance(row, dict) and "id" in row]


def _is_about_token(error: Any) -> bool:
    """Whether it came of checking or renewing the token."""
    return isinstance(error, InvalidTokenException) or bool(error.route and error.route.use_id)
