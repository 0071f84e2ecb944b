"""Which format a recording has."""

from pathlib import Path

from ishowtts_ingest.recordings.base import RecordingReader
from ishowtts_ingest.settings import RecordingFormat

_SUFFIXES: dict[str, RecordingFormat] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".xml": "bilibili_xml",
    ".irc": "irc",
}
_BEGINNINGS: dict[bytes, RecordingFormat] = {b"{": "jsonl", b"<": "bilibili_xml"}
_LOOKED_AT_BYTES = 4096


def find_format(path: Path) -> RecordingFormat:
    """The format of a file by its suffix, or else by its first character.

    Raises:
        OSError: The file cannot be read.
    """
    known = _SUFFIXES.get(path.suffix.lower())
    if known is not None:
        return known
    with path.open("rb") as recording:
        beginning = recording.read(_LOOKED_AT_BYTES)
    return _BEGINNINGS.get(beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1], "irc")


def reader_of(form: RecordingFormat) -> RecordingReader:
    """What reads a format; its module is imported when it is used."""
    if form == "irc":
        from ishowtts_ingest.recordings.irc_log import read_irc_log

        return read_irc_log
    if form == "bilibili_xml":
        from ishowtts_ingest.recordings.bilibili_xml import read_bilibili_xml

        return read_bilibili_xml
    from ishowtts_ingest.recordings.jsonl import read_jsonl

    return read_jsonl
