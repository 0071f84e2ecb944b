"""Rules by name; a rule's module is imported when it is used."""

from typing import Any

from ishowtts_bus.errors import SettingsError
from ishowtts_bus.registry import LazyRegistry, UnknownNameError
from ishowtts_filter.rules.base import Rule
from ishowtts_filter.settings import FilterSettings

RULES: LazyRegistry[Any] = LazyRegistry(
    "rule",
    "ishowtts_filter.rules",
    {
        "system": "SystemRule",
        "clean": "CleanRule",
        "links": "LinksRule",
        "banned_keywords": "BannedKeywordsRule",
        "max_words": "MaxWordsRule",
        "max_chars": "MaxCharsRule",
        "speakable": "SpeakableRule",
    },
)


def build_rule(name: str, settings: FilterSettings) -> Rule:
    """A rule with its own part of the settings, where it has one.

    Raises:
        SettingsError: No rule has that name.
    """
    try:
        rule = RULES.load(name)
    except UnknownNameError as error:
        raise SettingsError(str(error)) from None
    own = getattr(settings, name, None)
    return rule() if own is None else rule(own)
