"""The first moment of a connection: what a session kept is at the door, or the door shuts again."""

import asyncio

from ishowtts_bus import BrokerSettings, Bus, Received, connect
from ishowtts_schemas import TextRequest
from ishowtts_schemas.topics import TEXT_REQUEST
from tests.broker import MosquittoServer

SOON_S = 20.0
"""Only a failure waits that long."""
SUBSCRIBED_S = 0.2
ACCEPTED = b"\x20\x03\x00\x00\x00"


async def test_what_a_session_kept_is_acknowledged_over_the_next_connection(
    mosquitto: MosquittoServer,
) -> None:
    sender = connect(mosquitto.settings, "sender")
    await sender.start()
    assert await _visit(mosquitto.settings, sender, "first") == ["first"]
    for text in ("1", "2", "3"):
        await sender.publish(TEXT_REQUEST, TextRequest(text=text), room="main")
    assert await _visit(mosquitto.settings, sender, "second") == ["1", "2", "3", "second"]
    assert await _visit(mosquitto.settings, sender, "third") == ["third"]
    await sender.close()


async def test_a_connection_that_ends_as_it_began_is_not_taken_for_a_live_one() -> None:
    connections: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def accept_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(ACCEPTED)
        writer.close()
        connections.put_nowait(writer)

    server = await asyncio.start_server(accept_and_close, "127.0.0.1", 0)
    bus = connect(BrokerSettings(port=server.sockets[0].getsockname()[1]), "hopeful")
    await bus.start()
    for _ in range(3):
        await asyncio.wait_for(connections.get(), SOON_S)
    await bus.close()
    server.close()


async def _visit(settings: BrokerSettings, sender: Bus, last: str) -> list[str]:
    """Connect, hear what was kept, and what is said now; leave."""
    heard: list[str] = []
    done = asyncio.Event()

    def hear(received: Received[TextRequest]) -> None:
        heard.append(received.message.text)
        if heard[-1] == last:
            done.set()

    bus = connect(settings, "sleeper", session_expiry_s=60)
    bus.subscribe(TEXT_REQUEST, hear)
    await bus.start()
    await bus.wait_connected(SOON_S)
    await asyncio.sleep(SUBSCRIBED_S)
    await sender.publish(TEXT_REQUEST, TextRequest(text=last), room="main")
    await asyncio.wait_for(done.wait(), SOON_S)
    await bus.close()
    return heard
