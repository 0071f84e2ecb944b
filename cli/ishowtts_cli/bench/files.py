"""Where a bench leaves what it found."""

from collections.abc import Callable
from pathlib import Path

import msgspec


def write_result(
    result: msgspec.Struct, stem: Path, draw: Callable[[Path], None], tell: Callable[[str], None]
) -> None:
    """Write `<stem>.json`, and `<stem>.png` where matplotlib is installed.

    Args:
        result: All of it.
        stem: Path without a suffix; its folder is made if it is missing.
        draw: Writes the picture; imports what it needs.
        tell: Says to the person what was written.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    document = msgspec.json.format(msgspec.json.encode(result))
    stem.with_suffix(".json").write_bytes(document + b"\n")
    tell(f"wrote {stem.with_suffix('.json')}")
    try:
        draw(stem.with_suffix(".png"))
    except ModuleNotFoundError:
        tell("no plot: pip install 'ishowtts[bench]'")
    else:
        tell(f"wrote {stem.with_suffix('.png')}")
