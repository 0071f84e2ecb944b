"""Settings of the rules that look at words: banned, replaced, and numbers."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings

Keyword = Annotated[str, Meta(max_length=200)]


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


class ReplacementsSettings(Settings, frozen=True, kw_only=True):
    """Regular expressions and what is said instead."""


class NumbersSettings(Settings, frozen=True, kw_only=True):
    """Numbers, units, money, dates and times in words."""
