"""Eight clients of different interfaces at once, each with a tone of its own: what each hears."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from ishowtts_bus import BrokerSettings
from ishowtts_cli.bench.clients import CLIENTS, Client, Place
from ishowtts_synth.engines.base import Utterance
from ishowtts_synth.engines.tone import FREQUENCIES_HZ, ToneEngine
from ishowtts_synth.settings import ToneSettings
from tests.broker import free_port
from tests.e2e.pipeline import Pipeline

MS_PER_CHARACTER = 5
TEXTS = ("go", "hello", "good game", "what a play that was", "nice one everybody here")
SETTINGS = ToneSettings(ms_per_character=MS_PER_CHARACTER)


@dataclass
class Stream:
    """One client.

    Attributes:
        foreign: Samples that are not of its own tone.
        wrong_length: Utterances that were too short or too long.
    """

    client: str
    tone: str
    utterances: int = 0
    samples: int = 0
    foreign: int = 0
    wrong_length: int = 0


@dataclass
class Run:
    """What came of it."""

    streams: list[Stream] = field(default_factory=list[Stream])

    @property
    def passed(self) -> bool:
        return all(one.samples and not one.foreign and not one.wrong_length for one in self.streams)


def run(utterances: int, folder: Path) -> Run:
    """Ask for so many utterances with each client.

    Args:
        utterances: Of each client.
        folder: The pipeline's.
    """
    wyoming_port = free_port()
    pipeline = Pipeline(
        folder,
        ISHOWTTS__SYNTH__ENGINE="tone",
        ISHOWTTS__TONE__MS_PER_CHARACTER=str(MS_PER_CHARACTER),
        ISHOWTTS__PLAYER__WYOMING__PORT=str(wyoming_port),
        ISHOWTTS__PLAYER__CHATTERBOX__MAX_CONCURRENT_REQUESTS="100",
    )
    pipeline.start()
    try:
        broker = BrokerSettings(port=pipeline.broker_port)
        place = Place(broker, "127.0.0.1", pipeline.http_port, wyoming_port, "tone")
        return Run(asyncio.run(_streams(place, utterances)))
    finally:
        pipeline.stop()


async def _streams(place: Place, utterances: int) -> list[Stream]:
    kinds = [kind for kind in CLIENTS if kind.pcm]
    chosen = islice(cycle(kinds), len(FREQUENCIES_HZ))
    clients = [kind(place) for kind in chosen]
    await asyncio.gather(*(client.open() for client in clients))
    voices = [f"tone-{hz}" for hz in FREQUENCIES_HZ]
    try:
        listening = (
            _listen(client, voice, utterances)
            for client, voice in zip(clients, voices, strict=True)
        )
        return list(await asyncio.gather(*listening))
    finally:
        await asyncio.gather(*(client.close() for client in clients))


async def _listen(client: Client, voice: str, utterances: int) -> Stream:
    stream = Stream(client.name, voice)
    for text in islice(cycle(TEXTS), utterances):
        heard = b"".join([piece async for piece in client.hear(text, voice)])
        _judge(stream, heard, expected(text, voice))
    return stream


def _judge(stream: Stream, heard: bytes, wanted: bytes) -> None:
    stream.utterances += 1
    stream.samples += len(heard) // 2
    stream.wrong_length += len(heard) != len(wanted)
    pairs = zip(_samples(heard), _samples(wanted), strict=False)
    stream.foreign += sum(one != other for one, other in pairs)


def _samples(pcm: bytes) -> Sequence[int]:
    return memoryview(pcm[: len(pcm) // 2 * 2]).cast("h")


def expected(text: str, voice: str) -> bytes:
    """What the engine says alone."""
    utterance = Utterance(text, voice)
    pieces = ToneEngine(SETTINGS)._tone(utterance)
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))
