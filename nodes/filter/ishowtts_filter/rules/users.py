"""Who is read aloud."""

from collections.abc import Iterable
from typing import ClassVar

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.people import UsersSettings
from ishowtts_filter.text.names import name_key
from ishowtts_schemas.chat import Role

_RANKS: dict[str, int] = {
    "everyone": 0,
    "subscriber": 1,
    "vip": 2,
    "moderator": 3,
    "broadcaster": 4,
}


class UsersRule:
    """Rejects blocked people, bots, and whoever has too low a role.

    Who pays is read whatever the role, and so is text without an author: an app of the
    streamer's own, not chat.
    """

    name: ClassVar[str] = "users"
    once: ClassVar[bool] = True

    def __init__(self, settings: UsersSettings) -> None:
        self._settings = settings
        self._allow = _keys(settings.allow)
        self._block = _keys(settings.block)
        self._bots = _keys(settings.bots)

    def apply(self, draft: Draft) -> Draft | Rejection:
        if not draft.author_key:
            return draft
        keys = _keys(filter(None, (draft.author, draft.login, draft.author_id)))
        if not keys.isdisjoint(self._block):
            return Rejection("the author is blocked", whole=True)
        if not keys.isdisjoint(self._allow):
            return draft
        reason = self._reason(draft, keys)
        return draft if reason is None else Rejection(reason, whole=True)

    def _reason(self, draft: Draft, keys: set[str]) -> str | None:
        if "bot" in draft.roles or not keys.isdisjoint(self._bots):
            return "the author is a bot"
        if draft.paid or "broadcaster" in draft.roles:
            return None
        if draft.first_message and not self._settings.first_messages:
            return "the author's first message"
        least = self._settings.least_role
        if _RANKS[least] > _rank(draft.roles):
            return f"only {least} and up are read"
        return None


def _rank(roles: tuple[Role, ...]) -> int:
    return max((_RANKS.get(role, 0) for role in roles), default=0)


def _keys(names: Iterable[str]) -> set[str]:
    return set(map(name_key, names)) - {""}
