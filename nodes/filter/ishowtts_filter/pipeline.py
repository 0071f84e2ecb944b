"""Runs a draft through the rules in order."""

from collections.abc import Sequence

from msgspec import Struct

from ishowtts_filter.rules.base import Draft, Rejection, Rule
from ishowtts_filter.rules.registry import build_rule
from ishowtts_filter.settings import FilterSettings


class Verdict(Struct, frozen=True):
    """The outcome for one message.

    Attributes:
        draft: As the last rule left it.
        rule: Who rejected it; None where it is accepted.
        reason: Why, for a person.
    """

    draft: Draft
    rule: str | None
    reason: str


class Pipeline:
    """An ordered list of rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)

    @classmethod
    def build(cls, settings: FilterSettings) -> "Pipeline":
        """The pipeline that the settings describe.

        Raises:
            SettingsError: They name a rule that does not exist.
        """
        return cls([build_rule(name, settings) for name in settings.rules])

    def run(self, draft: Draft) -> Verdict:
        """Decide on a message. The first rejection ends it."""
        for rule in self._rules:
            answer = rule.apply(draft)
            if isinstance(answer, Rejection):
                return Verdict(draft, rule.name, answer.reason)
            draft = answer
        return Verdict(draft, None, "")
