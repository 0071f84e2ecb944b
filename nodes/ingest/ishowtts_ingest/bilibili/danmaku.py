"""DANMU_MSG, the plain message: nested lists whose places have meanings."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ishowtts_ingest.bilibili.entrance import Reading
from ishowtts_ingest.bilibili.messages import (
    Person,
    Scene,
    chat,
    find_emotes,
    platform_id,
    sticker,
)

STICKER = 1
MAX_EXTRA_BYTES = 64 * 1024


def read_danmaku(command: Mapping[str, Any], scene: Scene) -> Reading:
    """What a message says.

    Raises:
        ValueError: Text or author are not where they belong.
    """
    info = command.get("info")
    text, uid = dig(info, 1), dig(info, 2, 0)
    if not isinstance(text, str) or not isinstance(uid, int):
        raise ValueError("a message without text or author")  # noqa: TRY004 - foreign data
    extra = _extra(dig(info, 0, 15, "extra"))
    sent_at_ms = _int(dig(info, 0, 4))
    is_sticker = _int(dig(info, 0, 12)) == STICKER
    message = chat(
        scene,
        platform_id("dm", extra.get("id_str"), uid, text, sent_at_ms, dig(info, 0, 5)),
        _person(info, uid, scene),
        text,
        emotes=sticker(text) if is_sticker else find_emotes(text, _emotes(extra)),
        reply_to=_text(extra.get("reply_uname")) or None,
        sent_at_ns=sent_at_ms * 10**6,
    )
    mystery = bool(dig(info, 0, 15, "user", "base", "is_mystery"))
    return Reading((message,), masked=not uid and not mystery)


def dig(tree: Any, *path: int | str) -> Any:
    """What stands at a path through lists and objects; None where the path ends early."""
    for step in path:
        fits = isinstance(tree, list if isinstance(step, int) else dict)
        try:
            tree = tree[step] if fits else None
        except LookupError:
            return None
    return tree


def _person(info: Any, uid: int, scene: Scene) -> Person:
    guard_level = _int(dig(info, 7))
    medal_room, medal_owner = _int(dig(info, 3, 3)), _int(dig(info, 3, 12))
    wears_ours = medal_room == scene.room_id or (
        medal_owner > 0 and str(medal_owner) == scene.owner
    )
    return Person(
        id=str(uid) if uid else None,
        name=_text(dig(info, 2, 1)),
        color=_color(dig(info, 2, 7)),
        moderator=_int(dig(info, 2, 2)) == 1,
        fan=guard_level > 0 or wears_ours,
    )


def _extra(raw: Any) -> dict[str, Any]:
    """The JSON text inside the message; a message is read without it, too."""
    if not isinstance(raw, str) or len(raw) > MAX_EXTRA_BYTES:
        return {}
    try:
        extra = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return extra if isinstance(extra, dict) else {}


def _emotes(extra: dict[str, Any]) -> dict[str, Any]:
    emotes = extra.get("emots")
    return emotes if isinstance(emotes, dict) else {}


def _color(raw: Any) -> str | None:
    text = _text(raw)
    return text.lower() if len(text) == len("#rrggbb") and text.startswith("#") else None


def _int(raw: Any) -> int:
    return raw if isinstance(raw, int) else 0


def _text(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""
