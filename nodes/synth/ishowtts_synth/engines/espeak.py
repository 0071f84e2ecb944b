"""espeak-ng as an engine: in the process, instant, over a hundred languages."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ishowtts_schemas import VoiceInfo, slugify
from ishowtts_synth.audio import check_resampling, silence
from ishowtts_synth.engines._espeak_backend import EspeakBackend, EspeakVoice, Manner
from ishowtts_synth.engines._espeak_library import EspeakLibrary, library_installed
from ishowtts_synth.engines._espeak_program import EspeakProgram, program_path
from ishowtts_synth.engines._espeak_text import clean, script_languages, segment
from ishowtts_synth.engines.base import Option, SerialEngine, SpeechJob, Utterance
from ishowtts_synth.errors import BadRequestError, EngineError, EngineUnavailableError
from ishowtts_synth.settings import (
    MAX_PITCH,
    MAX_RATE_WPM,
    MAX_VOLUME,
    MIN_RATE_WPM,
    EspeakSettings,
)

FOLLOWING_VOICE = "espeak"
"""The voice that speaks each script in its own language."""

FASTEST_WPM = 2 * MAX_RATE_WPM
"""Above 450 espeak shortens the finished sound; what `speed` asks beyond this is not done."""

_PAUSE_WPM = 150
"""The rate at which a pause after punctuation has the length that its table says."""

_RANGES: Mapping[str, tuple[int, int]] = {
    "rate_wpm": (MIN_RATE_WPM, MAX_RATE_WPM),
    "pitch": (0, MAX_PITCH),
    "pitch_range": (0, MAX_PITCH),
    "volume": (0, MAX_VOLUME),
}
_NEAREST: Mapping[str, str] = {"zh-hk": "yue", "zh-mo": "yue", "zh": "cmn", "jp": "ja"}
"""Tags that espeak has under another name, or under several."""

_OWN_TAGS: Mapping[str, str] = {
    "ca-ba": "ca-x-balear",
    "ca-nw": "ca-x-nwest",
    "ca-va": "ca-valencia",
    "en-us-nyc": "en-US-x-nyc",
    "ru-cl": "ru-x-classic",
}
"""Espeak's tags that mean something else in BCP 47 (`ru-CL` is Chile), or nothing."""


@dataclass(frozen=True)
class _Plan:
    """An utterance with all its questions answered."""

    text: str
    base: str
    readers: Mapping[str, str]
    manner: Manner


class EspeakEngine(SerialEngine[EspeakSettings]):
    """One voice that follows the text, and one per language of espeak-ng."""

    key = "espeak"
    label = "eSpeak NG"
    licence = "GPL-3.0-or-later"
    settings_type = EspeakSettings
    default_voice = FOLLOWING_VOICE

    def __init__(self, settings: EspeakSettings) -> None:
        super().__init__(settings)
        self._backend: EspeakBackend | None = None
        self._languages: dict[str, EspeakVoice] = {}
        self._fixed: dict[str, str] = {}
        self._variants: frozenset[str] = frozenset()

    @classmethod
    def check(cls, settings: EspeakSettings) -> None:
        if _choose_backend(settings) is None:
            raise EngineUnavailableError(_how_to_install(settings))
        check_resampling()

    def load(self) -> None:
        backend = _choose_backend(self.settings)
        if backend is None:
            raise EngineUnavailableError(_how_to_install(self.settings))
        self.sample_rate_hz = backend.open()
        self._backend = backend
        self._languages = _by_tag(backend.voices())
        self._fixed = {_voice_id(tag): tag for tag in self._languages}
        self._variants = frozenset(backend.variants())
        self._check_settings()

    def voices(self) -> Sequence[VoiceInfo]:
        chosen = self.settings.languages or tuple(self._languages)
        tags = dict.fromkeys(self._tag(language) for language in chosen)
        following = VoiceInfo(id=FOLLOWING_VOICE, label="eSpeak, follows the text")
        return [following, *(self._voice_info(tag) for tag in tags)]

    def speak(self, job: SpeechJob) -> Iterator[None]:
        backend = self._loaded()
        plan = self._plan(job.utterance)

        def sink(pcm: bytes) -> bool:
            job.emit(pcm)
            return not job.cancelled

        pieces = segment(plan.text, plan.base, plan.readers)
        for number, piece in enumerate(pieces, 1):
            backend.speak(piece.text, self._languages[piece.language], plan.manner, sink)
            if number < len(pieces):
                sink(
                    silence(
                        piece.pause_ms * _PAUSE_WPM / plan.manner.rate_wpm,
                        self.sample_rate_hz,
                    )
                )
            yield

    def close(self) -> None:
        super().close()
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    def _loaded(self) -> EspeakBackend:
        if self._backend is None:
            raise EngineError("espeak is not loaded")
        return self._backend

    def _voice_info(self, tag: str) -> VoiceInfo:
        label = f"eSpeak {self._languages[tag].name.strip()}"
        return VoiceInfo(id=_voice_id(tag), label=label, language=_bcp47(tag))

    def _plan(self, utterance: Utterance) -> _Plan:
        latin = self._tag(self.settings.latin_language)
        fixed = self._language(utterance)
        readers = script_languages(fixed, latin)
        known = {script: tag for script, tag in readers.items() if tag in self._languages}
        return _Plan(clean(utterance.text), fixed or latin, known, self._manner(utterance))

    def _language(self, utterance: Utterance) -> str | None:
        """The tag that the request or its voice fixes."""
        if utterance.language is not None:
            return self._tag(utterance.language)
        return self._fixed.get(utterance.voice)

    def _tag(self, language: str) -> str:
        """The espeak tag that comes nearest to a BCP 47 tag: `zh-Hans-CN` is `cmn`."""
        wanted = language.lower().replace("_", "-")
        while wanted:
            if wanted in self._languages or wanted in _NEAREST:
                return _NEAREST.get(wanted, wanted)
            latin = self.settings.latin_language.lower()
            if latin in self._languages and latin.partition("-")[0] == wanted:
                return latin
            if alias := self._alias(wanted):
                return alias
            wanted = wanted.rpartition("-")[0]
        close = difflib.get_close_matches(language.lower(), self._languages, 3, 0.4)
        hint = f"; close are {', '.join(close)}" if close else ""
        raise BadRequestError(f"espeak has no language {language!r}{hint}")

    def _alias(self, wanted: str) -> str | None:
        ranked = [
            (rank, tag)
            for tag, voice in self._languages.items()
            for rank, other in voice.languages
            if other.lower() == wanted
        ]
        return min(ranked)[1] if ranked else None

    def _manner(self, utterance: Utterance) -> Manner:
        options = dict(utterance.options)
        variant = options.pop("variant", self.settings.variant)
        numbers = {name: getattr(self.settings, name) for name in _RANGES}
        numbers |= {name: _number(name, value) for name, value in options.items()}
        if not isinstance(variant, str) or (variant and variant not in self._variants):
            raise BadRequestError(self._unknown_variant(variant))
        rate = round(numbers.pop("rate_wpm") * utterance.speed)
        rate_wpm = min(max(rate, MIN_RATE_WPM), FASTEST_WPM)
        return Manner(variant=variant, rate_wpm=rate_wpm, **numbers)

    def _unknown_variant(self, variant: Option) -> str:
        close = difflib.get_close_matches(str(variant), self._variants, 3)
        return f"espeak has no variant {variant!r}; it has {', '.join(close or ['f1', 'm1'])} ..."

    def _check_settings(self) -> None:
        try:
            self._manner(Utterance("", FOLLOWING_VOICE))
            for language in (self.settings.latin_language, *self.settings.languages):
                self._tag(language)
        except BadRequestError as error:
            self.close()
            raise EngineUnavailableError(f"[espeak] {error}") from None


def _choose_backend(settings: EspeakSettings) -> EspeakBackend | None:
    if settings.backend != "program" and library_installed():
        return EspeakLibrary()
    path = program_path(settings.program)
    if settings.backend != "library" and path is not None:
        return EspeakProgram(path)
    return None


def _how_to_install(settings: EspeakSettings) -> str:
    library = "pip install 'ishowtts[espeak]'"
    program = f"the espeak-ng program (apt install espeak-ng; looked for {settings.program!r})"
    ways = {"library": library, "program": program, "auto": f"{library}, or {program}"}
    return f"espeak-ng is not installed; install it with: {ways[settings.backend]}"


def _by_tag(voices: Sequence[EspeakVoice]) -> dict[str, EspeakVoice]:
    """Two voices of one tag are told apart by their files: `yue` and `yue-latn-jyutping`."""
    found: dict[str, EspeakVoice] = {}
    for voice in voices:
        file = voice.identifier.rpartition("/")[2].lower()
        found[file if voice.tag in found else voice.tag] = voice
    return found


def _voice_id(tag: str) -> str:
    return slugify(f"espeak-{tag}")


def _bcp47(tag: str) -> str:
    """`en-us` -> `en-US`, `fa-latn` -> `fa-Latn`; private subtags stay small."""
    if tag in _OWN_TAGS:
        return _OWN_TAGS[tag]
    first, *rest = tag.split("-")
    private = rest.index("x") if "x" in rest else len(rest)
    cased = [_cased(part) if index < private else part for index, part in enumerate(rest)]
    return "-".join([first, *cased])


def _cased(part: str) -> str:
    return {2: part.upper(), 4: part.title()}.get(len(part), part)


def _number(name: str, value: Option) -> int:
    if name not in _RANGES:
        ranges = ", ".join(f"{known} {low}-{high}" for known, (low, high) in _RANGES.items())
        raise BadRequestError(f"espeak has no option {name!r}; it has variant, {ranges}")
    low, high = _RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadRequestError(f"espeak takes {name} from {low} to {high}, not {value!r}")
    return round(value)
