"""`GET /api/next` of the older danmaku service: one utterance for each time that a page asks.

That service forgot what it had handed out, so that two pages shared one stream. Here every
consumer has a place of its own in what the room keeps.
"""

import base64
from datetime import datetime, timezone
from typing import Annotated, Literal

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.ishowtts.packets import NOT_CHAT
from ishowtts_player.dialects.ishowtts.utterances import Spoken, next_spoken
from ishowtts_player.errors import InputError
from ishowtts_player.rooms.events import AudioStarted
from ishowtts_player.rooms.hub import check_room
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors
from ishowtts_schemas import Priority

NO_CONTENT = 204
MAX_CONSUMER = 64
NORMAL = "Normal"
_MS_PER_S = 1000
_NAMES = {"twitch": "Twitch", "youtube": "YouTube", "bilibili": "Bilibili"}
_PRIORITIES: dict[Priority, str] = {
    "paid": "Paid",
    "moderator": "Moderator",
    "mention": "Mention",
}

Room = Annotated[str, QueryParameter(description="The room to hear.")]
Consumer = Annotated[
    str, QueryParameter(description="A name for who asks; without one, the address is taken.")
]


class NextMessage(msgspec.Struct):
    """The chat message in iShowTTS's shape."""

    id: str
    platform: str
    channel: str
    user_id: str | None
    username: str
    priority: str
    content: dict[Literal["Text"], str]
    metadata: dict[str, str | None]
    timestamp: datetime


class NextAnswer(msgspec.Struct):
    """An utterance as a whole file."""

    message: NextMessage
    audio_base64: str
    sample_rate: int
    format: Literal["audio/wav"] = "audio/wav"


@get(
    "/api/next",
    summary="The next utterance of a room that this consumer has not had",
    responses={NO_CONTENT: ResponseSpec(None, description="None yet"), **documented_errors(400)},
)
async def take_next(
    request: AnyRequest, bridge: TheBridge, room: Room = "main", consumer: Consumer = ""
) -> Response[NextAnswer | None]:
    """Hand out one utterance; others get it too."""
    check_room(room)
    if len(consumer) > MAX_CONSUMER:
        raise InputError(f"consumer is longer than {MAX_CONSUMER} characters", field="consumer")
    who = consumer or (request.client.host if request.client else "")
    spoken = _advance(bridge, room, who)
    headers = {"cache-control": "no-store"}
    if spoken is None:
        return Response(None, status_code=NO_CONTENT, headers=headers)
    return Response(_answer(spoken), headers=headers)


def _advance(bridge: Bridge, slug: str, consumer: str) -> Spoken | None:
    room = bridge.hub.find(slug)
    if room is None:
        return None
    kept = ((number, entry.data, entry.utterance_id) for number, entry in room.kept())
    found = next_spoken(kept, room.cursors.get(consumer, 0))
    if found is None:
        return None
    room.cursors[consumer], spoken = found
    return spoken


def _answer(spoken: Spoken) -> NextAnswer:
    audio = base64.b64encode(spoken.wav()).decode()
    return NextAnswer(_message(spoken.start), audio, spoken.start.sample_rate_hz)


def _message(start: AudioStarted) -> NextMessage:
    platform = start.platform or NOT_CHAT
    return NextMessage(
        id=start.message_id or start.utterance_id,
        platform=_NAMES.get(platform, platform),
        channel=start.channel or "",
        user_id=start.author_id,
        username=start.author or "",
        priority=_PRIORITIES.get(start.priority or "normal", NORMAL),
        content={"Text": start.text},
        metadata={"color": start.color},
        timestamp=datetime.fromtimestamp(start.at_ms / _MS_PER_S, timezone.utc),
    )


ROUTES = [take_next]
