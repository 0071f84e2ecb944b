"""ElevenLabs' WebSockets: from the handshake to who serves them."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from litestar import websocket
from litestar.params import PathParameter

from ishowtts_bus.patience import within
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.elevenlabs.connection import (
    NORMAL,
    AnySocket,
    ClientLeftError,
    Connection,
    IdleError,
)
from ishowtts_player.dialects.elevenlabs.forward import ForwardSession, open_source
from ishowtts_player.dialects.elevenlabs.manner import manner_of
from ishowtts_player.dialects.elevenlabs.messages import INIT_TYPE, ClientMessage
from ishowtts_player.dialects.elevenlabs.multi import MultiSession
from ishowtts_player.dialects.elevenlabs.query import (
    DEFAULT_INACTIVITY_S,
    StreamQuery,
    read_query,
)
from ishowtts_player.dialects.elevenlabs.session import StreamSession
from ishowtts_player.dialects.elevenlabs.terms import elevenlabs_terms, xtts_terms
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.parameters import TheBridge

STRANGER_S = 10.0
"""A client that has to show its token yet gets no longer than this."""
REQUEST_TIMEOUT = 408

VoiceId = Annotated[str, PathParameter(description="The voice's id.")]
Serve = Callable[[Connection, Bridge, str, StreamQuery, ClientMessage], Awaitable[None]]


@websocket("/v1/text-to-speech/{voice_id:str}/stream-input")
async def stream_input(socket: AnySocket, bridge: TheBridge, voice_id: VoiceId) -> None:
    """Text in pieces to one line of speech."""
    await _serve(socket, bridge, voice_id, _one_line)


@websocket("/v1/text-to-speech/{voice_id:str}/multi-stream-input")
async def multi_stream_input(socket: AnySocket, bridge: TheBridge, voice_id: VoiceId) -> None:
    """Text in pieces to several lines of speech."""
    await _serve(socket, bridge, voice_id, _several_lines)


async def _serve(socket: AnySocket, bridge: Bridge, voice_id: str, serve: Serve) -> None:
    """Accept, serve, and tell the client in a frame what went wrong."""
    await socket.accept()
    connection = Connection(socket)
    try:
        first = await _first_message(connection, socket.query_params)
        await serve(connection, bridge, voice_id, read_query(socket.query_params), first)
    except ClientLeftError:
        return
    except IdleError:
        await connection.close(NORMAL, "nothing was sent for too long")
    except ApiError as error:
        bridge.bus.counters.add("player_socket_errors_total", code=error.code.lower())
        await connection.fail(error)


async def _first_message(connection: Connection, query: Mapping[str, str]) -> ClientMessage:
    """Wait for it, whatever the address says: many clients only listen once they have spoken."""
    patience_s = DEFAULT_INACTIVITY_S
    with contextlib.suppress(InputError):
        patience_s = read_query(query).inactivity_s
    if connection.token_due:
        patience_s = min(patience_s, STRANGER_S)
    try:
        first = await within(patience_s, connection.receive())
    except asyncio.TimeoutError:
        raise IdleError from None
    connection.xtts = first.type == INIT_TYPE
    connection.admit(first)
    return first


async def _one_line(
    connection: Connection, bridge: Bridge, voice_id: str, query: StreamQuery, first: ClientMessage
) -> None:
    terms = xtts_terms(query, first) if connection.xtts else elevenlabs_terms(query)
    if query.mode == "forward":
        if not terms.xtts:
            raise InputError("mode=forward begins with ttsInitRequest", "CHANNEL_MISSING")
        parts = open_source(bridge, first.audio_channel, terms.output.rate_hz)
        await ForwardSession(connection, terms, parts).run()
        return
    manner = manner_of(bridge, voice_id, query.model, query.speed, query.language)
    try:
        await StreamSession(connection, bridge, terms, manner).run(first)
    except IdleError:
        if terms.xtts:
            raise
        raise _idle(query) from None


async def _several_lines(
    connection: Connection, bridge: Bridge, voice_id: str, query: StreamQuery, first: ClientMessage
) -> None:
    terms = elevenlabs_terms(query)
    manner = manner_of(bridge, voice_id, query.model, query.speed, query.language)
    try:
        await MultiSession(connection, bridge, terms, manner).run(first)
    except IdleError:
        raise _idle(query) from None


def _idle(query: StreamQuery) -> ApiError:
    text = f"no new text for {query.inactivity_s:g} seconds"
    return ApiError(REQUEST_TIMEOUT, "INPUT_TIMEOUT_EXCEEDED", text)


ROUTES = [stream_input, multi_stream_input]
