"""What a rule is."""

from typing import ClassVar, Protocol, runtime_checkable

from ishowtts_filter.draft import Draft, Rejection


class Rule(Protocol):
    """Decides on a draft, from the draft alone. Never raises, whatever the text.

    What it accepts it accepts again unchanged: the pipeline asks again after other rules have
    changed the text. A rule for which that does not hold, or that does not look at the text, says
    `once = True`. One that rewrites text for voices alone says `for_voices = True`, and leaves in
    `Draft.written` what it was.
    """

    name: ClassVar[str]
    """Slug; module name, key of its settings, and what a rejection carries."""

    def apply(self, draft: Draft) -> Draft | Rejection: ...


@runtime_checkable
class Remembers(Protocol):
    """A rule that compares messages. Takes the time from `received_at_ns` only."""

    def remember(self, draft: Draft) -> None:
        """All rules have accepted the message; this is the draft as this rule let it pass."""
        ...
