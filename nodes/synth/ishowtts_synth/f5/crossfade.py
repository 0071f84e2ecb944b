"""Clauses made one after another, joined as stock joins them all at the end."""

import numpy as np

from ishowtts_synth.f5.silence import Samples


class CrossFade:
    """Joins the audio of clauses over a linear fade.

    What the next clause will overlap is held back; the rest can be heard at once. All pieces
    together are, sample by sample, what stock's `infer_batch_process` makes of the clauses.

    Args:
        overlap: Samples that two clauses share, fewer where one of them is shorter.
    """

    def __init__(self, overlap: int) -> None:
        self._overlap = overlap
        self._held = np.zeros(0, np.float32)

    def push(self, clause: Samples, *, last: bool) -> Samples:
        """What can be heard, now that there is another clause.

        Args:
            clause: [n].
            last: Whether none follows: nothing is held back.
        """
        joined = _join(self._held, clause, self._overlap)
        held = 0 if last else min(self._overlap, len(joined))
        self._held = joined[len(joined) - held :]
        return joined[: len(joined) - held]


def _join(before: Samples, after: Samples, overlap: int) -> Samples:
    shared = min(overlap, len(before), len(after))
    if not shared:
        return np.concatenate([before, after])
    fade_in = np.linspace(0, 1, shared)
    fade_out = np.linspace(1, 0, shared)
    meeting = before[-shared:] * fade_out + after[:shared] * fade_in
    return np.concatenate([before[:-shared], meeting.astype(np.float32), after[shared:]])
