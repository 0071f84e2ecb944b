"""F5-TTS as an engine: clones voices from short clips, many utterances side by side."""

import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ishowtts_schemas import ProfileInfo, VoiceInfo, VoiceReference
from ishowtts_synth.engines.base import Engine, SpeechJob
from ishowtts_synth.errors import BadRequestError, EngineError, EngineUnavailableError
from ishowtts_synth.f5.files import fetch_files
from ishowtts_synth.f5.options import profile_infos, read_manner, steps_of
from ishowtts_synth.f5.requirements import check_requirements
from ishowtts_synth.settings import F5Settings

if TYPE_CHECKING:
    from ishowtts_synth.f5.runtime import Clip
    from ishowtts_synth.f5.speech import Speech, SpeechBatch
    from ishowtts_synth.f5.voices import VoiceShelf

_LOG = logging.getLogger("ishowtts.synth.f5")


class F5Engine(Engine[F5Settings]):
    """Everything that needs torch is imported by `load`: the class can be asked without it."""

    key = "f5"
    label = "F5-TTS"
    licence = "MIT AND CC-BY-NC-4.0"
    settings_type = F5Settings
    takes_references = True
    sample_rate_hz = 24_000

    def __init__(self, settings: F5Settings) -> None:
        super().__init__(settings)
        self._batch: SpeechBatch | None = None
        self._shelf: VoiceShelf[Clip] | None = None

    @classmethod
    def check(cls, settings: F5Settings) -> None:
        check_requirements(settings)

    def load(self) -> None:
        # Before torch is imported. Threads that spin where they wait for each other made a step
        # on two busy cores ten times slower.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        check_requirements(self.settings)
        files = fetch_files(self.settings)
        from ishowtts_synth.f5.runtime import load_runtime
        from ishowtts_synth.f5.speech import SpeechBatch
        from ishowtts_synth.f5.voices import VoiceShelf

        runtime = load_runtime(self.settings, files)
        profile = self.settings.profile
        self.device = f"{runtime.device}, {profile} ({steps_of(profile, self.settings)} steps)"
        self.slots = runtime.sampler.max_rows
        self.default_voice = next((voice.id for voice in self.settings.voices), None)
        self._shelf = VoiceShelf(self.settings.voices, runtime.clip)
        self._batch = SpeechBatch(runtime)
        self._preload(self._shelf)

    def voices(self) -> Sequence[VoiceInfo]:
        return [
            VoiceInfo(
                id=voice.id,
                label=voice.label or voice.id,
                engine_label=voice.engine_label,
                language=voice.language,
                transcript=voice.reference_text,
            )
            for voice in self.settings.voices
        ]

    def profiles(self) -> Sequence[ProfileInfo]:
        return profile_infos(self.settings)

    def put_voice(self, reference: VoiceReference) -> None:
        self._loaded()[1].put(reference)

    def drop_voice(self, voice_id: str) -> None:
        self._loaded()[1].drop(voice_id)

    def admit(self, job: SpeechJob) -> None:
        batch, shelf = self._loaded()
        try:
            batch.add(self._speech(job, shelf))
        except BadRequestError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: others are in the batch already
            job.fail(error)

    def step(self) -> None:
        self._loaded()[0].step()

    def close(self) -> None:
        self._batch = self._shelf = None

    def _loaded(self) -> "tuple[SpeechBatch, VoiceShelf[Clip]]":
        if self._batch is None or self._shelf is None:
            raise EngineError("f5 is not loaded")
        return self._batch, self._shelf

    def _speech(self, job: SpeechJob, shelf: "VoiceShelf[Clip]") -> "Speech":
        from ishowtts_synth.f5.plan import plan
        from ishowtts_synth.f5.speech import Speech

        utterance = job.utterance
        manner = read_manner(self.settings, utterance.options, utterance.speed)
        if utterance.reference is not None:
            clip = shelf.get_inline(utterance.reference, manner.target_rms)
        else:
            clip = shelf.get(utterance.voice, manner.target_rms)
        parts = plan(
            utterance.text,
            clip.reference,
            manner,
            first_clause_s=self.settings.first_clause_s,
            short_text_speed=self.settings.short_text_speed,
        )
        return Speech(job, clip, manner, parts)

    def _preload(self, shelf: "VoiceShelf[Clip]") -> None:
        """Read clips; one that is spoken where nobody chose had better be good."""
        for voice in self.settings.voices:
            default = voice.id == self.default_voice
            if not (default or voice.preload):
                continue
            try:
                shelf.get(voice.id, self.settings.tuning.target_rms)
            except BadRequestError as error:
                if default:
                    raise EngineUnavailableError(f"[f5] {error}") from None
                _LOG.warning("%s", error)
