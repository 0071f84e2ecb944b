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
        "users": "UsersRule",
        "emotes": "EmotesRule",
        "clean": "CleanRule",
        "commands": "CommandsRule",
        "mentions": "MentionsRule",
        "links": "LinksRule",
        "banned_keywords": "BannedKeywordsRule",
        "repeats": "RepeatsRule",
        "copypasta": "CopypastaRule",
        "duplicates": "DuplicatesRule",
        "replacements": "ReplacementsRule",
        "numbers": "NumbersRule",
        "max_words": "MaxWordsRule",
        "max_chars": "MaxCharsRule",
        "max_seconds": "MaxSecondsRule",
        "speakable": "SpeakableRule",
        "cooldown": "CooldownRule",
    },
)


def build_rule(name: str, settings: FilterSettings) -> Rule:
    """A rule with its own part of the settings, where it has one.

    Raises:
        SettingsError: No rule has that name, or a file that its settings name cannot be read.
    """
    try:
        rule = RULES.load(name)
    except UnknownNameError as error:
        raise SettingsError(str(error)) from None
    own = getattr(settings, name, None)
    if own is None:
        return rule()
    return getattr(rule, "build", rule)(own)
