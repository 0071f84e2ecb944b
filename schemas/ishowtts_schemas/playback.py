"""What a room's listeners hear now, and the controls over it."""

from typing import Literal

from ishowtts_schemas.ids import Identifier, Slug
from ishowtts_schemas.message import Message, Nanoseconds, Part

ControlAction = Literal["skip", "pause", "resume", "clear"]


class PlaybackState(Message, frozen=True, kw_only=True, tag="playback_state"):
    """The room's playback clock. Backlog shrinks in real time from `at_ns` unless paused."""

    room: Slug
    at_ns: Nanoseconds
    backlog_ms: float
    """Audio delivered and not yet played."""
    paused: bool = False
    now_playing: Identifier | None = None
    listeners: int = 0


class RoomControl(Part, frozen=True, kw_only=True):
    """`skip` ends what is being spoken, `clear` that and all that waits.

    The bare word is the whole message: `mosquitto_pub -t ishowtts/v1/control/main -m skip`.
    """

    action: ControlAction
    utterance_id: Identifier | None = None
    """With `skip`: only if this is the utterance; two presses skip once."""
