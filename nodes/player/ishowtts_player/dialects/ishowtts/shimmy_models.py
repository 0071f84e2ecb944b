"""The models that Shimmy's clients choose from: engines that run, and their voices."""

import msgspec

from ishowtts_bus.presence import unknown_name
from ishowtts_player.directory import NodeDirectory, Voice
from ishowtts_player.errors import InputError

SEPARATOR = ":"


class ModelAnswer(msgspec.Struct):
    """One model, in Shimmy's shape. Sizes are not known: no weights are in this process."""

    name: str
    model_type: str
    source: str
    size_bytes: int = 0
    parameter_count: str | None = None


def models(directory: NodeDirectory) -> list[ModelAnswer]:
    """Each engine by its name, with its default voice, and each voice as `engine:voice`."""
    voices = directory.voices()
    engines = sorted({voice.engine for voice in voices})
    names = [*engines, *(f"{voice.engine}{SEPARATOR}{voice.id}" for voice in voices)]
    return [ModelAnswer(name, "tts", "synth") for name in names]


def model_voice(directory: NodeDirectory, model: str, voice_id: str | None = None) -> Voice:
    """The voice that a model means; one that it names itself comes before `voice_id`.

    Raises:
        ApiError: There is no such model, or no such voice of it.
    """
    engine, _, own = model.partition(SEPARATOR)
    known = {one.name for one in models(directory)}
    if known and model not in known:
        text = unknown_name("model", model, known)
        raise InputError(text, "UNKNOWN_MODEL", field="shimmy_model")
    return directory.resolve(own or voice_id or None, engine)
