"""Text that comes in pieces, cut into what can be spoken."""

from sentence_stream import SentenceBoundaryDetector

from ishowtts_player.speech.text import bare, is_speakable

PIECE_CHARS = 500
"""The detector looks through all it holds for each sentence that it finds."""


class SentenceFeed:
    """Gives sentences as soon as they are complete, none longer than one request may be.

    Attributes:
        heard: Whether there was any text.
    """

    def __init__(self, max_chars: int) -> None:
        self.heard = False
        self._max_chars = max_chars
        self._detector = SentenceBoundaryDetector()

    def feed(self, text: str) -> list[str]:
        """What is complete now."""
        self.heard = self.heard or bool(text.strip())
        found: list[str] = []
        for start in range(0, len(text), PIECE_CHARS):
            found += self._detector.add_chunk(text[start : start + PIECE_CHARS])
            if self._held_chars > self._max_chars:
                found.append(self._detector.finish())
        return self._speakable(found)

    def finish(self) -> list[str]:
        """What is left."""
        return self._speakable([self._detector.finish()])

    @property
    def _held_chars(self) -> int:
        return len(self._detector.current_sentence) + len(self._detector.remaining_text)

    def _speakable(self, texts: list[str]) -> list[str]:
        """Without what has no sound; none longer than a request may be."""
        size = self._max_chars
        cuts = ((text, start) for text in texts for start in range(0, len(text), size))
        parts = (bare(text[start : start + size]) for text, start in cuts)
        return [part for part in parts if is_speakable(part)]
