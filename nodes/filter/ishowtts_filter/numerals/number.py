"""A number as it is written."""

import re

from msgspec import Struct

GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
EUROPEAN = r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+"
PLAIN = r"[0-9]+(?:\.[0-9]+)?"
NUMBER = rf"(?:{EUROPEAN}|{GROUPED}|{PLAIN})"
"""One number of any of these forms; `1,234.56` and `1.234,56` are the same."""

AMOUNT = rf"(?:[0-9]+,[0-9]{{2}}(?![0-9])|{NUMBER})"
"""As `NUMBER`, and `5,50`, which is sure only beside a currency."""

_EUROPEAN = re.compile(rf"{EUROPEAN}|[0-9]+,[0-9]{{2}}")


class Number(Struct, frozen=True):
    """A number in digits.

    Attributes:
        whole: Digits before the point.
        fraction: Digits behind it; empty for none.
        is_grouped: Whether it was written in groups of three.
    """

    whole: str
    fraction: str = ""
    is_grouped: bool = False

    @classmethod
    def parse(cls, text: str) -> "Number":
        """Read what `AMOUNT` matches."""
        if _EUROPEAN.fullmatch(text):
            text = text.translate({ord("."): ",", ord(","): "."})
        whole, _, fraction = text.partition(".")
        return cls(whole.replace(",", ""), fraction, "," in whole)

    @property
    def is_code(self) -> bool:
        """Whether it is read digit by digit: `007`."""
        return len(self.whole) > 1 and self.whole.startswith("0")

    @property
    def is_one(self) -> bool:
        return self.whole == "1" and not self.fraction

    def shifted(self, zeros: int) -> "Number":
        """Multiplied by a power of ten."""
        whole = self.whole + self.fraction[:zeros].ljust(zeros, "0")
        return Number(whole.lstrip("0") or "0", self.fraction[zeros:])

    @property
    def text(self) -> str:
        """As `parse` reads it."""
        return f"{self.whole}.{self.fraction}" if self.fraction else self.whole
