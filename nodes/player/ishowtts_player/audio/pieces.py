"""Audio in pieces of a set length, of which the last is known to be the last."""


class PieceCutter:
    """Cuts mono s16le as it comes, and holds the end back until it is the end.

    Args:
        piece_bytes: Of every piece but the last; even.
        first_bytes: Of the first one, where that is to be heard sooner; even.
    """

    def __init__(self, piece_bytes: int, first_bytes: int | None = None) -> None:
        self._piece_bytes = piece_bytes
        self._next_bytes = first_bytes or piece_bytes
        self._held = bytearray()

    def push(self, pcm: bytes) -> list[bytes]:
        """The pieces that are whole and not the last."""
        self._held += pcm
        pieces: list[bytes] = []
        while len(self._held) > self._next_bytes:
            pieces.append(bytes(self._held[: self._next_bytes]))
            del self._held[: self._next_bytes]
            self._next_bytes = self._piece_bytes
        return pieces

    def finish(self) -> bytes:
        """The last piece; empty only where there was no audio at all."""
        last, self._held = bytes(self._held), bytearray()
        return last
