"""The ratio that ours must not fall behind. A ratio, because times are other on every machine."""

import json
from pathlib import Path
from typing import Any

from ishowtts_cli.errors import CliError

STORED = Path(__file__).with_name("stored_ratios.json")
TOLERANCE = 1.15
"""Medians of 25 turns differ by a few percent from run to run on a busy machine."""


def judge_ratio(key: str, ratio: float, path: Path = STORED, tolerance: float = TOLERANCE) -> None:
    """Compare with what is stored.

    Args:
        key: Device, model and precision.
        ratio: Our time over stock's.
        path: Of the stored ones.
        tolerance: How many times the stored one is allowed.

    Raises:
        CliError: Ours has become slower against stock, or nothing is stored.
    """
    stored = _read(path)
    if key not in stored:
        raise CliError(f"no ratio is stored for {key}; --gate --store keeps this one")
    allowed = stored[key]["ratio"] * tolerance
    if ratio > allowed:
        raise CliError(
            f"{key}: {ratio:.3f} of stock's time, at most {allowed:.3f} is allowed: "
            f"{stored[key]['ratio']:.3f} is stored"
        )


def store_ratio(key: str, ratio: float, torch_version: str, path: Path = STORED) -> None:
    """Keep it, with what it was measured with."""
    stored = _read(path) | {key: {"ratio": round(ratio, 3), "torch": torch_version}}
    path.write_text(json.dumps(stored, indent=4, sort_keys=True) + "\n", "utf-8")


def _read(path: Path) -> dict[str, dict[str, Any]]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
