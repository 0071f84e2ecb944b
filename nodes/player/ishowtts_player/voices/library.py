"""The voices as interfaces ask for them: changed here, spoken by every synth from then on."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path, PurePath

from ishowtts_bus import Bus
from ishowtts_bus.patience import within
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import InputError
from ishowtts_player.settings.voices import VoiceSettings
from ishowtts_player.voices.announcer import VoiceAnnouncer
from ishowtts_player.voices.baseline import read_baseline
from ishowtts_player.voices.catalogue import Source, VoiceCatalogue, check_kept, unknown
from ishowtts_player.voices.details import all_answered
from ishowtts_player.voices.names import name_of_file
from ishowtts_player.voices.reception import Reception
from ishowtts_player.voices.records import VoiceRecord
from ishowtts_player.voices.store import VoiceStore
from ishowtts_schemas import MAX_TRANSCRIPT_CHARS, VoiceAdd, VoiceDetails, VoiceList

_LOG = logging.getLogger("ishowtts.player.voices")

APPLY_TIMEOUT_S = 2.0
"""A synth looks at a new clip between two steps."""


class VoiceLibrary:
    """What the routes, the dialects and the commands call.

    Args:
        bus: To the synths.
        settings: The file of voices, and limits.
        directory: Who speaks which voices.
        folder: Where changes are kept; None keeps them in memory.

    Attributes:
        reception: Held while a clip is received.
        catalogue: Looks voices up.
    """

    def __init__(
        self, bus: Bus, settings: VoiceSettings, directory: NodeDirectory, folder: Path | None
    ) -> None:
        self._bus = bus
        self._settings = settings
        self._directory = directory
        self.reception = Reception(bus, settings)
        self._store = VoiceStore(folder, settings.max_voices)
        self.catalogue = VoiceCatalogue(self._store, directory)
        self._changing = asyncio.Lock()
        self._announcer = VoiceAnnouncer(bus, self._store, self._changing)
        self._news = asyncio.Event()
        self._commits: set[asyncio.Future[None]] = set()

    @property
    def default_voice(self) -> str | None:
        """As it was chosen over an interface; None where nobody did."""
        return self._store.voices.default_voice

    async def open(self) -> None:
        """Read the file of voices and the folder; what is wrong with them is told, not raised."""
        baseline = await asyncio.to_thread(read_baseline, self._settings)
        try:
            await asyncio.to_thread(self._store.load, baseline)
        except OSError as error:
            _LOG.error("changed voices cannot be kept: %s", error)
            self._store.keep_in_memory()
            self._store.load(baseline)
            problem = f"changed voices cannot be kept: {error.strerror}"
            self._store.problems = (*self._store.problems, problem)
        for problem in baseline.problems:
            _LOG.warning("%s", problem)
        self._directory.prefer(self.default_voice)
        self._bus.counters.set("voices_problems", len(self._store.problems))
        self._announcer.change()

    async def announce(self) -> None:
        """Keep the synths informed, for the node's life."""
        await self._announcer.run()

    def on_connected(self) -> None:
        """The broker was reached, perhaps another one."""
        self._announcer.begin_anew()

    def on_info(self) -> None:
        """A node said what it can do."""
        self._news.set()

    def list(self) -> VoiceList:
        """Every voice that clips can be laid over, by id."""
        return self.catalogue.list()

    def details(self, voice_id: str) -> VoiceDetails:
        """One voice.

        Raises:
            ApiError: 404.
        """
        return self.catalogue.details(voice_id)

    def audio(self, voice_id: str, source: Source) -> bytes:
        """A voice's clip as a WAV file.

        Raises:
            ApiError: 404, there is no such voice or no such clip.
        """
        return self.catalogue.audio(voice_id, source)

    async def override(
        self, voice_id: str, audio: bytes | None = None, transcript: str | None = None
    ) -> VoiceDetails:
        """Lay another clip or transcript over a voice; at once for all synths, and kept.

        Args:
            voice_id: A voice that is there.
            audio: A whole file; None leaves the clip that holds.
            transcript: None leaves the one that holds; empty goes back to the voice's own.

        Raises:
            ApiError: There is no such voice, or the clip is no good; nothing has changed.
        """
        base = self.catalogue.find(voice_id)
        text = None if transcript is None else _checked_text(transcript)
        if audio is None and text is None:
            raise InputError("send text, audio or both", "NOTHING_TO_CHANGE")
        clip = None if audio is None else await self.reception.read(audio)
        await self._change(lambda: self._store.override(base, clip=clip, transcript=text))
        return await self._applied(voice_id)

    async def add(self, wanted: VoiceAdd) -> VoiceDetails:
        """Take a new voice, or with `replace` do as `override` does where there is one.

        Raises:
            ApiError: There is one of that name, or the clip is no good; nothing has changed.
        """
        known = self.catalogue.known(wanted.voice) if wanted.replace else None
        if known is not None:
            check_kept(known, wanted)
            return await self.override(wanted.voice, wanted.audio, wanted.transcript)
        self.catalogue.check_new(wanted.voice)
        if wanted.audio is None:
            raise InputError("a new voice needs a clip", "CLIP_NEEDED")
        record = VoiceRecord(
            id=wanted.voice,
            transcript=_checked_text(wanted.transcript or ""),
            label=wanted.label.strip(),
            language=wanted.language,
            engines=wanted.engines,
            licence=wanted.licence.strip(),
        )
        clip = await self.reception.read(wanted.audio)
        await self._change(lambda: self._store.add(record, clip))
        return await self._applied(wanted.voice)

    async def upload(self, filename: str, data: bytes, transcript: str = "") -> VoiceDetails:
        """Take a file as a new voice, named after it; the same clip again is the same voice.

        Args:
            filename: As the client calls it: a name is made of it, never a path.
            data: A whole file.
            transcript: What is said in it; F5-TTS does not speak without.

        Raises:
            ApiError: The clip is no good, or there is no room.
        """
        text, clip = _checked_text(transcript), await self.reception.read(data)
        for voice_id, known in self._store.voices.added.items():
            if known.clip is not None and known.clip.digest == clip.digest:
                return self.details(voice_id)
        name = name_of_file(filename, lambda one: self.catalogue.known(one) is not None)
        record = VoiceRecord(id=name, transcript=text, label=PurePath(filename).stem[:200])
        await self._change(lambda: self._store.add(record, clip))
        return await self._applied(name)

    async def reset(self, voice_id: str) -> VoiceDetails:
        """Go back to what a voice was.

        Raises:
            ApiError: There is no such voice.
        """
        base = self.catalogue.find(voice_id)
        await self._change(lambda: self._store.reset(voice_id))
        if base.origin == "engine":
            await self._announcer.settled(APPLY_TIMEOUT_S)
            return self.catalogue.describe(base)
        return await self._applied(voice_id)

    async def remove(self, voice_id: str) -> None:
        """Forget a voice that was added.

        Raises:
            ApiError: There is none, or it stands in the file.
        """
        await self._change(lambda: self._store.remove(voice_id))
        await self._announcer.settled(APPLY_TIMEOUT_S)

    async def choose_default(self, voice_id: str | None) -> None:
        """Remember which voice speaks where nobody chose; None goes back to the configured one.

        Raises:
            ApiError: 404.
        """
        spoken = {voice.id for voice in self._directory.voices()}
        if voice_id not in {None, *spoken, *self._store.voices.ids()}:
            raise unknown(voice_id or "")
        await self._change(lambda: self._store.choose_default(voice_id))

    async def _change(self, change: Callable[[], object]) -> None:
        """Commit a change, also where the client that asked for it leaves meanwhile."""
        commit = asyncio.ensure_future(self._commit(change))
        self._commits.add(commit)
        commit.add_done_callback(self._commits.discard)
        await asyncio.shield(commit)

    async def _commit(self, change: Callable[[], object]) -> None:
        async with self._changing:
            await asyncio.to_thread(change)
        self._bus.counters.add("voices_changed_total")
        self._directory.prefer(self.default_voice)
        self._announcer.change()

    async def _applied(self, voice_id: str) -> VoiceDetails:
        """The voice, once the synths that are there have said what they make of it."""
        if not self._bus.connected:
            return self.details(voice_id)
        with contextlib.suppress(asyncio.TimeoutError):
            await within(APPLY_TIMEOUT_S, self._heard(voice_id))
        return self.details(voice_id)

    async def _heard(self, voice_id: str) -> None:
        await self._announcer.settled(APPLY_TIMEOUT_S)
        while not all_answered(self.details(voice_id), self._directory.cloners()):
            self._news.clear()
            await self._news.wait()


def _checked_text(text: str) -> str:
    kept = " ".join(text.split())
    if len(kept) > MAX_TRANSCRIPT_CHARS:
        text = f"the transcript is longer than {MAX_TRANSCRIPT_CHARS} characters"
        raise InputError(text, "TEXT_TOO_LONG")
    return kept
