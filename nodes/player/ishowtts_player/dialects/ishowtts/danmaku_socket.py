"""`/api/danmaku/stream` as a WebSocket: each utterance of a room as one whole packet.

The same path is the event stream for those who do not ask for an upgrade.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.params import QueryParameter

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.ishowtts.packets import packet
from ishowtts_player.dialects.ishowtts.utterances import UtteranceAssembler
from ishowtts_player.dialects.sockets import refuse_socket
from ishowtts_player.errors import ApiError
from ishowtts_player.rooms.listener import Listener
from ishowtts_player.routes.danmaku import stream_voices
from ishowtts_player.routes.parameters import TheBridge
from ishowtts_player.server import ABORT

AnySocket = WebSocket[Any, Any, Any]

SERVICE_RESTART = 1012

Room = Annotated[str, QueryParameter(description="The room to hear.")]
Replay = Annotated[bool, QueryParameter(description="Whether to begin with what was just spoken.")]


@websocket("/api/danmaku/stream")
async def danmaku_socket(
    socket: AnySocket, bridge: TheBridge, *, room: Room = "main", replay: Replay = True
) -> None:
    """Send a room's utterances until either side ends."""
    try:
        listener = _join(socket, bridge, room, replay=replay)
    except ApiError as error:
        await refuse_socket(socket, error)
        return
    gone = asyncio.create_task(_watch(socket, bridge, room, listener), name="disconnect")
    try:
        await socket.accept()
        await _send_all(socket, bridge, listener)
    except (WebSocketDisconnect, OSError):
        pass  # the client left while something was being sent
    finally:
        gone.cancel()
        bridge.hub.leave(room, listener)


async def _send_all(socket: AnySocket, bridge: Bridge, listener: Listener) -> None:
    assembler = UtteranceAssembler()
    try:
        while (events := await listener.take()) is not None:
            for spoken in assembler.feed(events):
                await socket.send_bytes(packet(spoken))
                bridge.bus.counters.add("player_packets_total")
    finally:
        if assembler.dropped:
            bridge.bus.counters.add("player_packets_dropped_total", assembler.dropped)
    if listener.ending == "shutdown":
        await socket.close(SERVICE_RESTART, "the bridge is shutting down")


def _join(socket: AnySocket, bridge: Bridge, room: str, *, replay: bool) -> Listener:
    abort: Callable[[], None] | None = socket.scope.get(ABORT)  # type: ignore[assignment]
    directory = bridge.directory
    voices = stream_voices(directory)
    return bridge.hub.join(room, None, voices, directory.default_voice(), abort, replay=replay)


async def _watch(socket: AnySocket, bridge: Bridge, room: str, listener: Listener) -> None:
    """Read on, for pongs and the client's farewell; what it says does not matter."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    bridge.hub.leave(room, listener)


ROUTES = [danmaku_socket]
