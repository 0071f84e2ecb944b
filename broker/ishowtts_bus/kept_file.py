"""Files that outlive a process: replaced as a whole, or kept for a person where damaged."""

import logging
import os
from pathlib import Path

_LOG = logging.getLogger("ishowtts.files")


def replace_file(path: Path, data: bytes) -> None:
    """Write beside it, and take its place once it is on the disk; its folder is made if missing.

    A process that is killed meanwhile leaves the old file.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def set_aside(path: Path, reason: str) -> None:
    """Move what cannot be understood out of the way, and say so."""
    aside = path.with_name(f"{path.name}.corrupt")
    try:
        path.replace(aside)
    except OSError as error:
        _LOG.warning("%s cannot be read (%s) nor moved aside: %s", path, reason, error)
    else:
        _LOG.warning("%s cannot be read (%s); it is kept as %s", path, reason, aside)


def _sync_folder(folder: Path) -> None:
    """A rename, too, is only there for good once its folder is written."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
