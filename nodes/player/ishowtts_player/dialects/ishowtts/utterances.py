"""Whole utterances out of a room's events. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from ishowtts_player.audio.wav import wav_file
from ishowtts_player.recent import Recent
from ishowtts_player.rooms.events import AudioPiece, AudioStarted, AudioStopped
from ishowtts_schemas import SAMPLE_BYTES

MAX_OPEN = 64
MAX_BYTES = 32 * 1024 * 1024
"""Of one utterance: 11 minutes at 24 kHz."""

_START = msgspec.json.Decoder(AudioStarted)
_PIECE = msgspec.json.Decoder(AudioPiece)
_STOP = msgspec.json.Decoder(AudioStopped)


@dataclass(frozen=True)
class Spoken:
    """An utterance from its start to its end."""

    start: AudioStarted
    pcm: bytes

    def wav(self) -> bytes:
        """The whole file."""
        return wav_file(self.pcm, self.start.sample_rate_hz)


@dataclass
class _Open:
    start: AudioStarted
    pcm: bytearray = field(default_factory=bytearray)


class UtteranceAssembler:
    """Collects what is being spoken; several utterances at a time, each bounded.

    Attributes:
        dropped: Utterances that were too long.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._open: Recent[str, _Open] = Recent(MAX_OPEN)

    def feed(self, events: bytes) -> Iterator[Spoken]:
        """Take server-sent events, whole ones; the utterances that end with them."""
        for name, data in split_events(events):
            if name == AudioStarted.event:
                self._on_start(_START.decode(data))
            elif name == AudioPiece.event:
                self._on_piece(_PIECE.decode(data))
            elif name == AudioStopped.event:
                spoken = self._on_stop(_STOP.decode(data))
                if spoken is not None:
                    yield spoken

    def _on_start(self, start: AudioStarted) -> None:
        """A second attempt goes on where the first one failed."""
        known = self._open.get(start.utterance_id)
        if known is None or known.start.sample_rate_hz != start.sample_rate_hz:
            self._open[start.utterance_id] = _Open(start)

    def _on_piece(self, piece: AudioPiece) -> None:
        known = self._open.get(piece.utterance_id)
        if known is None:
            return
        begin = piece.offset * SAMPLE_BYTES
        if begin + len(piece.pcm) > MAX_BYTES:
            self.dropped += 1
            del self._open[piece.utterance_id]
            return
        lost = begin - len(known.pcm)
        known.pcm.extend(bytes(max(lost, 0)))
        known.pcm[begin:] = piece.pcm

    def _on_stop(self, stop: AudioStopped) -> Spoken | None:
        if stop.reason == "failed":
            return None
        known = self._open.pop(stop.utterance_id, None)
        if known is None or stop.reason != "done":
            return None
        return Spoken(known.start, bytes(known.pcm))


def split_events(events: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and data of each event; comments and what has no data are left out."""
    for block in events.split(b"\n\n"):
        lines = (line.partition(b": ") for line in block.split(b"\n"))
        fields = {name: value for name, _, value in lines}
        if b"data" in fields:
            yield fields.get(b"event", b"").decode(), fields[b"data"]


def next_spoken(
    kept: Iterable[tuple[int, bytes, str | None]], after: int
) -> tuple[int, Spoken] | None:
    """The first utterance that ended after an event.

    Args:
        kept: Number, data and utterance of each event, in order.
        after: Number of the event; 0 for the beginning.

    Returns:
        The number of its last event, and the utterance; None where there is none yet.
    """
    heard: dict[str, list[bytes]] = {}
    for number, data, utterance_id in kept:
        if utterance_id is None:
            continue
        parts = heard.setdefault(utterance_id, [])
        parts.append(data)
        if number > after and _is_stop(data):
            spoken = next(UtteranceAssembler().feed(b"".join(parts)), None)
            if spoken is not None:
                return number, spoken
    return None


def _is_stop(data: bytes) -> bool:
    return f"\nevent: {AudioStopped.event}\n".encode() in data[:200]
