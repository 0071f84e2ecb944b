"""The voices of the file and those of the interfaces, changed one at a time and kept on disk.

Every change is committed to disk before it holds, or is an error and changes nothing. Blocking:
for a thread. What it knows may be read from any thread at any time.
"""

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.voices.baseline import Baseline, ConfiguredVoice
from ishowtts_player.voices.clip import Clip
from ishowtts_player.voices.files import VoiceFiles
from ishowtts_player.voices.records import ClipFile, Override, VoiceRecord, Voices
from ishowtts_schemas import VoiceReference

_LOG = logging.getLogger("ishowtts.player.voices")

T = TypeVar("T")

NOT_FOUND = 404
CONFLICT = 409
NOT_STORED = 500


class VoiceStore:
    """The one owner of voices that travel.

    Args:
        folder: Where changes are kept; None keeps them in memory.
        max_voices: Of the file and of the interfaces together.
        clock_ns: Wall-clock time.

    Attributes:
        voices: What there is now.
        problems: What of the file or the folder cannot be used, a sentence each.
    """

    def __init__(
        self,
        folder: Path | None,
        max_voices: int,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.voices = Voices()
        self.problems: tuple[str, ...] = ()
        self._files = VoiceFiles(folder)
        self._max_voices = max_voices
        self._clock_ns = clock_ns

    def load(self, baseline: Baseline) -> None:
        """Begin with what the file gave and what the folder remembers.

        Raises:
            OSError: The folder cannot be read or written.
        """
        index = self._files.load()
        configured = {voice.id: self._configured(voice, clip) for voice, clip in baseline.voices}
        damaged: list[str] = []
        added = {one.id: one for one in index.added if self._whole(one.id, one.clip, damaged)}
        overrides = {
            one.voice: one for one in index.overrides if self._whole(one.voice, one.clip, damaged)
        }
        self.voices = Voices(
            configured, added, overrides, frozenset(index.published), index.default_voice
        )
        self.problems = (*baseline.problems, *damaged)
        self._files.sweep(clip.digest for clip in self.voices.clips())

    def keep_in_memory(self) -> None:
        """Leave the folder alone: what cannot be read must not be replaced either."""
        self._files = VoiceFiles(None)

    def reference(self, voice_id: str) -> VoiceReference | None:
        """A voice as it travels; None where it has no clip."""
        base, effective = self.voices.find(voice_id), self.voices.effective(voice_id)
        wav = self.audio(effective.clip) if effective else None
        if base is None or effective is None or wav is None:
            return None
        override = self.voices.overrides.get(voice_id)
        return VoiceReference(
            voice=voice_id,
            version=effective.version,
            engines=base.engines,
            transcript=effective.transcript,
            audio=wav,
            updated_at_ns=override.updated_at_ns if override else base.updated_at_ns,
            language=base.language,
            label=base.label,
            licence=base.licence,
            engine_label=base.engine_label,
        )

    def audio(self, clip: ClipFile) -> bytes | None:
        """A clip as a WAV file; None where it got lost."""
        return self._files.clip(clip.digest)

    def add(self, record: VoiceRecord, clip: Clip) -> None:
        """Take a new voice.

        Raises:
            InputError: There is one of that name, or no room.
            ApiError: It cannot be kept.
        """
        if self.voices.find(record.id) is not None:
            text = f"there is a voice {record.id!r} already"
            raise InputError(text, "VOICE_EXISTS", CONFLICT)
        self._check_room()
        kept = replace(record, clip=self._keep(clip), updated_at_ns=self._clock_ns())
        # What was laid over another voice of that name, one of the file that is no longer there.
        overrides = _without(self.voices.overrides, record.id)
        self._commit(added={**self.voices.added, record.id: kept}, overrides=overrides)

    def override(
        self, base: VoiceRecord, *, clip: Clip | None = None, transcript: str | None = None
    ) -> None:
        """Lay a clip, a transcript or both over a voice.

        Args:
            base: The voice underneath; kept along where it is a synth's own.
            clip: None leaves the clip that holds.
            transcript: None leaves the one that holds, empty goes back to the voice's own.

        Raises:
            InputError: There would be no clip to send.
            ApiError: The voice was removed meanwhile, or this cannot be kept.
        """
        known = self.voices.overrides.get(base.id)
        if self.voices.find(base.id) is None:
            if base.origin != "engine":
                raise ApiError(
                    NOT_FOUND, "UNKNOWN_VOICE", f"there is no voice {base.id!r} any more"
                )
            self._check_room()
        old = known or Override(voice=base.id, updated_at_ns=0)
        changed = replace(
            old,
            clip=self._keep(clip) if clip else old.clip,
            transcript=old.transcript if transcript is None else transcript or None,
            updated_at_ns=self._clock_ns(),
            base=base if base.origin == "engine" else None,
        )
        if (changed.clip or base.clip) is None:
            text = "this voice's own clip is kept by its synth: send a clip with the transcript"
            raise InputError(text, "CLIP_NEEDED")
        overrides = {**self.voices.overrides, base.id: changed}
        if changed.clip is None and changed.transcript is None:
            del overrides[base.id]
        self._commit(overrides=overrides)

    def reset(self, voice_id: str) -> bool:
        """Take away what was laid over a voice; whether there was anything.

        Raises:
            ApiError: That cannot be kept.
        """
        if voice_id not in self.voices.overrides:
            return False
        self._commit(overrides=_without(self.voices.overrides, voice_id))
        return True

    def remove(self, voice_id: str) -> None:
        """Forget a voice that was added.

        Raises:
            InputError: It stands in the file, or is a synth's own.
            ApiError: There is none, or that cannot be kept.
        """
        if voice_id not in self.voices.added:
            if voice_id in self.voices.configured:
                text = f"{voice_id!r} stands in the file of voices: take it out there"
                raise InputError(text, "VOICE_CONFIGURED", CONFLICT)
            raise ApiError(NOT_FOUND, "UNKNOWN_VOICE", f"there is no added voice {voice_id!r}")
        added, overrides = _without(self.voices.added, voice_id), self.voices.overrides
        if voice_id not in self.voices.configured:
            overrides = _without(overrides, voice_id)
        default = None if self.voices.default_voice == voice_id else self.voices.default_voice
        self._commit(added=added, overrides=overrides, default_voice=default)

    def choose_default(self, voice_id: str | None) -> None:
        """Remember which voice speaks where nobody chose.

        Raises:
            ApiError: That cannot be kept.
        """
        self._commit(default_voice=voice_id)

    def remember_published(self, ids: frozenset[str]) -> None:
        """Write down what the broker is about to hold, or no longer holds.

        Raises:
            ApiError: That cannot be kept.
        """
        if ids != self.voices.published:
            self._commit(published=ids)

    def _check_room(self) -> None:
        if len(self.voices.ids()) >= self._max_voices:
            text = f"{self._max_voices} voices are the most; remove one first"
            raise InputError(text, "TOO_MANY_VOICES", CONFLICT)

    def _keep(self, clip: Clip) -> ClipFile:
        _stored(lambda: self._files.put_clip(clip.digest, clip.wav))
        return ClipFile(digest=clip.digest, seconds=clip.seconds)

    def _configured(self, voice: ConfiguredVoice, clip: Clip) -> VoiceRecord:
        self._files.put_clip(clip.digest, clip.wav)
        return VoiceRecord(
            id=voice.id,
            origin="configured",
            clip=ClipFile(digest=clip.digest, seconds=clip.seconds),
            transcript=voice.reference_text.strip(),
            label=voice.label,
            language=voice.language,
            engines=voice.engines,
            licence=voice.licence,
            engine_label=voice.engine_label,
        )

    def _whole(self, voice_id: str, clip: ClipFile | None, damaged: list[str]) -> bool:
        if clip is None or self.audio(clip) is not None:
            return True
        damaged.append(f"the kept clip of voice {voice_id!r} is lost or damaged; it is left out")
        _LOG.warning("%s", damaged[-1])
        return False

    def _commit(self, **changes: Any) -> None:
        voices = dataclasses.replace(self.voices, **changes)
        _stored(lambda: self._files.save(voices.index()))
        self.voices = voices
        self._files.sweep(clip.digest for clip in voices.clips())


def _without(records: Mapping[str, T], voice_id: str) -> dict[str, T]:
    return {name: one for name, one in records.items() if name != voice_id}


def _stored(write: Callable[[], None]) -> None:
    try:
        write()
    except OSError as error:
        _LOG.error("voices cannot be stored: %s", error)
        text = f"the change cannot be stored: {error.strerror or 'the disk refused'}"
        raise ApiError(NOT_STORED, "NOT_STORED", text) from None
