"""An utterance as the parts that the sampler makes: what is said, how long it is, by which seed."""

from dataclasses import dataclass

from ishowtts_synth.errors import BadRequestError
from ishowtts_synth.f5.clauses import Clause, split
from ishowtts_synth.f5.duration import (
    clause_bytes,
    fixed_frames,
    reference_frames,
    total_frames,
)
from ishowtts_synth.f5.options import Manner
from ishowtts_synth.f5.reference import Reference

LEAST_BYTES = 40
"""A clause may have so many, however little time the clip leaves: some ten ideographs."""

LEAST_FIRST_BYTES = 20


@dataclass(frozen=True)
class Part:
    """A clause on its way to the sampler.

    Attributes:
        start: Characters of the utterance before it.
        text: What is said.
        frames: Mel frames of clip and clause.
        seed: None: chance.
    """

    start: int
    text: str
    frames: int
    seed: int | None


def plan(
    text: str,
    reference: Reference,
    manner: Manner,
    *,
    first_clause_s: float,
    short_text_speed: float,
) -> list[Part]:
    """Part a text; there is nothing where nothing can be said.

    Args:
        text: Any text.
        reference: Whose pace counts.
        manner: As asked.
        first_clause_s: What the first clause should take; 0: it is as the others.
        short_text_speed: Speed of clauses under 10 bytes; 0: as any.

    Raises:
        BadRequestError: A fixed duration that the clip alone fills.
    """
    clauses = _clauses(text, reference, manner.speed, first_clause_s)
    frames = _frames(clauses, reference, manner, short_text_speed)
    return [
        Part(clause.start, clause.text, length, None if manner.seed is None else manner.seed + at)
        for at, (clause, length) in enumerate(zip(clauses, frames, strict=True))
    ]


def _clauses(text: str, reference: Reference, speed: float, first_clause_s: float) -> list[Clause]:
    samples = len(reference.samples)
    transcript = reference.transcript.removesuffix(" ")  # stock adds its last space after this
    most = max(LEAST_BYTES, clause_bytes(samples, transcript, speed))
    if not first_clause_s:
        return split(text, most_bytes=most)
    first = clause_bytes(samples, transcript, speed, first_clause_s)
    return split(text, most_bytes=most, first_bytes=max(LEAST_FIRST_BYTES, first))


def _frames(
    clauses: list[Clause], reference: Reference, manner: Manner, short_text_speed: float
) -> list[int]:
    clip = reference_frames(len(reference.samples))
    if not clauses or manner.fix_duration_s is None:
        return [
            total_frames(
                clip,
                reference.transcript,
                clause.text,
                speed=manner.speed,
                short_text_speed=short_text_speed,
            )
            for clause in clauses
        ]
    texts = [clause.text for clause in clauses]
    frames = fixed_frames(clip, manner.fix_duration_s, texts, manner.cross_fade_s)
    if min(frames) <= clip:
        raise BadRequestError(
            f"fix_duration counts the clip, which takes {reference.duration_s:.1f} s: "
            f"{manner.fix_duration_s:g} s leave nothing to say it in"
        )
    return frames
