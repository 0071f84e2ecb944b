"""What an engine is: a few facts, a few hooks, and the jobs it is given."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from ishowtts_bus import Settings
from ishowtts_schemas import InlineReference, ProfileInfo, VoiceInfo, VoiceReference
from ishowtts_synth.errors import BadRequestError

S = TypeVar("S", bound=Settings)

Option = str | int | float | bool


@dataclass(frozen=True)
class Utterance:
    """What to speak and how.

    Attributes:
        text: Any text; engines bear control characters and lone surrogates.
        voice: One of the engine's voice ids.
        speed: Factor on the voice's natural rate, 0.25 to 4.
        language: BCP 47; None lets voice or text decide.
        options: The engine's own, checked by the engine.
        reference: A clip to clone instead of the voice, for engines that take references.
    """

    text: str
    voice: str
    speed: float = 1.0
    language: str | None = None
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])
    reference: InlineReference | None = None


class SpeechJob(Protocol):
    """One utterance in an engine's hands. Each job ends with one `finish` or `fail`."""

    @property
    def utterance(self) -> Utterance: ...

    @property
    def cancelled(self) -> bool:
        """Nobody wants it any more; look between steps, and `finish` it soon."""
        ...

    def emit(self, pcm: bytes) -> None:
        """Hand over audio: mono s16le at the engine's rate. Blocks while the bus is behind."""
        ...

    def mark(self, chars: int) -> None:
        """What is emitted next speaks the text from this character on, a clause's beginning.

        If this engine dies, another one goes on from there.
        """
        ...

    def finish(self) -> None:
        """All of it has been emitted, or it was cancelled."""
        ...

    def fail(self, error: Exception) -> None:
        """It cannot be spoken; other jobs go on.

        An `EngineError` blames this job alone; what else happens three times in a row has the
        engine loaded again.
        """
        ...


class Engine(ABC, Generic[S]):
    """A voice model. All but `__init__` and `check` run in one thread, the worker's.

    The worker calls `load`, then `admit` while fewer than `slots` jobs are in hand, and `step`
    again and again while there are any; between two steps new jobs join. An exception that
    leaves `step` fails every job in hand, and the engine must have forgotten them; a batching
    engine fails single jobs through `job.fail`.

    Attributes:
        key: Module name, topic level and configuration section.
        licence: SPDX expression of code and weights, as far as they bind a user.
        settings_type: The section's type.
        takes_references: Whether it speaks with clips that come over the bus.
        slots: Jobs that the engine advances at once.
        sample_rate_hz: Rate of what it emits; known after `load`.
        default_voice: Spoken where nobody chose; known after `load`. None where all of its voices
            come over the bus.
        device: Where it computes, for people.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    licence: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    takes_references: ClassVar[bool] = False
    slots: int = 1
    sample_rate_hz: int
    default_voice: str | None
    device: str = "cpu"

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @classmethod
    @abstractmethod
    def check(cls, settings: Any) -> None:
        """Tell, without loading anything heavy, whether `load` has what it needs.

        Raises:
            EngineUnavailableError: Why not, and what to install.
        """

    @abstractmethod
    def load(self) -> None:
        """Get ready to speak. May follow `close`.

        Raises:
            EngineUnavailableError: It cannot run after all.
        """

    @abstractmethod
    def voices(self) -> Sequence[VoiceInfo]:
        """All voices, after `load`."""

    def profiles(self) -> Sequence[ProfileInfo]:
        """Values of its option `profile`, the configured one first; none where it has no such."""
        return ()

    def put_voice(self, reference: VoiceReference) -> None:
        """Take a voice that travels, or another clip for one it has; between two steps.

        The next utterance speaks with it, also where the voice was the engine's own; what is
        being spoken keeps its clip. After `load` the worker brings them all again.

        Raises:
            BadRequestError: Nobody could speak with it; what was there for the voice goes on.
        """
        raise BadRequestError(f"{self.key} does not speak with clips: {reference.voice!r}")

    def drop_voice(self, voice_id: str) -> None:
        """Forget a voice that travelled; the engine's own of that name is back."""

    @abstractmethod
    def admit(self, job: SpeechJob) -> None:
        """Take a job into the running batch.

        Raises:
            BadRequestError: The job cannot be spoken as asked.
        """

    @abstractmethod
    def step(self) -> None:
        """Advance every job in hand by a little and emit what there is; return often."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything that `load` took, and of jobs in hand."""


class SerialEngine(Engine[S]):
    """An engine that speaks one job at a time: it only writes `speak`."""

    def __init__(self, settings: S) -> None:
        super().__init__(settings)
        self._current: tuple[SpeechJob, Iterator[None]] | None = None

    @abstractmethod
    def speak(self, job: SpeechJob) -> Iterator[None]:
        """Emit the whole utterance, and yield wherever the worker may look around.

        Raises:
            BadRequestError: The job cannot be spoken as asked.
        """

    def admit(self, job: SpeechJob) -> None:
        self._current = (job, self.speak(job))

    def step(self) -> None:
        current, self._current = self._current, None
        if current is None:
            return
        job, speech = current
        try:
            more = not job.cancelled and _advance(speech)
        except BadRequestError as error:
            job.fail(error)
            return
        if more:
            self._current = current
        else:
            job.finish()

    def close(self) -> None:
        self._current = None


def _advance(speech: Iterator[None]) -> bool:
    """Whether there is more to come."""
    for _ in speech:
        return True
    return False
