"""What voices may be called. Pure."""

from collections.abc import Callable
from pathlib import PureWindowsPath

from ishowtts_schemas import REFERENCE_VOICE, is_slug, slugify

RESERVED = frozenset({REFERENCE_VOICE, "upload", "default"})
"""They stand where ids do, in addresses and in requests, and mean something else."""
MAX_TRIES = 1000


def name_problem(voice_id: str) -> str:
    """Why a new voice cannot be called so; empty where it can."""
    if not is_slug(voice_id):
        return f"{voice_id[:80]!r} is no name for a voice: a-z, 0-9, _ and -, up to 64 of them"
    return f"{voice_id!r} is no name for a voice: it is used otherwise" * (voice_id in RESERVED)


def name_of_file(filename: str, taken: Callable[[str], bool]) -> str:
    """A free name for what was uploaded as a file: `"My Voice (2).WAV"` is `my-voice-2`.

    Args:
        filename: As the client says. Only its last part counts, and no path is made of it.
        taken: Whether a name is another voice's.
    """
    name = slugify(PureWindowsPath(filename.replace("\0", "")).stem, "voice")
    stem = name if not name_problem(name) else f"voice-{name}"[:64]
    tries = (stem, *(f"{stem[:59]}-{number}" for number in range(2, MAX_TRIES)))
    return next(one for one in tries if not taken(one))
