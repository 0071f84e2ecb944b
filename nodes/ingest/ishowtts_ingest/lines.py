"""Splits a byte stream into lines, bounded, however it arrives."""

from collections.abc import Iterator

MAX_LINE_BYTES = 64 * 1024


class LineSplitter:
    """Collects chunks and gives whole lines, without their end.

    A line over `MAX_LINE_BYTES` is given as its first bytes and one more, so that it is seen
    to be too long; the rest of it is thrown away.
    """

    def __init__(self) -> None:
        self._partial = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that a chunk completes."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._append(end)
            yield self._flush()
        self._append(rest)

    def close(self) -> bytes:
        """What stands after the last line end."""
        return self._flush()

    def _append(self, piece: bytes) -> None:
        self._partial += piece[: MAX_LINE_BYTES + 1 - len(self._partial)]

    def _flush(self) -> bytes:
        line = bytes(self._partial).removesuffix(b"\r")
        self._partial.clear()
        return line
