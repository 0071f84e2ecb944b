"""Starting and stopping the channels that are read, with iShowTTS's shapes."""

from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta

from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import operation_with, read_json
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors
from ishowtts_schemas import ChannelInfo, ChannelStart, ChannelStop
from ishowtts_schemas.ids import Slug

OK = 200
ACCEPTED = 202
NOT_FOUND = 404

PlatformName = Annotated[str, Meta(max_length=64)]
ChannelName = Annotated[str, Meta(max_length=200)]


class StartBody(msgspec.Struct):
    """What is to be read: a channel's name, id or address."""

    platform: PlatformName
    """`twitch`, `bilibili` or `youtube` in any case, or the name of a source."""
    channel: ChannelName
    voice_id: Annotated[str, Meta(max_length=64)] | None = None
    engine: Annotated[str, Meta(max_length=64)] | None = None
    room: Slug | None = None
    """Where it is spoken; else as the source is configured."""


class StopBody(msgspec.Struct):
    """What is to be read no more."""

    platform: PlatformName
    channel: ChannelName


class StartAnswer(msgspec.Struct):
    status: Literal["started"]
    channel: str
    """As the platform writes it."""


class StopAnswer(msgspec.Struct):
    """`idle` and no channel where it was not read."""

    status: Literal["stopped", "idle"]
    channel: str | None


@post(
    ["/api/danmaku/start", "/api/start"],
    status_code=ACCEPTED,
    summary="Read a channel from now on",
    operation_class=operation_with(StartBody),
    responses=documented_errors(400, 404, 409, 415, 422, 501, 502, 503, 504),
)
async def start(request: AnyRequest, bridge: TheBridge) -> StartAnswer:
    """Start a channel; it is read again after a restart, until it is stopped."""
    body = await read_json(request, StartBody)
    engine = find_engine(bridge.directory, body.engine) if body.engine else None
    if body.voice_id:
        check_voice(bridge.directory, body.voice_id, engine)
    wanted = ChannelStart(
        platform=body.platform,
        channel=body.channel,
        room=body.room,
        voice=body.voice_id or None,
        engine=engine,
    )
    info = await bridge.ingest.start(wanted)
    return StartAnswer("started", info.channel)


@post(
    ["/api/danmaku/stop", "/api/stop"],
    status_code=ACCEPTED,
    summary="Read a channel no more",
    operation_class=operation_with(StopBody),
    responses={
        OK: ResponseSpec(StopAnswer, description="It was not read", generate_examples=False),
        **documented_errors(400, 415, 422, 502, 503, 504),
    },
)
async def stop(request: AnyRequest, bridge: TheBridge) -> Response[StopAnswer]:
    """Stop a channel; what of it waits already is still spoken."""
    body = await read_json(request, StopBody)
    unwanted = ChannelStop(platform=body.platform, channel=body.channel)
    stopped = await bridge.ingest.stop(unwanted)
    status = ACCEPTED if stopped.status == "stopped" else OK
    return Response(StopAnswer(stopped.status, stopped.channel), status_code=status)


@get(
    "/api/danmaku/channels",
    summary="The channels that are read, and how that goes",
    responses=documented_errors(502, 503, 504),
)
async def channels(bridge: TheBridge) -> list[ChannelInfo]:
    """List the channels."""
    return await bridge.ingest.channels()


def find_engine(directory: NodeDirectory, name: str) -> str:
    """The engine of that name; `index-tts` and `indextts` are `index_tts`, as in iShowTTS.

    Raises:
        InputError: None of that name runs, although others do.
    """
    engines = {synth.engine for synth in directory.synths() if synth.engine}
    running = {_folded(engine): engine for engine in engines}
    if not running:
        return name.lower()
    found = running.get(_folded(name))
    if found is None:
        there = ", ".join(sorted(running.values()))
        raise InputError(f"no engine {name!r} is running; running: {there}")
    return found


def check_voice(directory: NodeDirectory, voice_id: str, engine: str | None) -> None:
    """Whether a voice can be spoken with; without a synth nobody knows.

    Raises:
        ApiError: 404 there is no such voice, 400 it is another engine's.
    """
    voices = directory.voices()
    if not voices:
        return
    if all(voice.id != voice_id for voice in voices):
        raise ApiError(NOT_FOUND, "UNKNOWN_VOICE", f"there is no voice {voice_id!r}")
    directory.resolve(voice_id, engine)


def _folded(engine: str) -> str:
    return engine.lower().replace("_", "").replace("-", "")


ROUTES = [start, stop, channels]
