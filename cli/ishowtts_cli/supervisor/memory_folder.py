"""A folder in memory for what changes all the time and need only outlive a killed process."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there is private, and checked


@contextmanager
def held_in_memory(folder: Path, memory: Path = SHARED_MEMORY) -> Iterator[Path]:
    """Where the files of a folder stand meanwhile: brought into memory, and back at the end.

    After a kill they are still in memory, until the machine goes down. Where there is no memory to
    be had, they stay in the folder.

    Args:
        folder: On disk; made if missing.
        memory: A file system in memory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = _private_folder(folder, memory)
    if held is None:
        yield folder
        return
    if not any(held.iterdir()):
        _bring(folder, held)
    try:
        yield held
    finally:
        with suppress(OSError):  # what is not brought back is still in memory
            _bring(held, folder)
            shutil.rmtree(held)


def _private_folder(folder: Path, memory: Path) -> Path | None:
    """Always the same for a folder; None where it cannot be had, or somebody else has it."""
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    held = memory / f"ishowtts-{os.geteuid()}-{name}"
    try:
        held.mkdir(mode=0o700, exist_ok=True)
        facts = held.lstat()
    except OSError:
        return None
    private = not stat.S_IMODE(facts.st_mode) & 0o077
    ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
    return held if ours and private else None


def _bring(source: Path, target: Path) -> None:
    """Files only, each whole or not at all."""
    for file in source.iterdir():
        if file.is_file():
            unfinished = target / f".{file.name}.new"
            shutil.copy2(file, unfinished)
            unfinished.replace(target / file.name)
