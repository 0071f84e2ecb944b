"""How long a clause is to be: the clip's own pace, applied to the clause's bytes.

The rules and the order of the operations are those of stock's `infer_batch_process`.
"""

from collections.abc import Sequence

HOP = 256
RATE_HZ = 24_000
SHORT_TEXT_BYTES = 10
LONGEST_S = 22.0
"""Clip and clause together, as stock splits text; the model was trained on up to 30 s."""


def utf8_length(text: str) -> int:
    return len(text.encode("utf-8"))


def reference_frames(samples: int) -> int:
    return samples // HOP


def total_frames(
    reference: int, transcript: str, clause: str, *, speed: float, short_text_speed: float
) -> int:
    """Mel frames of clip and clause.

    Args:
        reference: Frames of the clip.
        transcript: What is said in it.
        clause: What is to be said.
        speed: Factor on the clip's pace.
        short_text_speed: Takes its place where the clause has fewer than 10 bytes; 0: never.
    """
    clause_bytes = utf8_length(clause)
    if clause_bytes < SHORT_TEXT_BYTES and short_text_speed:
        speed = short_text_speed
    return reference + int(reference / utf8_length(transcript) * clause_bytes / speed)


def fixed_frames(
    reference: int, fix_duration_s: float, clauses: Sequence[str], cross_fade_s: float
) -> list[int]:
    """Mel frames of the clip and each clause, where their sum is given.

    Args:
        reference: Frames of the clip.
        fix_duration_s: Of the clip and all that is said, as it will be heard.
        clauses: What is to be said; each has a share by its bytes.
        cross_fade_s: What two clauses share, and each has to bring.
    """
    if len(clauses) == 1:
        return [int(fix_duration_s * RATE_HZ / HOP)]
    reference_s = reference * HOP / RATE_HZ
    shared_s = fix_duration_s - reference_s + cross_fade_s * (len(clauses) - 1)
    weights = [utf8_length(clause) for clause in clauses]
    seconds = [reference_s + shared_s * weight / sum(weights) for weight in weights]
    return [int(each_s * RATE_HZ / HOP) for each_s in seconds]


def clause_bytes(samples: int, transcript: str, speed: float, seconds: float | None = None) -> int:
    """Bytes of text that may be said at once.

    Args:
        samples: Length of the clip.
        transcript: What is said in it.
        speed: Factor on the clip's pace.
        seconds: To be filled; None: what the clip leaves of 22.
    """
    clip_s = samples / RATE_HZ
    seconds = LONGEST_S - clip_s if seconds is None else seconds
    return int(utf8_length(transcript) / clip_s * seconds * speed)
