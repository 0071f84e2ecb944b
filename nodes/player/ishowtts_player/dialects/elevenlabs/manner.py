"""Who speaks, and how, as one client asks for it."""

from dataclasses import dataclass, replace

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.elevenlabs.messages import ClientMessage
from ishowtts_player.dialects.elevenlabs.models import engine_of
from ishowtts_player.dialects.elevenlabs.narrator import Say
from ishowtts_player.dialects.elevenlabs.voices import find_voice
from ishowtts_player.directory import Voice
from ishowtts_player.errors import InputError
from ishowtts_player.speech.client import SpeakRequest
from ishowtts_player.speech.text import speakable_text


@dataclass(frozen=True)
class Manner:
    """Everything about a text but its words."""

    voice: Voice
    max_chars: int
    speed: float = 1.0
    language: str | None = None

    def changed(self, message: ClientMessage) -> "Manner":
        """As the client wants it from now on."""
        config = message.config
        language = config.language if config is not None else None
        return replace(
            self,
            speed=self.speed if message.speed is None else message.speed,
            language=language or self.language,
        )

    def say(self, text: str) -> Say | None:
        """The order to speak a text; None where nothing in it can be spoken."""
        try:
            spoken = speakable_text(text, self.max_chars)
        except InputError:
            return None
        request = SpeakRequest(spoken, self.voice, self.speed, self.language, may_be_silent=True)
        return Say(text, request)


def manner_of(
    bridge: Bridge, voice_id: str, model: str | None, speed: float | None, language: str | None
) -> Manner:
    """The manner that an address asks for.

    Raises:
        ApiError: 404 there is no such voice, 503 no synth is there.
    """
    engine = engine_of(model, bridge.directory)
    voice = find_voice(bridge, voice_id, engine)
    return Manner(voice, bridge.settings.max_text_chars, speed or 1.0, language)
