"""Every topic of iShowTTS.

This table is the only place that knows topics. The AsyncAPI document, the tables in the
docs and the bus are made from it.
"""

from typing import Any

from ishowtts_schemas.audio import AudioEvent
from ishowtts_schemas.chat import (
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    TextRequest,
)
from ishowtts_schemas.home_topics import (
    HOME_ASSISTANT_DEVICE,
    HOME_ASSISTANT_STATUS,
    HOME_AVAILABILITY,
    HOME_PIPELINE,
    HOME_ROOM,
)
from ishowtts_schemas.node import Command, CommandReply, NodeInfo, NodeState, NodeStats
from ishowtts_schemas.playback import PlaybackState, RoomControl
from ishowtts_schemas.speech import SpeechCancel, SpeechFailed, SpeechProgress, SpeechRequest
from ishowtts_schemas.topic import MIB, Topic
from ishowtts_schemas.voice import VoiceReference

CLIP_MESSAGE_BYTES = MIB * 7 // 4
"""Room for a reference clip and what stands around it, or for what is told of 256 voices."""

Reply = CommandReply | AudioEvent | SpeechFailed

TEXT_REQUEST = Topic(
    name="text",
    pattern="text/{room}",
    payload=TextRequest,
    summary="Text to be spoken in a room, from any app",
    publishers=("app", "player", "cli"),
    subscribers=("ingest",),
    bare_field="text",
)
CHAT_MESSAGE = Topic(
    name="chat_message",
    pattern="chat/{platform}/{room}/message",
    payload=ChatMessage,
    summary="One chat message as its source understood it",
    publishers=("ingest", "player"),
    subscribers=("filter", "player"),
    idempotent=True,
    expiry_s=600,
)
CHAT_MODERATION = Topic(
    name="chat_moderation",
    pattern="chat/{platform}/{room}/moderation",
    payload=ChatModeration,
    summary="A deletion or timeout on the platform",
    publishers=("ingest",),
    subscribers=("filter", "player"),
    idempotent=True,
)
CHAT_REJECTED = Topic(
    name="chat_rejected",
    pattern="chat/{platform}/{room}/rejected",
    payload=ChatRejected,
    summary="A message that will not be spoken, and the rule that said so",
    publishers=("filter", "ingest"),
    subscribers=("player",),
    qos=0,
)
CHAT_ACCEPTED = Topic(
    name="chat_accepted",
    pattern="chat/{platform}/{room}/accepted",
    payload=ChatAccepted,
    summary="A message that waits to be spoken",
    publishers=("filter",),
    subscribers=("player",),
    qos=0,
)
CHAT_ENDED = Topic(
    name="chat_ended",
    pattern="chat/{platform}/{room}/ended",
    payload=ChatEnded,
    summary="The one end of an accepted message",
    publishers=("filter",),
    subscribers=("player",),
    idempotent=True,
)
SPEECH_REQUEST = Topic(
    name="speech_request",
    pattern="speech/{engine}/request",
    payload=SpeechRequest,
    summary="One utterance for one engine; synths share the subscription",
    publishers=("filter", "player", "cli", "app"),
    subscribers=("synth",),
    expiry_s=120,
    max_bytes=CLIP_MESSAGE_BYTES,
    reads_json=True,
)
SPEECH_CANCEL = Topic(
    name="speech_cancel",
    pattern="speech/{engine}/cancel",
    payload=SpeechCancel,
    summary="Stop an utterance; every synth hears it, the one that has it acts",
    publishers=("filter", "player", "cli", "app"),
    subscribers=("synth",),
    idempotent=True,
    expiry_s=120,
    reads_json=True,
)
SPEECH_PROGRESS: Topic[SpeechProgress] = Topic(
    name="speech_progress",
    pattern="speech/{engine}/progress",
    payload=SpeechProgress,
    summary="An utterance was taken, has come to a clause, or has been synthesised",
    publishers=("synth",),
    subscribers=("filter", "player"),
    idempotent=True,
)
SPEECH_FAILED = Topic(
    name="speech_failed",
    pattern="speech/{engine}/failed",
    payload=SpeechFailed,
    summary="An utterance that a synth could not speak",
    publishers=("synth",),
    subscribers=("filter", "player"),
    idempotent=True,
)
AUDIO: Topic[AudioEvent] = Topic(
    name="audio",
    pattern="audio/{room}",
    payload=AudioEvent,
    summary="A room's audio: start, chunks, stop, in order",
    publishers=("synth",),
    subscribers=("player", "app"),
    idempotent=True,
    expiry_s=120,
    max_bytes=MIB,
)
PLAYBACK = Topic(
    name="playback",
    pattern="playback/{room}",
    payload=PlaybackState,
    summary="What a room's listeners hear, and how far behind they are",
    publishers=("player",),
    subscribers=("filter", "app"),
    retain=True,
)
CONTROL = Topic(
    name="control",
    pattern="control/{room}",
    payload=RoomControl,
    summary="Skip, pause, resume or clear a room",
    publishers=("player", "filter", "cli", "app"),
    subscribers=("filter", "player"),
    expiry_s=60,
    bare_field="action",
)
VOICE = Topic(
    name="voice",
    pattern="voice/{voice}",
    payload=VoiceReference,
    summary="Reference audio and transcript of a voice",
    publishers=("player",),
    subscribers=("synth",),
    retain=True,
    idempotent=True,
    max_bytes=CLIP_MESSAGE_BYTES,
)
NODE_STATE = Topic(
    name="node_state",
    pattern="node/{node}/{instance}/state",
    payload=NodeState,
    summary="Presence, with last will",
    publishers=("node",),
    subscribers=("node", "cli"),
    retain=True,
)
NODE_INFO = Topic(
    name="node_info",
    pattern="node/{node}/{instance}/info",
    payload=NodeInfo,
    summary="What a node can do",
    publishers=("node",),
    subscribers=("node", "cli"),
    retain=True,
    max_bytes=CLIP_MESSAGE_BYTES,
)
NODE_STATS = Topic(
    name="node_stats",
    pattern="node/{node}/{instance}/stats",
    payload=NodeStats,
    summary="A node's counters, every second while they change",
    publishers=("node",),
    subscribers=("player", "cli"),
    qos=0,
    retain=True,
)
NODE_COMMAND = Topic(
    name="node_command",
    pattern="node/{node}/{instance}/command",
    payload=Command,
    summary="A command to one node; the reply goes to the response topic",
    publishers=("player", "cli", "app"),
    subscribers=("node",),
    expiry_s=30,
    max_bytes=CLIP_MESSAGE_BYTES,
    reads_json=True,
)
REPLY: Topic[Reply] = Topic(
    name="reply",
    pattern="reply/{client}",
    payload=Reply,
    summary="Answers to requests that name this response topic",
    publishers=("node", "synth"),
    subscribers=("player", "cli"),
    expiry_s=120,
    max_bytes=MIB,
    reads_json=True,
)

TOPICS: tuple[Topic[Any], ...] = (
    TEXT_REQUEST,
    CHAT_MESSAGE,
    CHAT_MODERATION,
    CHAT_ACCEPTED,
    CHAT_REJECTED,
    CHAT_ENDED,
    SPEECH_REQUEST,
    SPEECH_CANCEL,
    SPEECH_PROGRESS,
    SPEECH_FAILED,
    AUDIO,
    PLAYBACK,
    CONTROL,
    VOICE,
    NODE_STATE,
    NODE_INFO,
    NODE_STATS,
    NODE_COMMAND,
    REPLY,
    HOME_AVAILABILITY,
    HOME_PIPELINE,
    HOME_ROOM,
    HOME_ASSISTANT_DEVICE,
    HOME_ASSISTANT_STATUS,
)


def find_topic(address: str) -> tuple[Topic[Any], dict[str, str]] | None:
    """The row that a full topic belongs to, and its ids; None for somebody else's topic."""
    for topic in TOPICS:
        ids = topic.match(address)
        if ids is not None:
            return topic, ids
    return None
