"""From a chat message to an utterance, or to the reason why there is none."""

from typing import NamedTuple

from ishowtts_filter.moderation import ModerationMemory
from ishowtts_filter.pipeline import Pipeline
from ishowtts_filter.rules.base import Draft
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.synths import SynthTable
from ishowtts_filter.template import Template, spoken_name
from ishowtts_filter.utterance import Utterance, utterance_id
from ishowtts_filter.window import AgedWindow
from ishowtts_schemas import ChatMessage, ChatModeration
from ishowtts_schemas.speech import MAX_SPEECH_CHARS

SEEN_CAPACITY = 10_000
SEEN_AGE_S = 600.0


_NO_FIT = f"what would be said is not 1 to {MAX_SPEECH_CHARS} characters"


class Refusal(NamedTuple):
    """The message is not spoken: which rule says so, and why, for a person."""

    rule: str
    reason: str


class Intake:
    """Deduplicates, applies moderation and rules, and words what is said."""

    def __init__(
        self, settings: FilterSettings, pipeline: Pipeline, template: Template, synths: SynthTable
    ) -> None:
        self._settings = settings
        self._pipeline = pipeline
        self._template = template
        self._synths = synths
        self._seen: AgedWindow[tuple[str, str], bool] = AgedWindow(SEEN_CAPACITY, SEEN_AGE_S)
        self._moderation = ModerationMemory()

    @classmethod
    def build(cls, settings: FilterSettings, synths: SynthTable) -> "Intake":
        """The intake that the settings describe.

        Raises:
            SettingsError: An unknown rule, or a template without its text.
        """
        return cls(settings, Pipeline.build(settings), Template.parse(settings.template), synths)

    def moderate(self, moderation: ChatModeration, now: float) -> None:
        """Remember a deletion for messages that arrive after it."""
        self._moderation.put(moderation, now)

    def read(self, message: ChatMessage, now: float, now_ns: int) -> Utterance | Refusal | None:
        """Decide on a message.

        Args:
            message: As it was received.
            now: Monotonic seconds.
            now_ns: Wall clock.

        Returns:
            None where the message was read before.
        """
        key = (message.platform, message.id)
        if self._seen.get(key, now):
            return None
        self._seen.put(key, True, now)
        gone = self._moderation.find(message, now)
        if gone is not None:
            return Refusal("moderation", gone)
        verdict = self._pipeline.run(Draft.of(message))
        if verdict.rule is not None:
            return Refusal(verdict.rule, verdict.reason)
        draft = verdict.draft
        unknown = self._synths.unknown(draft.voice, draft.engine)
        if unknown is not None:
            return Refusal("voice", unknown)
        age_s = max(0.0, (now_ns - message.received_at_ns) / 1e9)
        utterance = self._word(message, draft, now + self._settings.queue.ttl_s - age_s)
        return utterance if _fits(utterance) else Refusal("length", _NO_FIT)

    def _word(self, message: ChatMessage, draft: Draft, expires_at: float) -> Utterance:
        name = spoken_name(draft.author, self._settings.max_author_chars)
        return Utterance(
            id=utterance_id(message),
            message_id=message.id,
            platform=message.platform,
            room=message.room,
            author=name,
            author_key=f"{message.platform}:{draft.author_id or draft.author}",
            author_id=draft.author_id,
            text=draft.text,
            spoken=self._template.render(name, draft.text),
            priority=draft.priority,
            voice=draft.voice,
            engine=draft.engine,
            expires_at=expires_at,
        )


def _fits(utterance: Utterance) -> bool:
    """Whether a request can carry it, also where the rules that see to that are left out."""
    return 0 < len(utterance.spoken) <= MAX_SPEECH_CHARS
