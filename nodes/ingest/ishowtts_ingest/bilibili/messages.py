"""Messages and deletions of a Bilibili room, as both of its APIs describe them."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from ishowtts_ingest.source import Channel
from ishowtts_schemas import Author, ChatEvent, ChatMessage, ChatModeration, Emote, Priority
from ishowtts_schemas.chat import MAX_TEXT_CHARS, ChatKind, Role

PLATFORM: Final = "bilibili"
CURRENCY = "CNY"
COINS_PER_YUAN = 1000
MAX_NAME_CHARS = 128
MAX_ID_CHARS = 100
MAX_EMOTES = 100
MAX_COUNT = 1_000_000
MAX_NS = 2**63
GUARDS = {1: "总督", 2: "提督", 3: "舰长"}
GUARD_ECHO_NS = 60 * 10**9
MAX_GUARDS = 256


class Scene(NamedTuple):
    """Where and when something was said.

    Attributes:
        channel: As it was joined.
        room_id: The room's real number.
        owner: User id of the streamer.
        now_ns: Wall clock.
    """

    channel: Channel
    room_id: int
    owner: str
    now_ns: int


class Person(NamedTuple):
    """Who wrote or gave; `id` is None where the platform hides it.

    Attributes:
        fan: Wears this room's medal, or belongs to its guard.
    """

    id: str | None
    name: str
    color: str | None = None
    moderator: bool = False
    fan: bool = False


def chat(  # noqa: PLR0913 - what a message is made of
    scene: Scene,
    message_id: str,
    person: Person,
    text: str = "",
    *,
    kind: ChatKind = "chat",
    event: ChatEvent | None = None,
    emotes: tuple[Emote, ...] = (),
    reply_to: str | None = None,
    sent_at_ns: int = 0,
    paid: bool = False,
) -> ChatMessage:
    """A message of the scene's channel, with the priority of its author or price."""
    roles = _roles(person, scene)
    return ChatMessage(
        id=message_id,
        platform=PLATFORM,
        room=scene.channel.room,
        author=Author(
            name=person.name[:MAX_NAME_CHARS], id=person.id, color=person.color, roles=roles
        ),
        text=text[:MAX_TEXT_CHARS],
        received_at_ns=scene.now_ns,
        sent_at_ns=sent_at_ns if 0 < sent_at_ns < MAX_NS else None,
        channel=scene.channel.name,
        kind=kind,
        priority=_priority(roles, paid=paid),
        emotes=emotes,
        event=event,
        reply_to=reply_to,
        engine=scene.channel.engine,
        channel_voice=scene.channel.voice,
    )


def deleted(scene: Scene, message_id: str) -> ChatModeration:
    return ChatModeration(
        platform=PLATFORM,
        room=scene.channel.room,
        channel=scene.channel.name,
        action="message_deleted",
        at_ns=scene.now_ns,
        message_id=message_id,
    )


def removed(scene: Scene, author_id: str) -> ChatModeration:
    return ChatModeration(
        platform=PLATFORM,
        room=scene.channel.room,
        channel=scene.channel.name,
        action="author_removed",
        at_ns=scene.now_ns,
        author_id=author_id,
    )


def gift_event(name: str, count: int, coins: int, *, gold: bool) -> ChatEvent:
    """A gift; `coins` is its whole price. Silver coins are no money."""
    amount = coins / COINS_PER_YUAN if gold and coins > 0 else None
    return ChatEvent(
        name=name[:MAX_NAME_CHARS],
        count=min(max(1, count), MAX_COUNT),
        amount=amount,
        currency=CURRENCY if amount else "",
    )


def guard_event(name: str, level: int, count: int, coins: int) -> ChatEvent:
    """Months of guard; `coins` is the price of one."""
    return gift_event(name or GUARDS.get(level, ""), count, coins * max(1, count), gold=True)


def super_chat_event(yuan: float) -> ChatEvent:
    return ChatEvent(amount=yuan or None, currency=CURRENCY if yuan else "")


def super_chat_id(number: object) -> str:
    """The same for the message and for its deletion."""
    return platform_id("sc", number)


def platform_id(kind: str, given: object, *otherwise: object) -> str:
    """A message id from the platform's own, or from all that tells it from others.

    Stable, so that what comes twice is known as the same.
    """
    text = str(given or "")
    if text and len(text) <= MAX_ID_CHARS and text != "0":
        return f"{kind}-{text}"
    parts = "\x1f".join(str(part) for part in (text, *otherwise))
    return f"{kind}-{hashlib.sha256(parts.encode()).hexdigest()[:32]}"


def find_emotes(text: str, names: Iterable[Any]) -> tuple[Emote, ...]:
    """Where pictures named like `[doge]` stand in a text."""
    known = sorted({name for name in names if isinstance(name, str) and name}, key=len)
    if not known:
        return ()
    pattern = "|".join(re.escape(name) for name in reversed(known[:MAX_EMOTES]))
    return tuple(
        Emote(name=match.group().strip("[]"), start=match.start(), end=match.end())
        for match in re.finditer(pattern, text)
    )


def sticker(text: str) -> tuple[Emote, ...]:
    """The whole text names a picture."""
    return (Emote(name=text.strip("[]"), start=0, end=len(text)),) if text else ()


class GuardPurchases:
    """Remembers who joined the guard: several commands tell of one purchase.

    The first kind of command speaks; the same purchase told by another one is an echo.
    """

    def __init__(self) -> None:
        self._spoken: OrderedDict[tuple[str, int], tuple[str, int]] = OrderedDict()

    def is_echo(self, who: str, level: int, command: str, now_ns: int) -> bool:
        spoken, at_ns = self._spoken.get((who, level), (command, 0))
        if spoken != command and now_ns - at_ns < GUARD_ECHO_NS:
            return True
        self._spoken[who, level] = (command, now_ns)
        self._spoken.move_to_end((who, level))
        if len(self._spoken) > MAX_GUARDS:
            self._spoken.popitem(last=False)
        return False


def _roles(person: Person, scene: Scene) -> tuple[Role, ...]:
    roles: list[Role] = []
    if person.id is not None and person.id == scene.owner:
        roles.append("broadcaster")
    if person.moderator:
        roles.append("moderator")
    if person.fan:
        roles.append("subscriber")
    return tuple(roles)


def _priority(roles: tuple[Role, ...], *, paid: bool) -> Priority:
    if paid:
        return "paid"
    if "broadcaster" in roles or "moderator" in roles:
        return "moderator"
    return "subscriber" if "subscriber" in roles else "normal"
