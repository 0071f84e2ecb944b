"""Configuration of the filter node: one struct per rule, for the queue, and for what is said."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_filter.settings.people import (
    CommandsSettings,
    CooldownSettings,
    CopypastaSettings,
    DuplicatesSettings,
    UsersSettings,
)
from ishowtts_filter.settings.queue import FallbackSettings, JournalSettings, QueueSettings
from ishowtts_filter.settings.speech import GiftsSettings, TemplatesSettings, VoicesSettings
from ishowtts_filter.settings.text import (
    CleanSettings,
    EmotesSettings,
    LinksSettings,
    MaxCharsSettings,
    MaxSecondsSettings,
    MaxWordsSettings,
    MentionsSettings,
    RepeatsSettings,
)
from ishowtts_filter.settings.words import (
    BannedKeywordsSettings,
    NumbersSettings,
    ReplacementsSettings,
)
from ishowtts_schemas.ids import OptionalSlug

RuleName = Annotated[str, Meta(max_length=64)]

DEFAULT_RULES = (
    "system",
    "users",
    "emotes",
    "clean",
    "commands",
    "mentions",
    "links",
    "banned_keywords",
    "repeats",
    "copypasta",
    "duplicates",
    "replacements",
    "max_words",
    "max_chars",
    "numbers",
    "max_seconds",
    "speakable",
    "cooldown",
)


class FilterSettings(Settings, frozen=True, kw_only=True):
    """The filter: which messages are spoken, and how."""

    rules: Annotated[
        tuple[RuleName, ...],
        Meta(max_length=64, description="The rules, in the order in which a message meets them."),
    ] = DEFAULT_RULES
    max_author_chars: Annotated[
        int, Meta(ge=1, le=64, description="Characters of an author's name that are spoken.")
    ] = 32
    default_engine: Annotated[
        OptionalSlug, Meta(description="Engine of messages that name none; empty: any that runs.")
    ] = ""
    default_voice: Annotated[
        OptionalSlug, Meta(description="Voice of messages that name none; empty: the engine's own.")
    ] = ""
    queue: QueueSettings = QueueSettings()
    journal: JournalSettings = JournalSettings()
    fallback: FallbackSettings = FallbackSettings()
    templates: TemplatesSettings = TemplatesSettings()
    gifts: GiftsSettings = GiftsSettings()
    voices: VoicesSettings = VoicesSettings()
    users: UsersSettings = UsersSettings()
    emotes: EmotesSettings = EmotesSettings()
    clean: CleanSettings = CleanSettings()
    commands: CommandsSettings = CommandsSettings()
    mentions: MentionsSettings = MentionsSettings()
    links: LinksSettings = LinksSettings()
    banned_keywords: BannedKeywordsSettings = BannedKeywordsSettings()
    repeats: RepeatsSettings = RepeatsSettings()
    copypasta: CopypastaSettings = CopypastaSettings()
    duplicates: DuplicatesSettings = DuplicatesSettings()
    replacements: ReplacementsSettings = ReplacementsSettings()
    numbers: NumbersSettings = NumbersSettings()
    max_words: MaxWordsSettings = MaxWordsSettings()
    max_chars: MaxCharsSettings = MaxCharsSettings()
    max_seconds: MaxSecondsSettings = MaxSecondsSettings()
    cooldown: CooldownSettings = CooldownSettings()
