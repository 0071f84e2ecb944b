"""Messages as other nodes send them, with what a test does not care about filled in."""

from ishowtts_schemas import (
    AudioChunk,
    AudioStart,
    AudioStop,
    Author,
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    NodeInfo,
    NodeState,
    VoiceInfo,
)
from ishowtts_schemas.chat import Outcome
from ishowtts_schemas.node import Health
from ishowtts_schemas.playback import PlaybackState

RATE_HZ = 24000
SECOND = RATE_HZ * 2
"""Bytes of one second of audio."""
MAIN = {"room": "main"}
MQTT = {"platform": "mqtt", "room": "main"}


def chat(message_id: str = "m1", text: str = "hello", author: str = "Ann", **more) -> ChatMessage:
    return ChatMessage(
        id=message_id,
        platform="mqtt",
        room="main",
        author=Author(name=author, id=more.pop("author_id", None), color=more.pop("color", None)),
        text=text,
        received_at_ns=1_700_000_000_000_000_000,
        **more,
    )


def accepted(message_id: str = "m1", utterance_id: str = "u1") -> ChatAccepted:
    return ChatAccepted(
        message_id=message_id,
        platform="mqtt",
        room="main",
        utterance_id=utterance_id,
        spoken="hello",
        voice="en",
        at_ns=1,
    )


def ended(outcome: Outcome, utterance_id: str = "u1", reason: str = "") -> ChatEnded:
    return ChatEnded(
        message_id="m1",
        platform="mqtt",
        room="main",
        utterance_id=utterance_id,
        outcome=outcome,
        at_ns=1,
        reason=reason,
    )


def start(
    utterance_id: str = "u1",
    attempt: int = 1,
    message_id: str | None = None,
    rate_hz: int = RATE_HZ,
) -> AudioStart:
    return AudioStart(
        utterance_id=utterance_id,
        room="main",
        attempt=attempt,
        sample_rate_hz=rate_hz,
        engine="espeak",
        voice="en",
        text="hello",
        started_at_ns=1,
        message_id=message_id,
        author="Ann",
    )


def chunk(utterance_id: str = "u1", offset: int = 0, pcm: bytes = bytes(SECOND)) -> AudioChunk:
    return AudioChunk(utterance_id=utterance_id, offset=offset, pcm=pcm)


def stop(
    utterance_id: str = "u1", reason="done", attempt: int = 1, samples: int = 0, detail: str = ""
) -> AudioStop:
    return AudioStop(
        utterance_id=utterance_id, attempt=attempt, reason=reason, samples=samples, detail=detail
    )


def node_state(
    health: Health = "ready", node="synth", instance: str = "1", incarnation: int = 1, **more
) -> NodeState:
    return NodeState(
        node=node, instance=instance, incarnation=incarnation, health=health, pid=1, **more
    )


def synth_info(
    *voices: str, engine: str = "espeak", instance: str = "1", incarnation: int = 1, **more
) -> NodeInfo:
    return NodeInfo(
        node="synth",
        instance=instance,
        incarnation=incarnation,
        version="0",
        engine=engine,
        engine_label=more.pop("engine_label", "eSpeak NG"),
        voices=tuple(VoiceInfo(id=voice, label=voice.title(), language=voice) for voice in voices),
        slots=1,
        **more,
    )


def playback_state(room: str = "main", *, paused: bool) -> PlaybackState:
    return PlaybackState(room=room, at_ns=1, backlog_ms=0.0, paused=paused)
