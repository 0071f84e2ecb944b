"""Which voice speaks a message, where its sender asked for none. Pure policy."""

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ishowtts_filter.draft import Draft
from ishowtts_filter.settings.speech import VoicesSettings
from ishowtts_filter.speech.wording import Detect, detector, template_name
from ishowtts_filter.text.names import name_key
from ishowtts_schemas.chat import Role

ROLES: tuple[Role, ...] = ("broadcaster", "moderator", "vip", "subscriber", "bot")
"""Most privileged first."""


class Wish(NamedTuple):
    """A voice, and what speaks for it: a key of the settings, or `chosen` with `!voice`."""

    voice: str
    source: str


class VoiceChooser:
    """Asks everything that may decide on a voice, in order.

    Args:
        settings: As configured.
        chosen: The voice that an author chose, by `Draft.author_key`.
        exists: Whether somebody can speak with a voice, by voice and wanted engine.
        detect: Tells the language of a text, one of those that have a voice.
        on_missing: Called with each wish that nobody can fulfil.
    """

    def __init__(
        self,
        settings: VoicesSettings,
        chosen: Callable[[str], str | None],
        exists: Callable[[str, str | None], bool],
        detect: Detect,
        on_missing: Callable[[Wish], None],
    ) -> None:
        self._settings = settings
        self._authors = {name_key(name): voice for name, voice in settings.authors.items()}
        self._chosen = chosen
        self._exists = exists
        self._detect = detect
        self._on_missing = on_missing

    @classmethod
    def build(
        cls,
        settings: VoicesSettings,
        chosen: Callable[[str], str | None],
        exists: Callable[[str, str | None], bool],
        on_missing: Callable[[Wish], None],
    ) -> "VoiceChooser":
        """With a detector of the languages that have a voice."""
        return cls(settings, chosen, exists, detector(tuple(settings.languages)), on_missing)

    def choose(self, draft: Draft) -> str | None:
        """The wanted voice; None for the default."""
        if draft.voice is not None:
            return draft.voice
        for wish in self._wishes(draft):
            if self._exists(wish.voice, draft.engine):
                return wish.voice
            self._on_missing(wish)
        return None

    def _wishes(self, draft: Draft) -> Iterator[Wish]:
        chosen = self._chosen(draft.author_key) if draft.author_key else None
        if chosen is not None:
            yield Wish(chosen, "chosen")
        yield from self._authors_wish(draft)
        event = template_name(draft.kind, draft.event)
        if event in self._settings.events:
            yield Wish(self._settings.events[event], "events")
        for role in ROLES:
            if role in draft.roles and role in self._settings.roles:
                yield Wish(self._settings.roles[role], "roles")
        language = self._detect(draft.text) if draft.text else ""
        if language in self._settings.languages:
            yield Wish(self._settings.languages[language], "languages")
        if draft.author_key:
            for voice in ranked(self._settings.sticky, draft.author_key):
                yield Wish(voice, "sticky")
        if draft.channel_voice is not None:
            yield Wish(draft.channel_voice, "channel")

    def _authors_wish(self, draft: Draft) -> Iterator[Wish]:
        """Ids go before names: names change, and others may take them."""
        for name in (draft.author_key, draft.author_id, draft.login, draft.author):
            voice = self._authors.get(name_key(name)) if name else None
            if voice is not None:
                yield Wish(voice, "authors")
                return


@lru_cache(4096)
def ranked(voices: tuple[str, ...], author_key: str) -> tuple[str, ...]:
    """The voices in an author's own order, which depends on nothing else.

    By highest random weight: a voice that is added takes only the authors that prefer it to
    all others. https://en.wikipedia.org/wiki/Rendezvous_hashing
    """
    return tuple(sorted(voices, key=lambda voice: _weight(voice, author_key), reverse=True))


def _weight(voice: str, author_key: str) -> bytes:
    key = f"{voice}\0{author_key}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(key, digest_size=8).digest()
