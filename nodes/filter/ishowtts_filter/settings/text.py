"""Settings of the rules that shape a message's text."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus.settings import Settings

LinkMode = Literal["reject", "word", "remove", "speak"]
MentionMode = Literal["name", "remove", "keep"]
Path = Annotated[str, Meta(min_length=1, max_length=1000)]
EmoteName = Annotated[str, Meta(min_length=1, max_length=100)]
Domain = Annotated[str, Meta(min_length=1, max_length=253)]


class EmotesSettings(Settings, frozen=True, kw_only=True):
    """Emotes and emoji: names of pictures are not read aloud."""

    max_spoken: Annotated[
        int, Meta(ge=0, le=100, description="Emotes of one message whose names are spoken.")
    ] = 0
    max_emoji: Annotated[
        int,
        Meta(ge=0, le=100, description="Emoji of one message that are left to the voice."),
    ] = 0
    well_known: Annotated[
        bool,
        Meta(description="Whether Kappa, KEKW, catJAM and their like are known without a list."),
    ] = True
    names: Annotated[
        tuple[EmoteName, ...],
        Meta(max_length=5000, description="More names of emotes, as they are written in chat."),
    ] = ()
    files: Annotated[
        tuple[Path, ...],
        Meta(
            max_length=64,
            description="Lists of names: one a line, or JSON from BTTV, FFZ or 7TV.",
        ),
    ] = ()


class CleanSettings(Settings, frozen=True, kw_only=True):
    """Characters that nobody can pronounce: they always go."""

    plain_letters: Annotated[
        bool, Meta(description="Whether styled letters are spoken as plain ones: 𝓱𝓲 as hi.")
    ] = True
    markup: Annotated[
        bool, Meta(description="Whether tags that engines might obey go: `<break/>`, `[voice:x]`.")
    ] = True


class MentionsSettings(Settings, frozen=True, kw_only=True):
    """Mentions of other people: `@name`."""

    mode: Annotated[
        MentionMode,
        Meta(description="name: said as a person would; remove: not said; keep: as written."),
    ] = "name"
    remove_reply: Annotated[
        bool, Meta(description="Whether the mention that platforms put before an answer goes.")
    ] = True


class LinksSettings(Settings, frozen=True, kw_only=True):
    """Links: web addresses are not read aloud."""

    mode: Annotated[
        LinkMode,
        Meta(description="reject: no message with one; word: `word` instead; remove; speak."),
    ] = "reject"
    word: Annotated[
        str, Meta(max_length=40, description="What is said instead of a link in mode word.")
    ] = "link"
    allow: Annotated[
        tuple[Domain, ...],
        Meta(
            max_length=1000,
            description="Domains whose links do not matter: their name is said alone.",
        ),
    ] = ()


class RepeatsSettings(Settings, frozen=True, kw_only=True):
    """Repeated characters, words and laughter."""

    max_chars: Annotated[
        int, Meta(ge=0, le=100, description="The same character in a row; 0: any number.")
    ] = 3
    max_words: Annotated[
        int, Meta(ge=0, le=100, description="The same word in a row; 0: any number.")
    ] = 3
    max_phrases: Annotated[
        int, Meta(ge=0, le=100, description="The same words in a row; 0: any number.")
    ] = 2
    laughter: Annotated[
        bool, Meta(description="Whether written laughter is made one that voices can do: 2333.")
    ] = True


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

    limit: Annotated[
        float,
        Meta(ge=0, le=600, description="Seconds, as an average voice speaks; 0: no limit."),
    ] = 30.0
