"""What was started and stopped at run time, in a file that outlives the process."""

import logging
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from ishowtts_bus.kept_file import replace_file, set_aside
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
            set_aside(self._path, str(error))
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
        text = msgspec.json.format(msgspec.json.encode(remembered), indent=2)
        replace_file(self._path, text + b"\n")
