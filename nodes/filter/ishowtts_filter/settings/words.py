"""Settings of the rules that look at words: banned, replaced, and numbers."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ishowtts_bus.settings import Settings

Keyword = Annotated[str, Meta(max_length=200)]
Spoken = Annotated[str, Meta(max_length=200)]


class BannedKeywordsSettings(Settings, frozen=True, kw_only=True):
    """Banned keywords, found in any spelling that looks or, in Chinese, sounds like them."""

    keywords: Annotated[
        tuple[Keyword, ...],
        Meta(max_length=5000, description="Banned wherever they stand: `ass` bans `class` too."),
    ] = ()
    whole_words: Annotated[
        tuple[Keyword, ...],
        Meta(max_length=5000, description="Banned as whole words: `ass` leaves `class` alone."),
    ] = ()
    allowed: Annotated[
        tuple[Keyword, ...],
        Meta(
            max_length=5000,
            description="Words that hold a keyword and are spoken all the same: `Scunthorpe`.",
        ),
    ] = ()
    action: Annotated[
        Literal["drop", "mask", "replace"],
        Meta(description="Drop the message, mask the keyword with silence, or replace it."),
    ] = "drop"
    replacement: Annotated[
        Spoken, Meta(description="What is said instead of a keyword, with `replace`.")
    ] = "beep"
    disguises: Annotated[
        bool,
        Meta(description="Whether to see through look-alikes: `b4d`, `b*d`, `b a d`, `baaad`."),
    ] = True
    pinyin: Annotated[
        bool,
        Meta(description="Whether Chinese keywords are found in homophones; finds innocents too."),
    ] = False
    backwards: Annotated[
        bool, Meta(description="Whether words that are a keyword read backwards are banned too.")
    ] = False


class Replacement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""What is said instead of what.

    Attributes:
        pattern: What is looked for.
        replacement: What is said instead; in a regular expression, `\1` is its first group.
        match: `word` finds whole words, `text` any place, `regex` is a regular expression.
        ignore_case: Whether capital and small letters are the same.
    """

    pattern: Annotated[str, Meta(min_length=1, max_length=500)]
    replacement: Spoken = ""
    match: Literal["word", "text", "regex"] = "word"
    ignore_case: bool = True


class ReplacementsSettings(Settings, frozen=True, kw_only=True):
    """Words or regular expressions, and what is said instead."""

    entries: Annotated[
        tuple[Replacement, ...],
        Meta(
            max_length=1000,
            description='In this order: { pattern = "brb", replacement = "be right back" }.',
        ),
    ] = ()


class NumbersSettings(Settings, frozen=True, kw_only=True):
    """Numbers, units, money, dates and times in English or Chinese words, as the text around is."""

    language: Annotated[
        Literal["en", "zh", ""],
        Meta(description="Of numbers with no words around them; empty leaves those to the engine."),
    ] = "en"
    max_digits: Annotated[
        int, Meta(ge=4, le=40, description="A longer number is not read, only called long.")
    ] = 20
