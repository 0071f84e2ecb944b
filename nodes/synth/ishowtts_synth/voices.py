"""Looking up a voice by its id."""

import difflib
from collections.abc import Iterable

from ishowtts_schemas import VoiceInfo
from ishowtts_synth.errors import UnknownVoiceError

MAX_SUGGESTIONS = 3


class VoiceCatalogue:
    """The voices of one engine."""

    def __init__(self, engine: str, voices: Iterable[VoiceInfo]) -> None:
        self._engine = engine
        self._voices = {voice.id: voice for voice in voices}

    def all(self) -> tuple[VoiceInfo, ...]:
        return tuple(self._voices.values())

    def find(self, voice_id: str) -> VoiceInfo:
        """The voice.

        Raises:
            UnknownVoiceError: It does not exist; the text names close ones.
        """
        if voice_id in self._voices:
            return self._voices[voice_id]
        close = difflib.get_close_matches(voice_id, self._voices, MAX_SUGGESTIONS)
        close = close or list(self._voices)[:MAX_SUGGESTIONS]
        raise UnknownVoiceError(
            f"{self._engine} has no voice {voice_id!r}; it has {', '.join(close)}"
            + (f" and {more} more" if (more := len(self._voices) - len(close)) else "")
        )
