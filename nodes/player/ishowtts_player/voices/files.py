"""The store's folder: clips named by their content, and one index that is replaced as a whole.

A process that is killed at any moment leaves the old index and its clips, or the new ones.
"""

import logging
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ishowtts_bus.kept_file import replace_file, set_aside
from ishowtts_player.voices.clip import digest_of
from ishowtts_player.voices.records import FORMAT, StoreIndex

_LOG = logging.getLogger("ishowtts.player.voices")

INDEX_FILE = "voices.json"
CLIP_FOLDER = "clips"
_CLIP_NAME = re.compile(r"[0-9a-f]{64}\.wav(\.new)?")


class VoiceFiles:
    """Reads and writes; knows nothing of what it means.

    Args:
        folder: Made when there is something to keep; None keeps all in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}

    def load(self) -> StoreIndex:
        """The index. One that cannot be understood is moved aside, and said."""
        if self._folder is None:
            return StoreIndex()
        path = self._folder / INDEX_FILE
        try:
            index = msgspec.json.decode(path.read_bytes(), type=StoreIndex)
        except FileNotFoundError:
            return StoreIndex()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            set_aside(path, str(error))
            return StoreIndex()
        if index.format > FORMAT:
            set_aside(path, "it is of a later version")
            return StoreIndex()
        return index

    def save(self, index: StoreIndex) -> None:
        """Replace the index.

        Raises:
            OSError: It cannot be written.
        """
        if self._folder is not None:
            text = msgspec.json.format(msgspec.json.encode(index), indent=2)
            replace_file(self._folder / INDEX_FILE, text + b"\n")

    def put_clip(self, digest: str, wav: bytes) -> None:
        """Keep a clip; nothing refers to it yet.

        Raises:
            OSError: It cannot be written.
        """
        if self._folder is None:
            self._memory[digest] = wav
        elif self.clip(digest) is None:
            replace_file(self._clip_path(self._folder, digest), wav)

    def clip(self, digest: str) -> bytes | None:
        """A clip, or None where it is not there, or not what it was."""
        if self._folder is None:
            return self._memory.get(digest)
        try:
            wav = self._clip_path(self._folder, digest).read_bytes()
        except OSError:
            return None
        return wav if digest_of(wav) == digest else None

    def sweep(self, kept: Iterable[str]) -> None:
        """Remove clips that nothing refers to, and what a killed process left half written."""
        wanted = set(kept)
        if self._folder is None:
            self._memory = {name: self._memory[name] for name in wanted & self._memory.keys()}
            return
        names = {f"{digest}.wav" for digest in wanted}
        try:
            found = list((self._folder / CLIP_FOLDER).iterdir())
        except OSError:
            return
        for path in found:
            if _CLIP_NAME.fullmatch(path.name) and path.name not in names:
                _remove(path)

    @staticmethod
    def _clip_path(folder: Path, digest: str) -> Path:
        return folder / CLIP_FOLDER / f"{digest}.wav"


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        _LOG.warning("cannot remove %s: %s", path, error)
