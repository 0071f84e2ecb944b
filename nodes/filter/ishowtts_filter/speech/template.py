"""What is said around a message's text."""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ishowtts_bus.errors import SettingsError

FIELDS = ("author", "text", "name", "count", "amount", "recipient", "channel")

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FIELD = re.compile(r"\{([^{}]*)\}")
_SPACES = re.compile(r"\s{2,}")
_DANGLING = " \t,:;-–—，：；、"
ONE = ("0", "1")
"""Counts that are no news: one gift is a gift."""


class Section(NamedTuple):
    """Literals and names of fields by turns; an optional one needs all of its fields."""

    parts: tuple[str, ...]
    optional: bool

    @property
    def fields(self) -> tuple[str, ...]:
        return self.parts[1::2]


class Template(NamedTuple):
    """A sentence with fields, `{author}`, and optional parts, `[: {text}]`."""

    sections: tuple[Section, ...]

    @classmethod
    def parse(
        cls, source: str, name: str = "filter.templates", *, needs_text: bool = False
    ) -> "Template":
        """Read `"{author} gives {name}[ times {count}][: {text}]"`.

        Args:
            source: As configured.
            name: Key of the setting, for errors.
            needs_text: Whether a message without its text would make no sense.

        Raises:
            SettingsError: An unknown field, a brace or bracket alone, `{text}` twice.
        """
        try:
            template = cls(tuple(map(_section, *_split(source))))
            template.check(needs_text=needs_text)
        except ValueError as error:
            raise SettingsError(f"{name}: {error}") from None
        return template

    def check(self, *, needs_text: bool) -> None:
        """Whether it makes sense.

        Raises:
            ValueError: Why not.
        """
        fields = [field for section in self.sections for field in section.fields]
        for field in fields:
            if field not in FIELDS:
                close = difflib.get_close_matches(field, FIELDS, 1)
                hint = f"did you mean {{{close[0]}}}?" if close else f"there are {_listed()}"
                raise ValueError(f"no field {{{field}}}; {hint}")
        if fields.count("text") > 1 or (needs_text and "text" not in fields):
            raise ValueError("{text} must stand in it once")

    def render(self, fields: Mapping[str, str], polish: Callable[[str], str] = str) -> str:
        """The spoken sentence; empty where nothing is left.

        What stands in a field is never read as a field, and the text stays as it is.

        Args:
            fields: Every field's value; empty where there is none.
            polish: Makes the words before and after the text sayable.
        """
        head, *tails = (_polished(run, polish) for run in self._around(fields))
        tail = "".join(tails)
        if tails and fields["text"]:
            return f"{head}{fields['text']}{tail}".strip()
        return f"{head}{tail}".strip(_DANGLING)

    def _around(self, fields: Mapping[str, str]) -> list[str]:
        """What is said before the text, and after it; one run where the text has no place."""
        runs = [""]
        for section in self.sections:
            if section.optional and not all(_says(name, fields[name]) for name in section.fields):
                continue
            for number, part in enumerate(section.parts):
                if number % 2 == 0:
                    runs[-1] += part
                elif part == "text":
                    runs.append("")
                else:
                    runs[-1] += fields[part]
        return runs


def _split(source: str) -> tuple[list[str], list[bool]]:
    """Sources of sections, and whether each is optional."""
    pieces = _OPTIONAL.split(source)
    return pieces, [number % 2 == 1 for number in range(len(pieces))]


def _section(source: str, optional: bool) -> Section:  # noqa: FBT001 - mapped over both lists
    parts = tuple(_FIELD.split(source))
    if any(sign in part for part in parts[::2] for sign in "{}[]"):
        raise ValueError("every { needs its }, every [ its ], and no [ ] stands in another")
    if optional and len(parts) == 1:
        raise ValueError(f"[{source}] has no field that could be empty")
    return Section(parts, optional)


def _says(name: str, value: str) -> bool:
    """Whether a field has news."""
    return bool(value) and not (name == "count" and value in ONE)


def _polished(run: str, polish: Callable[[str], str]) -> str:
    words = run.strip()
    if not words:
        return " " if run else ""
    polished = polish(_SPACES.sub(" ", words))
    before = " " if run[0].isspace() else ""
    after = " " if run[-1].isspace() else ""
    return f"{before}{polished}{after}"


def _listed() -> str:
    return " ".join(f"{{{field}}}" for field in FIELDS)
