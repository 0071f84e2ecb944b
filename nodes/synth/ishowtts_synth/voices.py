"""The voices of one synth: the engine's own, and those that travel."""

import difflib
from collections.abc import Iterable

from ishowtts_schemas import VoiceInfo
from ishowtts_synth.errors import UnknownVoiceError

MAX_SUGGESTIONS = 3


class VoiceCatalogue:
    """Looking up a voice by its id.

    Args:
        engine: For what a person is told.
        voices: The engine's own; one that travels takes the place of its namesake.
    """

    def __init__(self, engine: str, voices: Iterable[VoiceInfo]) -> None:
        self._engine = engine
        self._own = {voice.id: voice for voice in voices}
        self._voices = self._own

    def all(self) -> tuple[VoiceInfo, ...]:
        return tuple(self._voices.values())

    def set_travelling(self, voices: Iterable[VoiceInfo]) -> None:
        """Those there are now."""
        self._voices = self._own | {voice.id: voice for voice in voices}

    def default(self, preferred: str | None) -> str | None:
        """The voice for whoever names none: the preferred one, else the first."""
        return preferred if preferred in self._voices else next(iter(self._voices), None)

    def find(self, voice_id: str) -> VoiceInfo:
        """The voice.

        Raises:
            UnknownVoiceError: It does not exist; the text names close ones.
        """
        if voice_id in self._voices:
            return self._voices[voice_id]
        if not self._voices:
            raise UnknownVoiceError(
                f"{self._engine} has no voice yet: `ishowtts voices add` gives it one, "
                "or its section of the configuration"
            )
        close = difflib.get_close_matches(voice_id, self._voices, MAX_SUGGESTIONS)
        close = close or list(self._voices)[:MAX_SUGGESTIONS]
        raise UnknownVoiceError(
            f"{self._engine} has no voice {voice_id!r}; it has {', '.join(close)}"
            + (f" and {more} more" if (more := len(self._voices) - len(close)) else "")
        )
