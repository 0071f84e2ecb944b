"""One rule applied to one text."""

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.rules.registry import build_rule
from ishowtts_filter.settings import FilterSettings

DEFAULTS = FilterSettings()


def apply(
    name: str, text: str, filter_settings: FilterSettings = DEFAULTS, **fields: object
) -> str:
    """The text after a rule, or the reason of its rejection in angle brackets."""
    answer = build_rule(name, filter_settings).apply(Draft(text=text, **fields))  # type: ignore[arg-type]
    return f"<{answer.reason}>" if isinstance(answer, Rejection) else answer.text
