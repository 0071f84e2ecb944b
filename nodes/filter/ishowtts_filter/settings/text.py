"""Settings of the rules that shape a message's text."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings


class EmotesSettings(Settings, frozen=True, kw_only=True):
    """Emotes: names of pictures are not read aloud."""


class CleanSettings(Settings, frozen=True, kw_only=True):
    """Characters that nobody can pronounce."""


class MentionsSettings(Settings, frozen=True, kw_only=True):
    """Mentions of other people: `@name`."""


class LinksSettings(Settings, frozen=True, kw_only=True):
    """Links: web addresses are not read aloud."""

    allow_links: Annotated[bool, Meta(description="Whether to speak messages with a link.")] = False


class RepeatsSettings(Settings, frozen=True, kw_only=True):
    """Repeated characters, words and laughter."""


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


class MaxSecondsSettings(Settings, frozen=True, kw_only=True):
    """Longest speech of one message: the beginning is kept."""
