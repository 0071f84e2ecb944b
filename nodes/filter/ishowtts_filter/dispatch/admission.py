"""Who is not let into the queue, because nobody would hear it in time. Pure policy."""

from ishowtts_filter.utterance import Utterance

ALWAYS_ADMITTED = frozenset({"interactive", "paid"})
"""Somebody paid for it, or waits for the answer: it is spoken late rather than not at all."""


def why_hopeless(utterance: Utterance, ahead_s: float, now: float) -> str | None:
    """Why an utterance cannot be heard before its time is over; None where it can.

    Args:
        utterance: About to wait.
        ahead_s: Speech that is heard before it.
        now: Monotonic seconds.
    """
    left_s = utterance.expires_at - now
    if utterance.priority in ALWAYS_ADMITTED or left_s <= 0 or ahead_s <= left_s:
        return None
    return f"{ahead_s:.0f} s of speech are ahead of it, and it may wait {left_s:.0f} s"
