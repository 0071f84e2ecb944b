"""The voices that can be asked for."""

import msgspec

from ishowtts_player.bridge import Bridge
from ishowtts_schemas import ProfileInfo


class VoiceAnswer(msgspec.Struct, omit_defaults=True):
    """One voice, in iShowTTS's shape: absent where there is nothing to say."""

    id: str
    engine: str
    engine_label: str
    language: str | None = None
    reference_text: str | None = None
    profiles: tuple[ProfileInfo, ...] = ()
    """What `profile` may be, the one that holds without it first. Not in iShowTTS."""


def list_voices(bridge: Bridge) -> list[VoiceAnswer]:
    """The voices of all engines that run, by id."""
    return [
        VoiceAnswer(
            id=voice.id,
            engine=voice.engine,
            engine_label=voice.engine_label,
            language=voice.info.language,
            reference_text=voice.info.transcript,
            profiles=voice.profiles,
        )
        for voice in bridge.directory.voices()
    ]
