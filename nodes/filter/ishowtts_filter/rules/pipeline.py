"""Runs a draft through the rules in order, until none changes it any more."""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.rules.base import Remembers, Rule
from ishowtts_filter.rules.registry import build_rule
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.text.cleaning import cut

READ_CHARS = 4000
"""Of longer text only the beginning is read: no setting lets more be spoken."""

# Nearly all text settles in the second; what does not is spoken as the last one left it.
MAX_PASSES = 4


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


class Step(Struct, frozen=True):
    """What one rule did, for a person who asks why.

    Attributes:
        text: What was left of the message.
        reason: Why the rule rejected it, or rejected the words of an event.
    """

    rule: str
    verdict: Literal["pass", "changed", "rejected"]
    text: str
    reason: str = ""


class Pipeline:
    """An ordered list of rules.

    A rule may make text that an earlier one is there to stop: a cut leaves an address, a shortened
    word is a banned one. So rules are asked again about what others have changed, and what is
    spoken has passed them all as it is spoken.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._again = tuple(rule for rule in rules if not getattr(rule, "once", False))
        self._legible = tuple(
            rule for rule in self._again if not getattr(rule, "for_voices", False)
        )
        self._remembering = {rule.name: rule for rule in rules if isinstance(rule, Remembers)}

    @classmethod
    def build(cls, settings: FilterSettings) -> "Pipeline":
        """The pipeline that the settings describe.

        Raises:
            SettingsError: They name a rule that does not exist, or one cannot be as they say.
        """
        return cls([build_rule(name, settings) for name in settings.rules])

    def run(self, draft: Draft, steps: list[Step] | None = None) -> Verdict:
        """Decide on a message. The first rejection ends it.

        Args:
            draft: The message.
            steps: Is given what each rule did, and once more what was changed after that.
        """
        if len(draft.text) > READ_CHARS:
            draft = replace(draft, text=cut(draft.text, READ_CHARS))
        let_pass: dict[str, Draft] = dict.fromkeys(self._remembering, draft)
        verdict = _pass(self._rules, draft, steps, let_pass)
        verdict = _settled(self._again, verdict, draft.text, steps)
        if verdict.rule is not None:
            return verdict
        for name, rule in self._remembering.items():
            rule.remember(let_pass[name])
        return replace(verdict, draft=self._with_written(verdict.draft))

    def _with_written(self, draft: Draft) -> Draft:
        """With what is shown as it has passed the rules too."""
        if draft.written is None:
            return draft
        if not draft.text:
            return replace(draft, written=None)
        whole = Verdict(replace(draft, text=draft.written), None, "")
        shown = _settled(self._legible, whole, "", None)
        return replace(draft, written=None if shown.rule else shown.draft.text)


def _settled(
    rules: Sequence[Rule], verdict: Verdict, before: str, steps: list[Step] | None
) -> Verdict:
    """The verdict when the rules change nothing more of what was `before` the last pass."""
    for _ in range(MAX_PASSES - 1):
        if verdict.rule is not None or verdict.draft.text == before:
            break
        before = verdict.draft.text
        again: list[Step] | None = None if steps is None else []
        verdict = _pass(rules, verdict.draft, again)
        if steps is not None and again is not None:
            steps += [step for step in again if step.verdict != "pass"]
    return verdict


def _pass(
    rules: Iterable[Rule],
    draft: Draft,
    steps: list[Step] | None,
    let_pass: dict[str, Draft] | None = None,
) -> Verdict:
    for rule in rules:
        answer = rule.apply(draft)
        rejected = isinstance(answer, Rejection)
        if rejected and (answer.whole or not draft.is_event):
            _note(steps, rule, "rejected", draft, answer.reason)
            return Verdict(draft, rule.name, answer.reason)
        after = replace(draft, text="") if rejected else answer
        if steps is not None:
            verdict = "pass" if after.text == draft.text else "changed"
            _note(steps, rule, verdict, after, answer.reason if rejected else "")
        if let_pass is not None and rule.name in let_pass:
            let_pass[rule.name] = draft
        draft = after
    return Verdict(draft, None, "")


def _note(
    steps: list[Step] | None,
    rule: Rule,
    verdict: Literal["pass", "changed", "rejected"],
    draft: Draft,
    reason: str,
) -> None:
    if steps is not None:
        steps.append(Step(rule.name, verdict, draft.text, reason))
