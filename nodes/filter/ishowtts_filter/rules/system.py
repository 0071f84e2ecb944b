"""What the platform itself says is not read aloud."""

from typing import ClassVar

from ishowtts_filter.draft import Draft, Rejection


class SystemRule:
    """Rejects system messages."""

    name: ClassVar[str] = "system"
    once: ClassVar[bool] = True

    def apply(self, draft: Draft) -> Draft | Rejection:
        if draft.kind == "system":
            return Rejection("a message of the platform itself")
        return draft
