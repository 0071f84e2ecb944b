"""The voices that can be asked for."""

import msgspec
from litestar import get

from ishowtts_player.routes.parameters import TheBridge


class VoiceAnswer(msgspec.Struct, omit_defaults=True):
    """One voice, in iShowTTS's shape: absent where there is nothing to say."""

    id: str
    engine: str
    engine_label: str
    language: str | None = None
    reference_text: str | None = None


@get("/api/voices", summary="Voices of all engines that run, by id")
async def voices(bridge: TheBridge) -> list[VoiceAnswer]:
    """List the voices."""
    return [
        VoiceAnswer(
            id=voice.id,
            engine=voice.engine,
            engine_label=voice.engine_label,
            language=voice.info.language,
            reference_text=voice.info.transcript,
        )
        for voice in bridge.directory.voices()
    ]


ROUTES = [voices]
