"""Which voice a Chatterbox client means. Names are looked up, and never part of a path."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from ishowtts_bus.presence import unknown_name
from ishowtts_player.dialects.chatterbox.parameters import MODEL_PREFIX, MODELS
from ishowtts_player.directory import NodeDirectory, Voice
from ishowtts_player.errors import ApiError, InputError
from ishowtts_schemas import slugify

NOT_FOUND = 404


def find_voice(directory: NodeDirectory, path: str, engine: str | None = None) -> Voice:
    """The voice that `voices/anna.wav`, `anna.wav` or `anna` names.

    Raises:
        ApiError: 404 there is none.
        UnavailableError: No synth is there.
    """
    name = voice_name(path)
    if not name:  # which to the directory is the default voice
        raise ApiError(NOT_FOUND, "VOICE_NOT_FOUND", "an empty name is no voice's")
    try:
        return directory.resolve(name, engine)
    except InputError as error:
        if any(voice.id == name for voice in directory.voices()):
            raise
        raise ApiError(NOT_FOUND, "VOICE_NOT_FOUND", error.text) from None


def voice_name(path: str) -> str:
    """The id that a voice called so would have."""
    pure = PurePosixPath(path.replace("\\", "/"))
    if ".." in pure.parts:
        return path
    return slugify(pure.stem, fallback=path)


def choose_voice(
    directory: NodeDirectory, path: str | None, language: str | None, engine: str | None
) -> Voice:
    """The voice of a request: the named one, or one that speaks the language, or the default.

    Raises:
        ApiError: There is none such.
    """
    if path:
        return find_voice(directory, path, engine)
    usual = directory.resolve(None, engine)
    if language is None or _speaks(usual, language):
        return usual
    candidates: Iterable[Voice] = sorted(
        directory.voices(), key=lambda voice: voice.engine != usual.engine
    )
    own = (voice for voice in candidates if engine in (None, voice.engine) and voice.info.language)
    return next((voice for voice in own if _speaks(voice, language)), usual)


def read_model(directory: NodeDirectory, model: str | None) -> tuple[str | None, str | None]:
    """What `model` means: one of Chatterbox's models, or the name of an engine that runs.

    Returns:
        The model and the engine, each None where it is not named.

    Raises:
        InputError: It is neither.
    """
    if not model:
        return None, None
    name = model.lower()
    bare = name.removeprefix(MODEL_PREFIX)
    if bare in MODELS:
        return bare, None
    engines = directory.engines()
    if name in engines:
        return None, name
    text = unknown_name("model", model, (*MODELS, *engines))
    raise InputError(text, "UNKNOWN_MODEL", field="model")


def _speaks(voice: Voice, language: str) -> bool:
    spoken = voice.info.language
    return spoken is None or _primary(spoken) == _primary(language)


def _primary(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()
