"""The voices there are as Wyoming lists them, and the one that a request means."""

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

from wyoming.info import Attribution, Info, TtsProgram, TtsVoice

from ishowtts_player.directory import NodeDirectory, Voice

PROGRAM = "iShowTTS"


def describe(voices: Sequence[Voice], languages: Sequence[str]) -> Info:
    """What Home Assistant reads once, when it adds the service.

    One program for all engines: Home Assistant takes the first and ignores the others.

    Args:
        voices: All that can be asked for; somebody told of none would not ask again.
        languages: Where voices are listed that follow the text.

    """
    times = Counter(voice.id for voice in voices)
    program = TtsProgram(
        name=PROGRAM,
        attribution=Attribution(PROGRAM, ""),
        installed=True,
        description="Speech from every engine that runs",
        version=version("ishowtts"),
        voices=[_listed(voice, languages, shared=times[voice.id] > 1) for voice in voices],
        supports_synthesize_streaming=True,
    )
    return Info(tts=[program])


def find_voice(directory: NodeDirectory, name: str | None, language: str | None) -> Voice:
    """The voice that a request means: by name, else by language, else the default one.

    Raises:
        InputError: There is no such voice.
        UnavailableError: No synth is there.
    """
    if name:
        engine, _, voice_id = name.rpartition("/")
        return directory.resolve(voice_id, engine or None)
    preferred = directory.resolve(None, None)
    if language is None or _speaks(preferred, language):
        return preferred
    voices = [voice for voice in directory.voices() if _speaks(voice, language)]
    exact = (voice for voice in voices if (voice.info.language or "").lower() == language.lower())
    return next(exact, voices[0] if voices else preferred)


def _listed(voice: Voice, languages: Sequence[str], *, shared: bool) -> TtsVoice:
    """A voice; where two engines have one of that name, both are called by their engine too."""
    info = voice.info
    return TtsVoice(
        name=f"{voice.engine}/{voice.id}" if shared else voice.id,
        attribution=Attribution(voice.engine_label, ""),
        installed=True,
        description=f"{info.label} ({voice.engine_label})",
        version=None,
        languages=[info.language] if info.language else list(languages),
    )


def _speaks(voice: Voice, language: str) -> bool:
    """Whether a voice speaks a language, whatever the region."""
    known = voice.info.language
    return known is None or _primary(known) == _primary(language)


def _primary(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()
