"""Everything that crosses a process boundary: messages, topics, identifiers."""

from ishowtts_schemas.audio import (
    SAMPLE_BYTES,
    AudioChunk,
    AudioEvent,
    AudioStart,
    AudioStop,
)
from ishowtts_schemas.chat import (
    Author,
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    Emote,
    Outcome,
    Priority,
    TextRequest,
)
from ishowtts_schemas.ids import is_slug, slugify
from ishowtts_schemas.message import InvalidMessageError, InvalidReason, Message, Part
from ishowtts_schemas.node import (
    Command,
    CommandReply,
    Health,
    NodeInfo,
    NodeKind,
    NodeState,
    NodeStats,
    Sample,
    VoiceInfo,
)
from ishowtts_schemas.playback import ControlAction, PlaybackState, RoomControl
from ishowtts_schemas.speech import (
    FailureCode,
    SpeechCancel,
    SpeechDone,
    SpeechFailed,
    SpeechProgress,
    SpeechRequest,
    SpeechTaken,
)
from ishowtts_schemas.topics import TOPICS, Topic, find_topic
from ishowtts_schemas.voice import VoiceReference

__all__ = [
    "SAMPLE_BYTES",
    "TOPICS",
    "AudioChunk",
    "AudioEvent",
    "AudioStart",
    "AudioStop",
    "Author",
    "ChatAccepted",
    "ChatEnded",
    "ChatMessage",
    "ChatModeration",
    "ChatRejected",
    "Command",
    "CommandReply",
    "ControlAction",
    "Emote",
    "FailureCode",
    "Health",
    "InvalidMessageError",
    "InvalidReason",
    "Message",
    "NodeInfo",
    "NodeKind",
    "NodeState",
    "NodeStats",
    "Outcome",
    "Part",
    "PlaybackState",
    "Priority",
    "RoomControl",
    "Sample",
    "SpeechCancel",
    "SpeechDone",
    "SpeechFailed",
    "SpeechProgress",
    "SpeechRequest",
    "SpeechTaken",
    "TextRequest",
    "Topic",
    "VoiceInfo",
    "VoiceReference",
    "find_topic",
    "is_slug",
    "slugify",
]
