"""The binary messages of the danmaku socket: a length, a JSON header, a WAV file. Pure."""

import struct
from typing import Literal

import msgspec

from ishowtts_player.dialects.ishowtts.utterances import Spoken

NOT_CHAT = "local"
"""The platform of what no chat message is behind."""


class PacketHeader(msgspec.Struct):
    """What iShowTTS's clients read of each utterance."""

    platform: str
    channel: str
    username: str
    display_text: str
    color: str | None
    format: Literal["audio/wav"] = "audio/wav"


def packet(spoken: Spoken) -> bytes:
    """One message: u32 little-endian length of the header, the header, the file."""
    start = spoken.start
    header = msgspec.json.encode(
        PacketHeader(
            platform=start.platform or NOT_CHAT,
            channel=start.channel or "",
            username=start.author or "",
            display_text=start.text,
            color=start.color,
        )
    )
    return b"".join((struct.pack("<I", len(header)), header, spoken.wav()))
