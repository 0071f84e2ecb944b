"""Rules by name; a rule's module is imported when it is used."""

import difflib
import importlib
from typing import cast

from ishowtts_bus.errors import SettingsError
from ishowtts_filter.rules.base import Rule
from ishowtts_filter.settings import FilterSettings

RULES: dict[str, str] = {
    "system": "SystemRule",
    "clean": "CleanRule",
    "links": "LinksRule",
    "banned_keywords": "BannedKeywordsRule",
    "max_words": "MaxWordsRule",
    "max_chars": "MaxCharsRule",
    "speakable": "SpeakableRule",
}
"""Name (module, settings key) to class."""


def build_rule(name: str, settings: FilterSettings) -> Rule:
    """A rule with its own part of the settings, where it has one.

    Raises:
        SettingsError: No rule has that name.
    """
    if name not in RULES:
        close = difflib.get_close_matches(name, RULES, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise SettingsError(f"no rule {name!r}; known rules: {', '.join(RULES)}{hint}")
    module = importlib.import_module(f"ishowtts_filter.rules.{name}")
    rule = getattr(module, RULES[name])
    own = getattr(settings, name, None)
    return cast(Rule, rule() if own is None else rule(own))
