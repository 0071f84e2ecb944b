"""What one hop through the broker costs, beside the same bytes over a bare socket."""

import asyncio
import time

from ishowtts_bus import BrokerSettings, Received, connect
from ishowtts_cli.bench.numbers import summarise
from ishowtts_cli.bench.results import Hop
from ishowtts_cli.client import barrier
from ishowtts_schemas import AudioChunk
from ishowtts_schemas.topics import REPLY, Reply

HOP_TIMEOUT_S = 10.0
CLIENT = "bench-hop"
WARMUP_HOPS = 20


async def measure_hop(broker: BrokerSettings, payload_bytes: int, hops: int) -> Hop:
    """Send one message at a time, from one bus to another in this process."""
    return Hop(
        payload_bytes=payload_bytes,
        bus=summarise(await _bus_hops(broker, payload_bytes, hops)),
        socket=summarise(await _socket_hops(payload_bytes, hops)),
    )


async def _bus_hops(broker: BrokerSettings, payload_bytes: int, hops: int) -> list[float]:
    sender, receiver = connect(broker, "ishowtts-bench-a"), connect(broker, "ishowtts-bench-b")
    arrived = asyncio.Event()

    def on_message(_received: Received[Reply]) -> None:
        arrived.set()

    receiver.subscribe(REPLY, on_message, client=CLIENT)
    message = AudioChunk(utterance_id=CLIENT, offset=0, pcm=bytes(payload_bytes))
    await asyncio.gather(sender.start(), receiver.start())
    try:
        for bus in (sender, receiver):
            await bus.wait_connected(HOP_TIMEOUT_S)
        await barrier(receiver)
        took: list[float] = []
        for _ in range(WARMUP_HOPS + hops):
            arrived.clear()
            began = time.perf_counter()
            sending = asyncio.ensure_future(sender.publish(REPLY, message, client=CLIENT))
            await asyncio.wait_for(arrived.wait(), HOP_TIMEOUT_S)
            took.append(time.perf_counter() - began)
            await sending
        return took[WARMUP_HOPS:]
    finally:
        await asyncio.gather(sender.close(), receiver.close())


async def _socket_hops(payload_bytes: int, hops: int) -> list[float]:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readexactly(payload_bytes)
                arrived.set()
        except asyncio.IncompleteReadError:
            writer.close()
            gone.set()

    server = await asyncio.start_server(receive, "127.0.0.1", 0, limit=2 * payload_bytes)
    port = server.sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    payload, took = bytes(payload_bytes), []
    for _ in range(WARMUP_HOPS + hops):
        arrived.clear()
        began = time.perf_counter()
        writer.write(payload)
        await asyncio.wait_for(arrived.wait(), HOP_TIMEOUT_S)
        took.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()
    await gone.wait()
    server.close()
    await server.wait_closed()
    return took[WARMUP_HOPS:]
