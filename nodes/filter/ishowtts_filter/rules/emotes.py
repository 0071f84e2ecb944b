"""Emotes and emoji. Stands before every rule that changes the text: platforms give positions."""

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import ClassVar

import regex
from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.text import EmotesSettings
from ishowtts_filter.text.cleaning import has_speech
from ishowtts_filter.text.emoji import EMOJI, EMOJI_RUN, may_hold_emoji, without_keycaps
from ishowtts_filter.text.emote_names import WELL_KNOWN, load_names
from ishowtts_schemas import Emote

Span = tuple[int, int]

_WORD = re.compile(r"\S+")
# Without bits it is somebody who wants a cheer to be heard that nobody paid for.
_CHEER = regex.compile(r"(?<!\S)cheer\d{1,7}(?!\S)", regex.IGNORECASE)
# Channels' own are `<channel>Cheer100`. https://dev.twitch.tv/docs/api/reference/#get-cheermotes
_CHEERMOTE = regex.compile(
    r"(?<!\S)(?:\w{0,25}cheer|biblethump|cheerwhal|corgo|uni|showlove|party|seemsgood|pride|kappa"
    r"|frankerz|heyguys|dansgame|elegiggle|trihard|kreygasm|4head|swiftrage|notlikethis|failfish"
    r"|vohiyo|pjsalt|mrdestructoid|bday|ripcheer|shamrock|bitboss|streamlabs|muxy|goal|anon"
    r"|charity)\d{1,7}(?!\S)",
    regex.IGNORECASE,
)
_BRACKETED = regex.compile(r"\[[^\[\]\s]{1,20}\]")
_BILIBILI = regex.compile(
    r"\[(?:doge|脱单doge|妙啊|妙|笑哭|笑|喜欢|大哭|吃瓜|微笑|调皮|打call|给心心|星星眼|辣眼睛|酸了"
    r"|嗑瓜子|藏狐|傲娇|疑惑|害羞|惊讶|捂脸|思考|呲牙|偷笑|滑稽|吐|歪嘴|哦呼|支持|抱抱|热词系列_\w{1,12})\]"
)
_SHORTCODE = regex.compile(r":[a-z0-9_-]{2,40}:", regex.IGNORECASE)


class EmotesRule:
    """Takes pictures out of the text; rejects a message that is nothing else."""

    name: ClassVar[str] = "emotes"

    def __init__(self, settings: EmotesSettings, names: frozenset[str]) -> None:
        self._settings = settings
        self._names = names

    @classmethod
    def build(cls, settings: EmotesSettings) -> "EmotesRule":
        """The rule with the lists that the settings name.

        Raises:
            SettingsError: A list that cannot be read.
        """
        known = WELL_KNOWN if settings.well_known else frozenset[str]()
        return cls(settings, known | {*settings.names, *load_names(settings.files)})

    def apply(self, draft: Draft) -> Draft | Rejection:
        spans = sorted({*self._emotes(draft), *_cheermotes(draft)})
        text = _without(draft.text, spans, self._settings.max_spoken)
        if not text.isascii():
            text = self._without_emoji(without_keycaps(text))
        if text == draft.text:
            return replace(draft, emotes=()) if draft.emotes else draft
        if not has_speech(text):
            return Rejection("only emotes")
        return replace(draft, text=" ".join(text.split()), emotes=())

    def _emotes(self, draft: Draft) -> Iterator[Span]:
        for emote in draft.emotes:
            span = _native(draft.text, emote)
            if span is not None:
                yield span
        if not self._names.isdisjoint(draft.text.split()):
            for word in _WORD.finditer(draft.text):
                if word[0] in self._names:
                    yield word.span()
        sign, pattern = _PATTERNS.get(draft.platform, ("[", _BILIBILI))
        if sign in draft.text:
            yield from (found.span() for found in pattern.finditer(draft.text))

    def _without_emoji(self, text: str) -> str:
        if not may_hold_emoji(text):
            return text
        spoken = self._settings.max_emoji
        if not spoken:
            return EMOJI_RUN.sub(" ", text)
        numbers = count(1)
        return EMOJI.sub(lambda emoji: emoji[0] if next(numbers) <= spoken else " ", text)


_PATTERNS = {"youtube": (":", _SHORTCODE), "bilibili": ("[", _BRACKETED)}


def _cheermotes(draft: Draft) -> Iterator[Span]:
    if draft.event is not None and draft.event.currency == "bits":
        yield from (found.span() for found in _CHEERMOTE.finditer(draft.text))
    elif "cheer" in draft.text.lower():
        yield from (found.span() for found in _CHEER.finditer(draft.text))


def _native(text: str, emote: Emote) -> Span | None:
    """Where the platform's emote stands; None where its position is that of no word.

    Twitch counts wrongly at times, by one or beyond the end:
    https://github.com/twitchdev/issues/issues/104
    """
    for shift in (0, -1, 1):
        start, end = emote.start + shift, emote.end + shift
        if _is_word(text, start, end):
            return start, end
    run = text[max(0, emote.start) : max(0, emote.end)]
    glued = run == emote.name != "" and (run == text or not any(map(str.isspace, run)))
    return (emote.start, emote.end) if glued else None


def _is_word(text: str, start: int, end: int) -> bool:
    if not 0 <= start < end <= len(text) or any(map(str.isspace, text[start:end])):
        return False
    return (start == 0 or text[start - 1].isspace()) and (end == len(text) or text[end].isspace())


def _without(text: str, spans: Iterable[Span], spoken: int) -> str:
    """The text without all spans but the first few; a space keeps apart what was beside one."""
    pieces: list[str] = []
    at = covered = 0
    numbers = count(1)
    for start, end in spans:
        if start < covered:
            continue
        covered = end
        if next(numbers) > spoken:
            pieces += (text[at:start], " ")
            at = end
    return "".join([*pieces, text[at:]])
