"""Looking voices up: the store's and the synths' own, as one."""

from typing import Literal

from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.voices.details import describe, engines_own
from ishowtts_player.voices.names import name_problem
from ishowtts_player.voices.records import ClipFile, VoiceRecord
from ishowtts_player.voices.store import VoiceStore
from ishowtts_schemas import VoiceAdd, VoiceDetails, VoiceList

NOT_FOUND = 404
CONFLICT = 409

Source = Literal["baseline", "override"]


class VoiceCatalogue:
    """Answers from what is known now; changes nothing.

    Args:
        store: Voices that are kept here.
        directory: Synths, and the voices that they bring along.
    """

    def __init__(self, store: VoiceStore, directory: NodeDirectory) -> None:
        self._store = store
        self._directory = directory

    def list(self) -> VoiceList:
        """Every voice that clips can be laid over, by id."""
        cloners = self._directory.cloners()
        ids = {voice.id for one in cloners for voice in one.voices}
        ids.update(self._store.voices.ids())
        return VoiceList(
            voices=tuple(self.details(voice_id) for voice_id in sorted(ids)),
            problems=self._store.problems,
        )

    def details(self, voice_id: str) -> VoiceDetails:
        """One voice.

        Raises:
            ApiError: 404.
        """
        return self.describe(self.find(voice_id))

    def describe(self, base: VoiceRecord) -> VoiceDetails:
        """A voice that has been looked up."""
        return describe(base, self._store.voices, self._directory.cloners())

    def audio(self, voice_id: str, source: Source) -> bytes:
        """A voice's clip as a WAV file.

        Raises:
            ApiError: 404, there is no such voice or no such clip.
        """
        clip = self._clip(self.find(voice_id), source)
        wav = self._store.audio(clip) if clip else None
        if wav is None:
            text = f"voice {voice_id!r} has no {source} clip here"
            raise ApiError(NOT_FOUND, "NO_CLIP", text)
        return wav

    def known(self, voice_id: str) -> VoiceRecord | None:
        """The voice, or None.

        Raises:
            InputError: Its engine does not speak with clips.
        """
        stored = self._store.voices.find(voice_id)
        return stored or engines_own(voice_id, self._directory.voices())

    def find(self, voice_id: str) -> VoiceRecord:
        """The voice.

        Raises:
            ApiError: 404, or its engine does not speak with clips.
        """
        known = self.known(voice_id)
        if known is None:
            raise unknown(voice_id)
        return known

    def check_new(self, voice_id: str) -> None:
        """Make sure that a new voice may be called so.

        Raises:
            InputError: It may not, or another one is.
        """
        problem = name_problem(voice_id)
        if problem:
            raise InputError(problem, "BAD_VOICE_NAME")
        if self.known(voice_id) is not None:
            text = f"there is a voice {voice_id!r} already"
            raise InputError(text, "VOICE_EXISTS", CONFLICT)

    def _clip(self, base: VoiceRecord, source: Source) -> ClipFile | None:
        if source == "baseline":
            return base.clip
        override = self._store.voices.overrides.get(base.id)
        return override.clip if override else None


def check_kept(base: VoiceRecord, wanted: VoiceAdd) -> None:
    """Make sure that nobody takes for changed what cannot be laid over a voice.

    Raises:
        InputError: It says something else of the voice than there is.
    """
    given = {
        "label": (wanted.label.strip(), base.label),
        "language": (wanted.language, base.language),
        "engines": (wanted.engines, base.engines),
        "licence": (wanted.licence.strip(), base.licence),
    }
    other = [name for name, (new, old) in given.items() if new and new != old]
    if other:
        text = f"a clip and its text can be laid over a voice, not its {' and '.join(other)}"
        raise InputError(f"{text}: remove it first, or leave that out", "VOICE_EXISTS", CONFLICT)


def unknown(voice_id: str) -> ApiError:
    """There is no voice of that name."""
    return ApiError(NOT_FOUND, "UNKNOWN_VOICE", f"there is no voice {voice_id[:80]!r}")
