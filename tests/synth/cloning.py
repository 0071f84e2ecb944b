"""An engine that clones: it emits the very samples of its clips, piece by piece."""

import hashlib
import io
import threading
import wave
from collections.abc import Iterator, Sequence

from ishowtts_schemas import InlineReference, VoiceInfo, VoiceReference
from ishowtts_synth.engines.base import Engine, SpeechJob, Utterance
from ishowtts_synth.errors import BadRequestError, UnknownVoiceError
from ishowtts_synth.settings import ToneSettings
from tests.synth.fakes import SOON_S

OWN_SAMPLE = 1
PIECE_SAMPLES = 240


def clip_of(sample: int, *, count: int = 4800) -> bytes:
    """A WAV file in which one sample is repeated: who hears another one hears another's voice."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(sample.to_bytes(2, "little", signed=True) * count)
    return data.getvalue()


def voice_reference(voice: str, sample: int, **more) -> VoiceReference:
    audio = more.pop("audio", None) or clip_of(sample)
    facts = {"engines": (), "transcript": "what is said", "updated_at_ns": 1}
    version = hashlib.sha256(audio).hexdigest()
    return VoiceReference(voice=voice, version=version, audio=audio, **(facts | more))


def inline_reference(sample: int) -> InlineReference:
    return InlineReference(audio=clip_of(sample), transcript="what is said")


class CloningEngine(Engine[ToneSettings]):
    """Speaks several jobs at once: so many pieces as the text has characters.

    Attributes:
        loads: How often it was loaded.
        breakages: Raised by the next steps, one each.
        admitted: Voices of all jobs, in order.
        gate: Where there is one, each step waits for a permit.
    """

    key = "tone"
    label = "Cloning"
    licence = "MIT"
    settings_type = ToneSettings
    takes_references = True
    slots = 4
    sample_rate_hz = 24_000
    default_voice = "own"

    def __init__(self) -> None:
        super().__init__(ToneSettings())
        self.loads = 0
        self.admitted: list[str] = []
        self.breakages: list[Exception] = []
        self.gate: threading.Semaphore | None = None
        self._clips: dict[str, bytes] = {}
        self._jobs: list[tuple[SpeechJob, Iterator[bytes]]] = []

    @classmethod
    def check(cls, settings: ToneSettings) -> None:
        pass

    def load(self) -> None:
        self.loads += 1

    def voices(self) -> Sequence[VoiceInfo]:
        return [VoiceInfo(id="own", label="Own", transcript="my own words")]

    def put_voice(self, reference: VoiceReference) -> None:
        self._clips[reference.voice] = _samples(reference.audio)

    def drop_voice(self, voice_id: str) -> None:
        self._clips.pop(voice_id, None)

    def admit(self, job: SpeechJob) -> None:
        self.admitted.append(job.utterance.voice)
        piece = self._clip(job.utterance)[: 2 * PIECE_SAMPLES]
        self._jobs.append((job, iter([piece] * len(job.utterance.text))))

    def step(self) -> None:
        if self.gate is not None:
            self.gate.acquire(timeout=SOON_S)
        if self.breakages:
            self._jobs.clear()
            raise self.breakages.pop(0)
        for entry in list(self._jobs):
            job, pieces = entry
            piece = b"" if job.cancelled else next(pieces, b"")
            if piece:
                job.emit(piece)
            else:
                self._jobs.remove(entry)
                job.finish()

    def close(self) -> None:
        self._jobs.clear()
        self._clips.clear()

    def _clip(self, utterance: Utterance) -> bytes:
        if utterance.reference is not None:
            return _samples(utterance.reference.audio)
        if utterance.voice in self._clips:
            return self._clips[utterance.voice]
        if utterance.voice == "own":
            return OWN_SAMPLE.to_bytes(2, "little") * PIECE_SAMPLES
        raise UnknownVoiceError(f"no voice {utterance.voice!r}")


def _samples(audio: bytes) -> bytes:
    try:
        with wave.open(io.BytesIO(audio)) as file:
            return file.readframes(PIECE_SAMPLES)
    except (wave.Error, EOFError) as error:
        raise BadRequestError(f"no clip: {error}") from None
