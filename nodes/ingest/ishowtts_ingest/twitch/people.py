"""Who wrote a message: names, roles, and how urgent that makes it."""

import re
from collections.abc import Iterable

from ishowtts_ingest.twitch.irc import Line
from ishowtts_schemas import Author
from ishowtts_schemas.chat import Priority, Role

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_BADGE_ROLES: dict[str, Role] = {
    "broadcaster": "broadcaster",
    "moderator": "moderator",
    "lead_moderator": "moderator",
    "vip": "vip",
    "subscriber": "subscriber",
    "founder": "subscriber",
    "bot-badge": "bot",
}
_FLAG_ROLES: dict[str, Role] = {"mod": "moderator", "vip": "vip", "subscriber": "subscriber"}
UNKNOWN_NAME = "unknown"


def author_of(line: Line) -> Author:
    """The name that is shown, or else the login: a display name may be empty."""
    return describe_author(
        line.tags.get("display-name", ""),
        login_of(line),
        line.tags.get("user-id", ""),
        line.tags.get("color", ""),
        roles_of(line.tags),
    )


def describe_author(
    shown: str, login: str, user_id: str, color: str, roles: tuple[Role, ...]
) -> Author:
    """An author, whatever of it Twitch leaves empty."""
    name = shown.strip() or login or UNKNOWN_NAME
    return Author(
        name=name,
        id=user_id or None,
        login=login if login and login != name else None,
        color=color if _COLOR.fullmatch(color) else None,
        roles=roles,
    )


def login_of(line: Line) -> str:
    """Whose message it is; a notice comes from the server and names its user in a tag."""
    return line.tags.get("login", "") or ("" if "." in line.nick else line.nick)


def roles_of(tags: dict[str, str]) -> tuple[Role, ...]:
    """Roles in this channel, from `badges` (`name/version,...`) and the older flags."""
    badges = (badge.partition("/")[0] for badge in tags.get("badges", "").split(","))
    roles = list(roles_of_badges(badges))
    for flag, role in _FLAG_ROLES.items():
        if tags.get(flag) == "1" and role not in roles:
            roles.append(role)
    return tuple(roles)


def roles_of_badges(badges: Iterable[str]) -> tuple[Role, ...]:
    """Roles by the names of badges, in their order; most badges are no role."""
    roles: dict[Role, None] = {}
    for badge in badges:
        if role := _BADGE_ROLES.get(badge):
            roles[role] = None
    return tuple(roles)


def priority_of(roles: tuple[Role, ...], *, mentioned: bool) -> Priority:
    """How urgent plain words are, by who wrote them to whom."""
    if "broadcaster" in roles or "moderator" in roles:
        return "moderator"
    if mentioned:
        return "mention"
    return "subscriber" if "subscriber" in roles else "normal"
