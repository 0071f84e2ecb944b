"""One writer per journal: a lock that ends with the process, however it ends."""

import os
import sys
from pathlib import Path
from typing import IO


class LockedError(Exception):
    """Another process holds it; the text names it."""


class FileLock:
    """Holds a file while the process lives, or until `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take it at once; a lock that is held already stays held.

        Raises:
            LockedError: Somebody else has it.
            OSError: The file cannot be made.
        """
        if self._file is not None:
            return
        file = self._path.open("a+")
        try:
            _lock(file)
        except OSError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            file.close()
            raise LockedError(f"process {owner} writes it") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def try_acquire(self) -> bool:
        """Take it at once, if nobody else has it; whether it is ours.

        Raises:
            OSError: The file cannot be made.
        """
        try:
            self.acquire()
        except LockedError:
            return False
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """Locked bytes cannot be read: the owner's number stands before them."""

    def _lock(file: IO[str]) -> None:
        os.lseek(file.fileno(), _FAR, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
