"""The event stream of a room."""

import asyncio
from collections.abc import Callable
from typing import Annotated

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from ishowtts_player.bridge import Bridge
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.rooms.events import StreamVoice
from ishowtts_player.rooms.listener import Listener
from ishowtts_player.routes.parameters import TheBridge, documented_errors
from ishowtts_player.server import ABORT

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

_EVENTS = ResponseSpec(
    str, media_type="text/event-stream", description="Events", generate_examples=False
)

Room = Annotated[str, QueryParameter(description="The room to hear.")]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="Go on after this event, as browsers do."),
]
LastEventIdQuery = Annotated[
    str | None,
    QueryParameter(name="last_event_id", description="The same, for clients without it."),
]


class ListenerStream:
    """Sends a room's events to one connection until either side ends."""

    def __init__(self, bridge: Bridge, room: str, last_event_id: str | None) -> None:
        self._bridge = bridge
        self._room = room
        self._last_event_id = last_event_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the connection.

        Raises:
            ApiError: The room or its limits do not allow it; nothing was sent.
        """
        listener = self._join(scope)
        gone = asyncio.create_task(self._watch(receive, listener), name="disconnect")
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            while (data := await listener.take()) is not None:
                await send({"type": "http.response.body", "body": data, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self._bridge.hub.leave(self._room, listener)

    def _join(self, scope: Scope) -> Listener:
        abort: Callable[[], None] | None = scope.get(ABORT)  # type: ignore[assignment]
        directory = self._bridge.directory
        return self._bridge.hub.join(
            self._room,
            self._last_event_id,
            stream_voices(directory),
            directory.default_voice(),
            abort,
        )

    async def _watch(self, receive: Receive, listener: Listener) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._bridge.hub.leave(self._room, listener)


@get(
    "/api/danmaku/stream",
    summary="Chat, audio and playback of a room, as server-sent events",
    responses={200: _EVENTS, **documented_errors(400, 503)},
)
async def stream(
    bridge: TheBridge,
    room: Room = "main",
    last_event_id_header: LastEventId = None,
    last_event_id: LastEventIdQuery = None,
) -> ASGIApp:
    """Open a stream; nothing is held until its connection is served."""
    return ListenerStream(bridge, room, last_event_id_header or last_event_id)


def stream_voices(directory: NodeDirectory) -> list[StreamVoice]:
    """The voices as listeners are greeted with them."""
    return [
        StreamVoice(
            id=voice.id,
            label=voice.info.label,
            language=voice.info.language,
            engine=voice.engine,
        )
        for voice in directory.voices()
    ]


ROUTES = [stream]
