"""A room's controls, its state, and text to be said in it."""

import uuid
from typing import Annotated

import msgspec
from litestar import get, post
from msgspec import Meta

from ishowtts_bus import BusError
from ishowtts_player.bridge import Bridge
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import UnavailableError
from ishowtts_player.rooms.hub import check_room
from ishowtts_player.routes.body import operation_with, read_json
from ishowtts_player.routes.parameters import (
    AnyRequest,
    RoomName,
    TheBridge,
    documented_errors,
)
from ishowtts_player.speech.text import clean
from ishowtts_schemas import RoomControl, TextRequest
from ishowtts_schemas.ids import Identifier, Slug
from ishowtts_schemas.playback import ControlAction
from ishowtts_schemas.topics import CONTROL, TEXT_REQUEST

PUBLISH_TIMEOUT_S = 3.0
ACCEPTED = 202


class ControlBody(msgspec.Struct):
    """Which utterance is meant; two clicks with the same one skip once."""

    utterance_id: Identifier | None = None


class ControlAnswer(msgspec.Struct):
    action: ControlAction
    room: str


class SayBody(msgspec.Struct):
    """Text that is treated like chat: it meets the filter's rules and its queue."""

    text: str
    voice: Slug | None = None
    profile: Slug | None = None
    """One of the engine's, as `GET /api/voices` names them."""
    author: Annotated[str, Meta(max_length=128)] | None = None


class SayAnswer(msgspec.Struct):
    message_id: str


class RoomState(msgspec.Struct):
    room: str
    paused: bool
    backlog_ms: int
    now_playing: str | None
    next: list[str]
    """Utterances that listeners have and have not begun to hear."""
    listeners: int
    queued: int


_CONTROL = {
    "status_code": ACCEPTED,
    "operation_class": operation_with(ControlBody, required=False),
    "responses": documented_errors(400, 415, 422, 503),
}


@post("/api/rooms/{room:str}/skip", summary="End what is being spoken", **_CONTROL)
async def skip(request: AnyRequest, bridge: TheBridge, room: RoomName) -> ControlAnswer:
    """Skip an utterance, or the one that plays now."""
    body = await read_json(request, ControlBody, empty=ControlBody())
    utterance_id = body.utterance_id
    known = bridge.hub.find(room)
    if utterance_id is None and known is not None:
        utterance_id = known.playback.now_playing
    return await _control(bridge, room, "skip", utterance_id)


@post("/api/rooms/{room:str}/pause", summary="Stop playing", **_CONTROL)
async def pause(request: AnyRequest, bridge: TheBridge, room: RoomName) -> ControlAnswer:
    """Pause a room; what plays stops at once."""
    await read_json(request, ControlBody, empty=ControlBody())
    return await _control(bridge, room, "pause")


@post("/api/rooms/{room:str}/resume", summary="Go on playing", **_CONTROL)
async def resume(request: AnyRequest, bridge: TheBridge, room: RoomName) -> ControlAnswer:
    """Resume a paused room where it stopped."""
    await read_json(request, ControlBody, empty=ControlBody())
    return await _control(bridge, room, "resume")


@post("/api/rooms/{room:str}/clear", summary="End what is spoken and all that waits", **_CONTROL)
async def clear(request: AnyRequest, bridge: TheBridge, room: RoomName) -> ControlAnswer:
    """Empty a room's queue."""
    await read_json(request, ControlBody, empty=ControlBody())
    return await _control(bridge, room, "clear")


@post(
    "/api/rooms/{room:str}/say",
    status_code=ACCEPTED,
    summary="Say something, as if it were chat",
    operation_class=operation_with(SayBody),
    responses=documented_errors(400, 415, 422, 503),
)
async def say(request: AnyRequest, bridge: TheBridge, room: RoomName) -> SayAnswer:
    """Hand text to the filter."""
    check_room(room)
    body = await read_json(request, SayBody)
    text = clean(body.text, bridge.settings.max_text_chars)
    _check_wish(bridge.directory, body)
    message_id = uuid.uuid4().hex
    said = TextRequest(
        text=text, author=body.author, voice=body.voice, profile=body.profile, id=message_id
    )
    try:
        await bridge.bus.publish(TEXT_REQUEST, said, room=room, timeout_s=PUBLISH_TIMEOUT_S)
    except BusError:
        raise UnavailableError("the broker cannot be reached", "NO_BROKER") from None
    return SayAnswer(message_id)


@get(
    "/api/rooms/{room:str}",
    summary="What a room's listeners hear",
    responses=documented_errors(400),
)
async def state(bridge: TheBridge, room: RoomName) -> RoomState:
    """Tell a room's state; one in which nothing happened is empty."""
    check_room(room)
    known = bridge.hub.find(room)
    if known is None:
        return RoomState(room, False, 0, None, [], 0, 0)
    now = known.state()
    return RoomState(
        room=room,
        paused=now.paused,
        backlog_ms=round(now.backlog_ms),
        now_playing=now.now_playing,
        next=[utterance.id for utterance in known.playback.queue[1:]],
        listeners=now.listeners,
        queued=known.queued,
    )


def _check_wish(directory: NodeDirectory, body: SayBody) -> None:
    """As far as anything is known; without a synth the text waits for one."""
    if not directory.voices():
        return
    voice = directory.resolve(body.voice, None) if body.voice is not None else None
    if body.profile is not None:
        directory.check_profile(body.profile, voice)


async def _control(
    bridge: Bridge, room: str, action: ControlAction, utterance_id: str | None = None
) -> ControlAnswer:
    """Publish a control; this bridge obeys when it hears it, as every other node does."""
    check_room(room)
    control = RoomControl(action=action, utterance_id=utterance_id)
    if action == "pause" and bridge.hub.find(room) is None:
        bridge.hub.open(room)
    try:
        await bridge.bus.publish(CONTROL, control, room=room, timeout_s=PUBLISH_TIMEOUT_S)
    except BusError:
        raise UnavailableError("the broker cannot be reached", "NO_BROKER") from None
    return ControlAnswer(action, room)


ROUTES = [skip, pause, resume, clear, say, state]
