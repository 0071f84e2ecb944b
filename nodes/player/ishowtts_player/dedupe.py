"""Leaving out audio that was there before: offsets tell."""

from dataclasses import dataclass

from ishowtts_schemas import SAMPLE_BYTES, AudioChunk


@dataclass(frozen=True)
class Piece:
    """A part of a chunk that listeners were not sent before.

    Attributes:
        lost: Samples just before it that never came.
    """

    utterance_id: str
    offset: int
    pcm: bytes
    lost: int = 0


def new_part(chunk: AudioChunk, next_offset: int) -> Piece | None:
    """What of a chunk was not there before; None if nothing.

    Repeats come from redelivery and from second attempts, which begin at the start.

    Args:
        chunk: As received.
        next_offset: First sample that is missing.
    """
    skipped = max(next_offset - chunk.offset, 0)
    whole = len(chunk.pcm) // SAMPLE_BYTES
    pcm = chunk.pcm[skipped * SAMPLE_BYTES : whole * SAMPLE_BYTES]
    if not pcm:
        return None
    lost = max(chunk.offset - next_offset, 0)
    return Piece(chunk.utterance_id, chunk.offset + skipped, pcm, lost)
