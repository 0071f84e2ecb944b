"""Files from Hugging Face's hub: its cache, its progress bar, and its hashes checked."""

import hashlib
import importlib
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ishowtts_synth.errors import EngineUnavailableError

_LOG = logging.getLogger("ishowtts.synth.f5")

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class HubFile:
    """A file of a repository on the hub."""

    repository: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} of {self.repository}"

    def beside(self, name: str) -> "HubFile":
        folder = self.name.rpartition("/")[0]
        return HubFile(self.repository, f"{folder}/{name}" if folder else name)


def is_cached(file: HubFile, cache_dir: str) -> bool:
    return _cached(file, cache_dir) is not None


def fetch(file: HubFile, cache_dir: str) -> Path:
    """The file, downloaded if the cache does not have it; the network is not asked if it does.

    Args:
        file: What is wanted.
        cache_dir: Empty for the hub's own choice.

    Raises:
        EngineUnavailableError: It cannot be had, or what came is not what the hub has.
    """
    cached = _cached(file, cache_dir)
    if cached is not None:
        return cached
    hub: Any = importlib.import_module("huggingface_hub")
    _LOG.info("downloading %s", file)  # the hub's progress bar shows in a terminal only
    try:
        expected = hub.get_hf_file_metadata(hub.hf_hub_url(file.repository, file.name)).etag
        got = Path(hub.hf_hub_download(file.repository, file.name, cache_dir=cache_dir or None))
    except Exception as error:  # noqa: BLE001 - each version of the hub has its own HTTP library's
        reason = " ".join(str(error).split())[:200]
        raise EngineUnavailableError(
            f"f5 cannot download {file} ({reason}); once it is in the cache, or in a folder that "
            "[f5] ckpt_file, vocab_file and vocoder_local_path name, no network is needed"
        ) from None
    _verify(file, got, expected or "")
    return got


def _cached(file: HubFile, cache_dir: str) -> Path | None:
    hub: Any = importlib.import_module("huggingface_hub")
    found = hub.try_to_load_from_cache(file.repository, file.name, cache_dir=cache_dir or None)
    return Path(found) if isinstance(found, str) else None


def _verify(file: HubFile, path: Path, etag: str) -> None:
    """Large files are known to the hub by their SHA-256; a small one shows when it is read."""
    if not _SHA256.fullmatch(etag):
        return
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != etag:
        path.resolve().unlink()
        raise EngineUnavailableError(
            f"f5 downloaded {file}, and its SHA-256 is not the hub's: something on the way "
            "changed it; it was deleted"
        )
