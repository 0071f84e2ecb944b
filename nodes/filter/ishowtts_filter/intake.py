"""From a chat message to an utterance, or to the reason why there is none."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from ishowtts_filter.commands.chat_commands import ChatCommands, Effect
from ishowtts_filter.commands.playing import Playing
from ishowtts_filter.commands.reader import CommandReader
from ishowtts_filter.draft import Draft
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.journal.records import Remembered
from ishowtts_filter.moderation import ModerationMemory
from ishowtts_filter.preferences import Preferences
from ishowtts_filter.rules.pipeline import Pipeline, Step, Verdict
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.speech.voices import VoiceChooser, Wish
from ishowtts_filter.speech.wording import Wording
from ishowtts_filter.text.cleaning import clean
from ishowtts_filter.text.names import spoken_name
from ishowtts_filter.utterance import Utterance, utterance_id
from ishowtts_filter.window import AgedWindow
from ishowtts_schemas import ChatMessage, ChatModeration
from ishowtts_schemas.speech import MAX_SPEECH_CHARS

SEEN_CAPACITY = 10_000
SEEN_AGE_S = 600.0


_NO_FIT = f"what would be said is not 1 to {MAX_SPEECH_CHARS} characters"


class Refusal(NamedTuple):
    """The message is not spoken: which rule says so, and why, for a person.

    Attributes:
        effects: What it told the filter to do, where it was a command.
    """

    rule: str
    reason: str
    effects: tuple[Effect, ...] = ()


class Repeat(NamedTuple):
    """The message was read before, as this utterance."""

    utterance_id: str


class Intake:
    """Deduplicates, applies moderation and rules, obeys commands, and words what is said.

    Attributes:
        wording: Puts utterances into words.
        preferences: What was chosen in chat.
        playing: Whose message is heard; the node keeps it up to date.
    """

    def __init__(
        self,
        settings: FilterSettings,
        pipeline: Pipeline,
        wording: Wording,
        synths: SynthTable,
        on_missing_voice: Callable[[Wish], None],
    ) -> None:
        self.wording = wording
        self.preferences = Preferences()
        self.playing = Playing()
        self._settings = settings
        self._pipeline = pipeline
        self._synths = synths
        self._voices = VoiceChooser.build(
            settings.voices, self.preferences.voice, self._exists, on_missing_voice
        )
        self._reader = CommandReader(settings.commands)
        self._commands = ChatCommands(
            settings.commands,
            settings.voices.choosable,
            lambda voice: synths.unknown(voice, None),
            self.preferences,
            self.playing,
        )
        self._seen: AgedWindow[tuple[str, str], str] = AgedWindow(SEEN_CAPACITY, SEEN_AGE_S)
        self._moderation = ModerationMemory()

    @classmethod
    def build(
        cls,
        settings: FilterSettings,
        synths: SynthTable,
        on_missing_voice: Callable[[Wish], None] = lambda _wish: None,
    ) -> "Intake":
        """The intake that the settings describe.

        Args:
            settings: Section `filter`.
            synths: Tells which voices there are.
            on_missing_voice: Called where a configured or chosen voice does not exist.

        Raises:
            SettingsError: An unknown rule, or a template that makes no sense.
        """
        pipeline, wording = Pipeline.build(settings), Wording.build(settings)
        return cls(settings, pipeline, wording, synths, on_missing_voice)

    def moderate(self, moderation: ChatModeration, now: float) -> None:
        """Remember a deletion for messages that arrive after it."""
        self._moderation.put(moderation, now)

    def recall(self, past: Remembered, now: float, now_ns: int) -> None:
        """Take over what the last filter had read, what had been deleted, and what was chosen."""
        self.preferences.recall(past.preferences)
        for seen in past.seen:
            age_s = (now_ns - seen.decided_at_ns) / 1e9
            self._seen.put((seen.platform, seen.message_id), seen.utterance_id, now - age_s)
        for heard_at_ns, moderation in past.moderation:
            self._moderation.put(moderation, now - (now_ns - heard_at_ns) / 1e9)

    def read(
        self,
        message: ChatMessage,
        now: float,
        now_ns: int,
        steps: list[Step] | None = None,
    ) -> Utterance | Refusal | Repeat:
        """Decide on a message.

        Args:
            message: As it was received.
            now: Monotonic seconds.
            now_ns: Wall clock.
            steps: Is given what each rule did.
        """
        key = (message.platform, message.id)
        first = self._seen.get(key, now)
        if first is not None:
            return Repeat(first)
        self._seen.put(key, utterance_id(message), now)
        gone = self._moderation.find(message, now)
        if gone is not None:
            return Refusal("moderation", gone)
        draft = Draft.of(message)
        if self._is_silenced(draft):
            return Refusal("commands", "chat is not spoken in this room until `!tts on`")
        age_s = max(0.0, (now_ns - message.received_at_ns) / 1e9)
        verdict = self._pipeline.run(draft, steps)
        if verdict.rule is not None:
            return self._refuse(verdict, now, age_s)
        decision = self._utter(message, verdict.draft, now - age_s)
        if isinstance(decision, Utterance):
            self.playing.on_accepted(decision.id, decision.author_key, now)
        return decision

    def _refuse(self, verdict: Verdict, now: float, age_s: float) -> Refusal:
        """A message that a rule rejected; a command is obeyed."""
        command = self._reader.read(verdict.draft) if verdict.rule == "commands" else None
        if command is None:
            return Refusal(verdict.rule or "", verdict.reason)
        answer = self._commands.answer(command, verdict.draft, now, age_s)
        return Refusal("commands", *answer)

    def _utter(self, message: ChatMessage, draft: Draft, began_at: float) -> Utterance | Refusal:
        unknown = self._synths.unknown(draft.voice, draft.engine)
        if unknown is not None:
            return Refusal("voice", unknown)
        expires_at = began_at + self._settings.queue.ttl_of(draft.priority)
        utterance = self.wording.word(self._utterance(message, draft, expires_at))
        if not utterance.spoken and draft.is_event:
            return Refusal("templates", f"nothing is to be said of a {draft.kind}")
        return utterance if _fits(utterance) else Refusal("length", _NO_FIT)

    def _utterance(self, message: ChatMessage, draft: Draft, expires_at: float) -> Utterance:
        """Without words yet."""
        return Utterance(
            id=utterance_id(message),
            message_id=message.id,
            platform=message.platform,
            room=message.room,
            author=spoken_name(draft.author, self._settings.max_author_chars),
            author_key=Draft.of(message).author_key or f"{message.platform}:",
            author_id=draft.author_id,
            text=draft.text,
            written=draft.written or "",
            spoken="",
            priority=draft.priority,
            voice=self._voices.choose(draft),
            engine=draft.engine,
            profile=message.profile,
            expires_at=expires_at,
            kind=draft.kind,
            event=self.wording.event(draft.event),
            channel=draft.channel,
        )

    def _is_silenced(self, draft: Draft) -> bool:
        """Whether somebody wanted nothing of the kind to be spoken; commands still count."""
        if draft.paid or not self.preferences.is_off(draft.room):
            return False
        if "commands" not in self._settings.rules:
            return False
        return self._reader.read(replace(draft, text=clean(draft.text))) is None

    def _exists(self, voice: str, engine: str | None) -> bool:
        return self._synths.unknown(voice, engine) is None


def _fits(utterance: Utterance) -> bool:
    """Whether a request can carry it, also where the rules that see to that are left out."""
    return 0 < len(utterance.spoken) <= MAX_SPEECH_CHARS
