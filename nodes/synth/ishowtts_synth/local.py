"""Speech without a broker: the same engines and the same audio path, in the caller's thread."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ishowtts_bus import Settings
from ishowtts_synth.audio import AudioPath, open_audio_path
from ishowtts_synth.engines.base import Engine, Utterance
from ishowtts_synth.engines.registry import create_engine
from ishowtts_synth.settings import SynthSettings
from ishowtts_synth.voices import VoiceCatalogue


class _LocalJob:
    cancelled = False

    def __init__(self, utterance: Utterance, path: AudioPath) -> None:
        self.utterance = utterance
        self.ended = False
        self._path = path
        self._chunks: list[bytes] = []

    def emit(self, pcm: bytes) -> None:
        self._chunks += self._path.push(pcm)

    def mark(self, chars: int) -> None:
        pass

    def finish(self) -> None:
        self._chunks += self._path.finish()
        self.ended = True

    def fail(self, error: Exception) -> None:
        raise error

    def take(self) -> list[bytes]:
        chunks, self._chunks = self._chunks, []
        return chunks


def speak_locally(
    text: str,
    *,
    voice: str | None = None,
    speed: float = 1.0,
    language: str | None = None,
    options: Mapping[str, str | int | float | bool] | None = None,
    settings: SynthSettings | None = None,
    sections: Mapping[str, Settings] | None = None,
) -> Iterator[bytes]:
    """Speak in this process, chunk by chunk while the engine works.

    Args:
        text: What to say.
        voice: One of the engine's voices; None is its default.
        speed: Factor on the voice's rate, 0.25 to 4.
        language: BCP 47.
        options: The engine's own.
        settings: Section `synth`: engine, rate.
        sections: The configuration by section, for the engine's own.

    Yields:
        Mono s16le at `settings.sample_rate_hz`.

    Raises:
        UnknownEngineError: No such engine.
        EngineUnavailableError: It cannot run here; the text says what to install.
        BadRequestError: No such voice, language or option.
    """
    settings = settings or SynthSettings()
    engine = create_engine(settings.engine, sections or {})
    engine.check(engine.settings)
    with contextlib.closing(engine):
        engine.load()
        voices = VoiceCatalogue(engine.key, engine.voices())
        voice = voices.find(voice or voices.default(engine.default_voice) or "").id
        path = open_audio_path(engine.sample_rate_hz, settings.sample_rate_hz)
        job = _LocalJob(Utterance(text, voice, speed, language, options or {}), path)
        yield from _run(engine, job)


def _run(engine: Engine[Any], job: _LocalJob) -> Iterator[bytes]:
    engine.admit(job)
    while not job.ended:
        engine.step()
        yield from job.take()
