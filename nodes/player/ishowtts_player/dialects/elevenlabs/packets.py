"""From the engine's chunks to what is sent in one message: encoded, cut, with its characters."""

from dataclasses import dataclass

from ishowtts_player.audio.encoder import Encoder, Sink, prepare_sink
from ishowtts_player.audio.formats import Codec, OutputFormat
from ishowtts_player.audio.pacer import MS, shard_bytes, shards
from ishowtts_player.dialects.elevenlabs.alignment import Aligner, Alignment, SpeakingRate
from ishowtts_schemas import SAMPLE_BYTES

MAX_PACKET_MS = 1000
"""Base64 in JSON, and 48 kHz: well below the 1 MiB that WebSocket libraries take by default."""

_SAMPLE_BYTES: dict[Codec, int] = {"pcm": SAMPLE_BYTES, "ulaw": 1, "alaw": 1}
"""Of the codecs that can be cut anywhere."""


@dataclass(frozen=True)
class Packet:
    """What one message carries.

    Attributes:
        audio: In the client's format; empty where only characters were left.
        duration_ms: Of the audio, as it is played.
        alignment: The characters that begin in it.
    """

    audio: bytes
    duration_ms: float
    alignment: Alignment | None = None


class PacketMaker:
    """Makes one stream of packets from the audio of several texts, without seams between them.

    Args:
        output: What the client wants.
        rate: How fast this voice speaks, for all that this client hears.
        max_ms: The longest packet, for formats that can be cut.
    """

    def __init__(
        self, output: OutputFormat, rate: SpeakingRate, max_ms: int = MAX_PACKET_MS
    ) -> None:
        self._output = output
        self._rate = rate
        self._sample_bytes = _SAMPLE_BYTES.get(output.codec)
        self._bytes_per_s = output.rate_hz * (self._sample_bytes or 1)
        self._max_bytes = shard_bytes(self._bytes_per_s, self._sample_bytes or 1, max_ms)
        self._sink: Sink | None = None
        self._encoder: Encoder | None = None
        self._source_rate_hz = 0
        self._text = ""
        self._aligner = Aligner("", rate.unit_ms)
        self._text_ms = 0.0
        self._held_ms = 0.0

    async def prepare(self) -> None:
        """Open the codec while the synth still thinks."""
        if self._encoder is None and self._sink is None:
            self._sink = await prepare_sink(self._output)

    def begin(self, text: str, source_rate_hz: int) -> list[Packet]:
        """The audio of a text follows; what was left of the one before it."""
        rest: list[Packet] = []
        if source_rate_hz != self._source_rate_hz:
            rest = self.finish()
            self._source_rate_hz = source_rate_hz
        self._text, self._text_ms = text, 0.0
        self._aligner = Aligner(text, self._rate.unit_ms)
        return rest

    async def push(self, pcm: bytes) -> list[Packet]:
        """The packets that are complete."""
        if self._encoder is None:
            await self.prepare()
            self._encoder = Encoder(self._source_rate_hz, self._output, self._sink)
            self._sink = None
        source_ms = len(pcm) / SAMPLE_BYTES / self._source_rate_hz * MS
        self._text_ms += source_ms
        audio = b"".join([piece async for piece in self._encoder.pieces(pcm)])
        return self._packets(audio, source_ms)

    def end(self) -> list[Packet]:
        """The text has been spoken."""
        self._rate.learn(self._text, self._text_ms)
        left = self._aligner.finish()
        return [] if left is None else [Packet(b"", 0.0, left)]

    def finish(self) -> list[Packet]:
        """What the codec still held; after it a new stream begins."""
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            return []
        return self._packets(encoder.finish(), 0.0)

    def _packets(self, audio: bytes, source_ms: float) -> list[Packet]:
        if self._sample_bytes is not None:
            return [self._cut(part) for part in shards(audio, self._max_bytes)]
        self._held_ms += source_ms
        if not audio:
            return []
        held_ms, self._held_ms = self._held_ms, 0.0
        return [Packet(audio, held_ms, self._aligner.take(held_ms))]

    def _cut(self, part: bytes) -> Packet:
        duration_ms = len(part) / self._bytes_per_s * MS
        return Packet(part, duration_ms, self._aligner.take(duration_ms))
