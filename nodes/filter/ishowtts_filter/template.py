"""What is said around a message's text."""

import re
from typing import NamedTuple

from ishowtts_bus.errors import SettingsError
from ishowtts_filter.text import clean, cut, has_speech

_FIELD = re.compile(r"(\{author\}|\{text\})")


class Template(NamedTuple):
    """Literal text and the two fields, in order. Braces of any other kind are literal."""

    parts: tuple[str, ...]

    @classmethod
    def parse(cls, source: str) -> "Template":
        """Read `"{author} says: {text}"`.

        Raises:
            SettingsError: Not exactly one `{text}`, or more than one `{author}`.
        """
        if source.count("{text}") != 1 or source.count("{author}") > 1:
            raise SettingsError("filter.template needs one {text} and at most one {author}")
        return cls(tuple(_FIELD.split(source)))

    def render(self, author: str, text: str) -> str:
        """The spoken text; without an author it is the text alone.

        What stands in a name or a text is never read as a field.
        """
        if not author:
            return text
        fields = {"{author}": author, "{text}": text}
        return "".join(fields.get(part, part) for part in self.parts)


def spoken_name(name: str, limit: int) -> str:
    """An author's name as it is said: one line, bounded; empty where nothing can be said."""
    cleaned = cut(clean(name), limit)
    return cleaned if has_speech(cleaned) else ""
