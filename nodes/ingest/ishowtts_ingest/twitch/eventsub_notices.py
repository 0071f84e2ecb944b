"""What happened in the channel: `channel.chat.notification`, in the words of IRC.

Twitch tells the same facts twice, so that one table, `notices`, decides what they mean.
"""

from collections.abc import Callable
from typing import Any

from ishowtts_ingest.twitch.eventsub_payloads import Details
from ishowtts_ingest.twitch.notices import Tags

_SHARED = "shared_chat_"
_NAMES = {
    "sub_gift": "subgift",
    "community_sub_gift": "submysterygift",
    "gift_paid_upgrade": "giftpaidupgrade",
    "prime_paid_upgrade": "primepaidupgrade",
    "pay_it_forward": "standardpayforward",
    "charity_donation": "charitydonation",
}


def notice_tags(notice_type: str, event: Details) -> Tags:
    """The tags that IRC would carry for a notification.

    Args:
        notice_type: Such as `resub`; `shared_chat_` before it does not matter.
        event: The event as it came; its details stand under the notice's type.
    """
    kind = notice_type.removeprefix(_SHARED)
    details = event.get(notice_type)
    translate = _TRANSLATIONS.get(kind)
    tags = translate(details) if translate and isinstance(details, dict) else {}
    return {"msg-id": _NAMES.get(kind, kind), **tags}


def _subscription(details: Details) -> dict[str, str]:
    return {**_plan(details), "msg-param-cumulative-months": _text(details, "cumulative_months")}


def _gift(details: Details) -> dict[str, str]:
    return {
        **_plan(details),
        "msg-param-community-gift-id": _text(details, "community_gift_id"),
        "msg-param-recipient-display-name": _text(details, "recipient_user_name"),
        "msg-param-recipient-user-name": _text(details, "recipient_user_login"),
    }


def _community_gift(details: Details) -> dict[str, str]:
    return {**_plan(details), "msg-param-mass-gift-count": _text(details, "total")}


def _raid(details: Details) -> dict[str, str]:
    return {"msg-param-viewerCount": _text(details, "viewer_count")}


def _donation(details: Details) -> dict[str, str]:
    amount = details.get("amount")
    amount = amount if isinstance(amount, dict) else {}
    return {
        "msg-param-charity-name": _text(details, "charity_name"),
        "msg-param-donation-amount": _text(amount, "value"),
        # The reference says `decimal_place` here and `decimal_places` for charities elsewhere.
        "msg-param-exponent": _text(amount, "decimal_place") or _text(amount, "decimal_places"),
        "msg-param-donation-currency": _text(amount, "currency"),
    }


def _plan(details: Details) -> dict[str, str]:
    tier = "Prime" if details.get("is_prime") is True else _text(details, "sub_tier")
    return {"msg-param-sub-plan": tier}


def _text(details: Details, name: str) -> str:
    value: Any = details.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value)


_TRANSLATIONS: dict[str, Callable[[Details], dict[str, str]]] = {
    "sub": _subscription,
    "resub": _subscription,
    "sub_gift": _gift,
    "community_sub_gift": _community_gift,
    "prime_paid_upgrade": _plan,
    "raid": _raid,
    "charity_donation": _donation,
}
