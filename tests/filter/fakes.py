"""Utterances, messages and synths for the filter's tests."""

import itertools
from typing import Any

from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import (
    Author,
    ChatMessage,
    Health,
    NodeInfo,
    NodeState,
    Priority,
    ProfileInfo,
    VoiceInfo,
)
from ishowtts_schemas.chat import Role

_numbers = itertools.count(1)


def utterance(
    room: str = "main",
    author: str = "ann",
    priority: Priority = "normal",
    *,
    expires_at: float = 60.0,
    text: str = "hello there",
    voice: str | None = None,
    engine: str | None = None,
) -> Utterance:
    """An utterance with an id of its own."""
    number = next(_numbers)
    return Utterance(
        id=f"u{number}",
        message_id=f"m{number}",
        platform="mqtt",
        room=room,
        author=author,
        author_key=f"mqtt:{author}",
        author_id=author,
        text=text,
        spoken=text,
        priority=priority,
        expires_at=expires_at,
        voice=voice,
        engine=engine,
    )


def message(
    text: str = "hello there",
    *,
    message_id: str | None = None,
    room: str = "main",
    author: str = "Ann",
    author_id: str | None = None,
    priority: Priority = "normal",
    voice: str | None = None,
    engine: str | None = None,
    received_at_ns: int = 0,
    platform: str = "mqtt",
    login: str | None = None,
    roles: tuple[Role, ...] = (),
    **facts: Any,
) -> ChatMessage:
    """A chat message with an id of its own."""
    return ChatMessage(
        id=message_id or f"m{next(_numbers)}",
        platform=platform,
        room=room,
        author=Author(name=author, id=author_id, login=login, roles=roles),
        text=text,
        received_at_ns=received_at_ns,
        priority=priority,
        voice=voice,
        engine=engine,
        **facts,
    )


def synth_info(
    instance: str = "1",
    engine: str = "espeak",
    voices: tuple[str, ...] = ("en", "cmn"),
    *,
    slots: int = 2,
    incarnation: int = 1,
    default_voice: str | None = "en",
    profiles: tuple[str, ...] = (),
) -> NodeInfo:
    return NodeInfo(
        node="synth",
        instance=instance,
        incarnation=incarnation,
        version="0",
        engine=engine,
        voices=tuple(VoiceInfo(id=voice, label=voice) for voice in voices),
        profiles=tuple(ProfileInfo(id=profile, label=profile) for profile in profiles),
        default_voice=default_voice,
        slots=slots,
    )


def synth_state(instance: str = "1", health: Health = "ready", incarnation: int = 1) -> NodeState:
    return NodeState(node="synth", instance=instance, incarnation=incarnation, health=health, pid=1)
