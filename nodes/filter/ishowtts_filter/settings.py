"""Configuration of the filter node: one struct per rule, one for the queue."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_schemas.ids import OptionalSlug

Keyword = Annotated[str, Meta(max_length=200)]
RuleName = Annotated[str, Meta(max_length=64)]

DEFAULT_RULES = (
    "system",
    "clean",
    "links",
    "banned_keywords",
    "max_words",
    "max_chars",
    "speakable",
)


class LinksSettings(Settings, frozen=True, kw_only=True):
    """Links: web addresses are not read aloud."""

    allow_links: Annotated[bool, Meta(description="Whether to speak messages with a link.")] = False


class BannedKeywordsSettings(Settings, frozen=True, kw_only=True):
    """Banned keywords: a message with one of them is not spoken."""

    keywords: Annotated[
        tuple[Keyword, ...],
        Meta(
            max_length=5000,
            description="Words or phrases; case, width and invisible characters do not matter.",
        ),
    ] = ()
    whole_word: Annotated[
        bool,
        Meta(description="Whether only whole words count, so that `ass` leaves `class` alone."),
    ] = False


class MaxWordsSettings(Settings, frozen=True, kw_only=True):
    """Most words of one message: the first ones are kept."""

    limit: Annotated[
        int, Meta(ge=1, le=2000, description="Words between spaces that are spoken.")
    ] = 77


class MaxCharsSettings(Settings, frozen=True, kw_only=True):
    """Most characters of one message: the first ones are kept."""

    limit: Annotated[
        int,
        Meta(ge=1, le=4000, description="Characters that are spoken; no symbol is cut in two."),
    ] = 280


class QueueSettings(Settings, frozen=True, kw_only=True):
    """The queue between accepted messages and the voices."""

    capacity: Annotated[
        int,
        Meta(ge=1, le=10_000, description="Messages that wait at most; paid ones stay longest."),
    ] = 512
    ttl_s: Annotated[
        float, Meta(gt=0, le=3600, description="A message that waited longer is not spoken.")
    ] = 60.0
    rate_limit_per_sec: Annotated[
        float, Meta(ge=0, le=10_000, description="Messages a second per room; 0 for no limit.")
    ] = 10.0
    lead_s: Annotated[
        float,
        Meta(ge=0, le=600, description="Speech prepared ahead of a room's playback; 0: no limit."),
    ] = 5.0


class FilterSettings(Settings, frozen=True, kw_only=True):
    """The filter: which messages are spoken, and how."""

    rules: Annotated[
        tuple[RuleName, ...],
        Meta(max_length=64, description="The rules, in the order in which a message meets them."),
    ] = DEFAULT_RULES
    template: Annotated[
        str,
        Meta(max_length=200, description="What is said, where a message has an author."),
    ] = "{author} says: {text}"
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
    links: LinksSettings = LinksSettings()
    banned_keywords: BannedKeywordsSettings = BannedKeywordsSettings()
    max_words: MaxWordsSettings = MaxWordsSettings()
    max_chars: MaxCharsSettings = MaxCharsSettings()
