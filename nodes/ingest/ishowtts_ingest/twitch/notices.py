"""What happened in the channel: USERNOTICE, by its `msg-id`."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ishowtts_schemas import ChatEvent
from ishowtts_schemas.chat import ChatKind, Priority

_TIERS = {"Prime": "Prime", "1000": "Tier 1", "2000": "Tier 2", "3000": "Tier 3"}
_MAX_EXPONENT = 6

Tags = Mapping[str, str]


class Notice(NamedTuple):
    """What a USERNOTICE is.

    Attributes:
        kind: `chat` where only the user's own words count.
        event: None for plain words.
        priority: None: by the author's roles.
    """

    kind: ChatKind
    event: ChatEvent | None = None
    priority: Priority | None = None


def read_notice(tags: Tags) -> Notice | None:
    """The notice's meaning; None for those that nobody need hear of.

    An unknown kind counts as plain words: Twitch adds some without a word, and many carry a
    message that its author expects to be read. `source-msg-id` names the kind of a notice
    that a shared chat mirrors.
    """
    name = tags.get("msg-id", "")
    if name == "sharedchatnotice":
        name = tags.get("source-msg-id", "")
    if name in _SILENT:
        return None
    return _READERS.get(name, _plain)(tags)


def _plain(_tags: Tags) -> Notice:
    return Notice("chat")


def _announcement(_tags: Tags) -> Notice:
    return Notice("chat", priority="moderator")


def _subscription(tags: Tags) -> Notice:
    months = _number(tags, "msg-param-cumulative-months") or _number(tags, "msg-param-months")
    return Notice("subscription", ChatEvent(name=_tier(tags), count=months or 1), "paid")


def _upgrade(tags: Tags) -> Notice:
    return Notice("subscription", ChatEvent(name=_tier(tags)), "paid")


def _gift(tags: Tags) -> Notice | None:
    if tags.get("msg-param-community-gift-id"):
        return None  # one of many: the mystery gift before it has told them all
    recipient = tags.get("msg-param-recipient-display-name", "").strip()
    return Notice(
        "gift",
        ChatEvent(
            name=_gift_name(tags),
            recipient=recipient or tags.get("msg-param-recipient-user-name", ""),
        ),
        "paid",
    )


def _mystery_gift(tags: Tags) -> Notice:
    count = _number(tags, "msg-param-mass-gift-count") or 1
    return Notice("gift", ChatEvent(name=_gift_name(tags), count=count), "paid")


def _raid(tags: Tags) -> Notice:
    viewers = _number(tags, "msg-param-viewerCount")
    return Notice("raid", ChatEvent(count=viewers), "moderator")


def _donation(tags: Tags) -> Notice:
    """Paid to a charity, in the currency's minor units."""
    exponent = min(_number(tags, "msg-param-exponent"), _MAX_EXPONENT)
    amount = _number(tags, "msg-param-donation-amount") / 10**exponent
    event = ChatEvent(
        name=tags.get("msg-param-charity-name", ""),
        amount=amount,
        currency=tags.get("msg-param-donation-currency", ""),
    )
    return Notice("super_chat", event, "paid")


_READERS: dict[str, Callable[[Tags], Notice | None]] = {
    "sub": _subscription,
    "resub": _subscription,
    "subgift": _gift,
    "anonsubgift": _gift,
    "submysterygift": _mystery_gift,
    "anonsubmysterygift": _mystery_gift,
    "giftpaidupgrade": _upgrade,
    "anongiftpaidupgrade": _upgrade,
    "primepaidupgrade": _upgrade,
    "raid": _raid,
    "announcement": _announcement,
    "charitydonation": _donation,
}
_SILENT = frozenset({"unraid", "rewardgift", "standardpayforward", "communitypayforward"})


def _tier(tags: Tags) -> str:
    plan = tags.get("msg-param-sub-plan", "")
    return _TIERS.get(plan, "")


def _gift_name(tags: Tags) -> str:
    return f"{_tier(tags)} subscription".strip()


def _number(tags: Tags, name: str) -> int:
    """A count, 0 where there is none; Twitch's own are far below the bound."""
    text = tags.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004
