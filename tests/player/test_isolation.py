"""Many clients of all interfaces at once: none hears a sample of another's audio."""

import array
import asyncio
import random

import pytest

from ishowtts_bus import BrokerSettings
from ishowtts_cli.bench.clients import CLIENTS, Client, Place
from ishowtts_cli.bench.clients.mqtt import MqttReply
from ishowtts_player.settings.chatterbox import ChatterboxSettings
from ishowtts_player.settings.smart_home import WyomingSettings
from ishowtts_schemas import AudioChunk
from tests.broker import free_port

ROUNDS = 6
PIECES = 4
PIECE_SAMPLES = 480
ASKED = [client for client in CLIENTS if client.pcm and client is not MqttReply]


def samples_of(text: str) -> bytes:
    """Audio that no other text has: the text's number, in every sample."""
    return array.array("h", [int(text.rsplit(maxsplit=1)[-1])]).tobytes() * PIECE_SAMPLES * PIECES


async def speak_numbers(synth, request, to):
    """A few pieces, with turns for others between them."""
    await synth.begin(request, to)
    pcm = samples_of(request.text)
    size = len(pcm) // PIECES
    for number in range(PIECES):
        piece = pcm[number * size : (number + 1) * size]
        offset = number * PIECE_SAMPLES
        await synth.bus.reply(
            to, AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=piece)
        )
        await asyncio.sleep(random.random() / 500)
    await synth.end(request, to, samples=PIECES * PIECE_SAMPLES)


async def hear(client: Client, text: str) -> bytes:
    return b"".join([piece async for piece in client.hear(text, "en")])


@pytest.fixture
async def place(site):
    wyoming = WyomingSettings(port=free_port())
    chatterbox = ChatterboxSettings(max_concurrent_requests=100)
    node = await site.bridge(max_requests=100, wyoming=wyoming, chatterbox=chatterbox)
    await site.synth(script=speak_numbers)
    port = int(node.url.rpartition(":")[2])
    return Place(BrokerSettings(), "127.0.0.1", port, wyoming.port, "espeak")


async def test_nobody_hears_a_sample_of_anybody_else(place):
    clients = [kind(place) for kind in ASKED for _ in range(2)]
    await asyncio.gather(*(client.open() for client in clients))

    async def ask(number: int, client: Client) -> None:
        for turn in range(ROUNDS):
            text = f"number {100 * number + turn + 1}"
            heard = await hear(client, text)
            assert heard == samples_of(text), (client.name, text)

    try:
        await asyncio.gather(*(ask(number, client) for number, client in enumerate(clients)))
    finally:
        await asyncio.gather(*(client.close() for client in clients))
