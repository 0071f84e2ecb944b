"""What was started and stopped at run time, in a file that outlives the process."""

import logging
import os
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from ishowtts_schemas import Part
from ishowtts_schemas.ids import Slug

_LOG = logging.getLogger("ishowtts.ingest")

MAX_REMEMBERED = 2000

_Name = Annotated[str, Meta(min_length=1, max_length=200)]


class StartedChannel(Part, frozen=True, kw_only=True):
    """A channel that was started at run time."""

    source: Slug
    channel: _Name
    room: Slug
    voice: Slug | None = None
    engine: Slug | None = None


class StoppedChannel(Part, frozen=True, kw_only=True):
    """A configured channel that was stopped at run time."""

    source: Slug
    channel: _Name


class Remembered(Part, frozen=True, kw_only=True):
    """The whole file."""

    started: Annotated[tuple[StartedChannel, ...], Meta(max_length=MAX_REMEMBERED)] = ()
    stopped: Annotated[tuple[StoppedChannel, ...], Meta(max_length=MAX_REMEMBERED)] = ()


class ChannelMemory:
    """A JSON file that is replaced as a whole.

    Args:
        path: Its folder is made when there is something to remember; None remembers nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def load(self) -> Remembered:
        """What is remembered. A file that cannot be understood is moved aside, and said."""
        if self._path is None:
            return Remembered()
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Remembered)
        except FileNotFoundError:
            return Remembered()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._set_aside(self._path, error)
        except OSError as error:
            # What cannot be read must not be replaced either.
            _LOG.warning("cannot read %s: %s; channels are not remembered", self._path, error)
            self._path = None
        return Remembered()

    def save(self, remembered: Remembered) -> None:
        """Replace the file; a process that is killed meanwhile leaves the old one.

        Raises:
            OSError: It cannot be written.
        """
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = msgspec.json.format(msgspec.json.encode(remembered), indent=2)
        draft = self._path.with_name(f"{self._path.name}.new")
        with draft.open("wb") as file:
            file.write(text + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def _set_aside(self, path: Path, error: Exception) -> None:
        aside = path.with_name(f"{path.name}.corrupt")
        try:
            path.replace(aside)
        except OSError as failure:
            _LOG.warning("%s is damaged (%s) and cannot be moved aside: %s", path, error, failure)
        else:
            _LOG.warning("%s is damaged (%s); it is kept as %s", path, error, aside)
