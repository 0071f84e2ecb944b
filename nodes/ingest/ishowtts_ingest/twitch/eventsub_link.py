"""Some channels on one EventSub session, for as long as they are wanted."""

import asyncio
import contextlib
import logging
import time
from typing import Protocol

from ishowtts_ingest.network.backoff import Backoff
from ishowtts_ingest.source import ChannelPhase
from ishowtts_ingest.tasks import is_set_within, run_until_first
from ishowtts_ingest.twitch.errors import LOST, RefusedError, UnreachableError
from ishowtts_ingest.twitch.eventsub_events import REDEMPTION
from ishowtts_ingest.twitch.eventsub_payloads import Frame, Subscription
from ishowtts_ingest.twitch.eventsub_session import OpenSocket, Session, Timing

_LOG = logging.getLogger("ishowtts.ingest")

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
STEADY_AFTER_S = 60.0
_REVOKED = {
    "authorization_revoked": "the permission was taken back; make a new token",
    "user_removed": "the channel or the account is gone",
    "moderator_removed": "the account is no longer a moderator",
    "version_removed": "Twitch has changed its API; update iShowTTS",
}


class Api(Protocol):
    """What a link asks of Twitch; `eventsub_api.TwitchApi` says what is raised."""

    @property
    def login(self) -> str: ...

    async def find_user(self, login: str) -> str: ...

    async def subscribe_chat(self, broadcaster_id: str, session_id: str) -> list[str]: ...

    async def subscribe_redemptions(self, broadcaster_id: str, session_id: str) -> str: ...

    async def may_read_redemptions(self, broadcaster_id: str) -> bool: ...

    async def reward_titles(self, broadcaster_id: str) -> dict[str, str]: ...

    async def unsubscribe(self, subscription_ids: list[str]) -> None: ...


class Listener(Protocol):
    """Who hears what is read."""

    def hear(self, frame: Frame, name: str) -> None: ...

    def learn_rewards(self, titles: dict[str, str]) -> None: ...

    def count_invalid(self, reason: str) -> None: ...

    def set_state(self, name: str, phase: ChannelPhase, detail: str = "") -> None: ...


class Link:
    """Keeps a session while it has channels, and subscribes anew after each loss.

    A channel that Twitch refuses is left alone until it is joined again.

    Attributes:
        channels: What is wanted, in the order of joining.
    """

    def __init__(
        self,
        api: Api,
        listener: Listener,
        open_socket: OpenSocket,
        url: str,
        timing: Timing,
    ) -> None:
        self.channels: dict[str, None] = {}
        self._api = api
        self._listener = listener
        self._url = url
        self._session = Session(open_socket, self, timing)
        self._session_id = ""
        self._welcomed = asyncio.Event()
        self._changed = asyncio.Event()
        self._refused: set[str] = set()
        self._subscribed: dict[str, list[str]] = {}
        self._notes: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._lost = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)

    def join(self, name: str) -> None:
        """Read a channel; one that was refused is asked for again."""
        self.channels[name] = None
        self._refused.discard(name)
        self._changed.set()

    def leave(self, name: str) -> None:
        """Stop reading a channel."""
        self.channels.pop(name, None)
        self._refused.discard(name)
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled; then no socket stays open."""
        while True:
            await self._until_wanted()
            started_at = time.monotonic()
            try:
                await run_until_first(self._session.run(self._url), self._keep_subscribed())
            except Exception as error:  # noqa: BLE001 - one link's trouble is its own
                self._on_lost(error)
            else:
                continue
            if time.monotonic() - started_at >= STEADY_AFTER_S:
                self._lost.reset()
            self._changed.clear()
            await is_set_within(self._changed, self._lost.next_s())

    def on_welcome(self, session_id: str) -> None:
        """Subscriptions move along when Twitch moves the session, and its id may change."""
        self._session_id = session_id
        self._welcomed.set()

    def on_notification(self, frame: Frame) -> None:
        name = self._name_of(frame.payload.subscription)
        if name:
            self._listener.hear(frame, name)

    def on_revocation(self, subscription: Subscription) -> None:
        name = self._name_of(subscription)
        why = _REVOKED.get(subscription.status, subscription.status)
        if subscription.type == REDEMPTION:
            self._notes[name] = f"channel points are not read: {why}"
            self._changed.set()
        elif name not in self._refused:
            self._refuse(name, f"Twitch ends the reading: {why}")

    def count_invalid(self, reason: str) -> None:
        self._listener.count_invalid(reason)

    async def _until_wanted(self) -> None:
        while not self._wanted():
            self._changed.clear()
            await self._changed.wait()
        self._subscribed.clear()
        self._welcomed.clear()

    def _wanted(self) -> list[str]:
        return [name for name in self.channels if name not in self._refused]

    async def _keep_subscribed(self) -> None:
        """Make and end subscriptions as channels come and go; returns when none is left."""
        await self._welcomed.wait()
        pause = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        while self._wanted():
            self._changed.clear()
            await self._end_unwanted()
            all_done = await self._make_wanted()
            await is_set_within(self._changed, None if all_done else pause.next_s())

    async def _end_unwanted(self) -> None:
        for name in set(self._subscribed) - set(self._wanted()):
            made = self._subscribed.pop(name)
            with contextlib.suppress(RefusedError, UnreachableError):
                await self._api.unsubscribe(made)

    async def _make_wanted(self) -> bool:
        """Ask for what is missing; False where something is to be asked for again."""
        for name in self._wanted():
            if not await self._try_subscribe(name):
                return False
        return True

    async def _try_subscribe(self, name: str) -> bool:
        try:
            if name not in self._subscribed:
                await self._subscribe(name)
        except RefusedError as error:
            self._refuse(name, str(error))
        except UnreachableError as error:
            self._listener.set_state(name, "failed", str(error))
            return False
        if name not in self._refused:  # nor revoked meanwhile
            self._listener.set_state(name, "reading", self._notes[name])
        return True

    async def _subscribe(self, name: str) -> None:
        user_id = self._ids.get(name) or await self._api.find_user(name)
        self._ids[name] = user_id
        self._names[user_id] = name
        made = await self._api.subscribe_chat(user_id, self._session_id)
        self._subscribed[name] = made
        self._notes[name] = ""
        if await self._api.may_read_redemptions(user_id):
            self._notes[name] = await self._subscribe_redemptions(user_id, made)

    async def _subscribe_redemptions(self, user_id: str, made: list[str]) -> str:
        """Channel points are an extra: without them the chat is read all the same."""
        try:
            made.append(await self._api.subscribe_redemptions(user_id, self._session_id))
            self._listener.learn_rewards(await self._api.reward_titles(user_id))
        except (RefusedError, UnreachableError) as error:
            return f"channel points are not read: {error}"
        return ""

    def _name_of(self, subscription: Subscription | None) -> str:
        """The channel that a subscription is about; empty where it is not read."""
        user_id = subscription.condition.broadcaster_user_id if subscription else ""
        return self._names.get(user_id, "")

    def _refuse(self, name: str, reason: str) -> None:
        if name not in self.channels:
            return
        _LOG.warning("Twitch channel %s is not read: %s", name, reason)
        self._refused.add(name)
        self._listener.set_state(name, "failed", reason)
        self._changed.set()

    def _on_lost(self, error: Exception) -> None:
        reason = str(error) or type(error).__name__
        if isinstance(error, LOST):
            _LOG.warning("reading Twitch's events stopped: %s", reason)
        else:
            _LOG.error("reading Twitch's events failed", exc_info=error)
        for name in self._wanted():
            self._listener.set_state(name, "failed", reason)
