"""ElevenLabs' models: here, the engines that run."""

import msgspec

from ishowtts_player.directory import NodeDirectory, Voice


class Language(msgspec.Struct):
    language_id: str
    name: str


class Model(msgspec.Struct):
    """One engine, in ElevenLabs' shape."""

    model_id: str
    name: str
    maximum_text_length_per_request: int
    languages: list[Language]
    can_do_text_to_speech: bool = True
    can_be_finetuned: bool = False
    can_do_voice_conversion: bool = False
    can_use_style: bool = False
    can_use_speaker_boost: bool = False
    serves_pro_voices: bool = False
    token_cost_factor: float = 0.0
    requires_alpha_access: bool = False
    description: str = ""


def models(directory: NodeDirectory, max_text_chars: int) -> list[Model]:
    """The engines that run: the answer to `GET /v1/models` is this bare list.

    Args:
        directory: What runs.
        max_text_chars: Of one request.
    """
    by_engine: dict[str, list[Voice]] = {}
    for voice in directory.voices():
        by_engine.setdefault(voice.engine, []).append(voice)
    return [
        Model(engine, label, max_text_chars, _languages(by_engine[engine]))
        for engine, label in directory.engines().items()
    ]


def _languages(voices: list[Voice]) -> list[Language]:
    known = {voice.info.language for voice in voices}
    return [Language(code, code) for code in sorted(code for code in known if code)]


def engine_of(model_id: str | None, directory: NodeDirectory) -> str | None:
    """The engine that a model means; other names (`eleven_flash_v2_5`) leave it to the voice."""
    return model_id if model_id in directory.engines() else None
