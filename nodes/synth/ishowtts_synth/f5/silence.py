"""Where a recording is silent, and recordings with less of it.

Thresholds and windows are those that stock F5-TTS passes to pydub.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

EDGE_DBFS = -42.0
PAUSE_DBFS = -50.0
_WINDOW_S = 0.01
_LONG_PAUSE_S = 1.0
_KEPT_S = 0.5
_FLOOR = 1e-9


def trim_edges(samples: Samples, rate_hz: int) -> Samples:
    """Cut silence off both ends; nothing is left of a silent recording.

    Args:
        samples: [n], mono, within -1 to 1.
        rate_hz: Their rate.
    """
    window = _window(rate_hz)
    loud = np.flatnonzero(_levels_dbfs(samples, window) >= EDGE_DBFS)
    if not loud.size:
        return samples[:0]
    return samples[loud[0] * window : (loud[-1] + 1) * window]


def shorten_pauses(samples: Samples, rate_hz: int) -> Samples:
    """Leave half a second at each side of every silence of a second and more.

    A silence at an end of the recording has one such side.
    """
    window, kept = _window(rate_hz), int(_KEPT_S * rate_hz)
    silent = _levels_dbfs(samples, window) < PAUSE_DBFS
    keep = np.ones(len(samples), dtype=bool)
    for start, end in _runs(silent):
        if end - start >= _LONG_PAUSE_S / _WINDOW_S:
            first = start * window + kept if start else 0
            last = end * window - kept if end < len(silent) else len(samples)
            keep[first:last] = False
    return samples[keep]


def _window(rate_hz: int) -> int:
    return max(1, int(_WINDOW_S * rate_hz))


def _levels_dbfs(samples: Samples, window: int) -> NDArray[np.float64]:
    """Level of each window, the last one maybe shorter; full scale is 0."""
    if not len(samples):
        return np.zeros(0)
    starts = np.arange(0, len(samples), window)
    energy = np.add.reduceat(samples.astype(np.float64) ** 2, starts)
    lengths = np.minimum(window, len(samples) - starts)
    return 10 * np.log10(np.maximum(energy / lengths, _FLOOR**2))


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Start and end of each run of true."""
    padded = np.concatenate([[False], flags, [False]]).astype(np.int8)
    changes = np.flatnonzero(np.diff(padded))
    yield from zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True)
