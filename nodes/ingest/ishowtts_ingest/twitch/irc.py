"""IRC lines with message tags, as https://ircv3.net/specs/extensions/message-tags says."""

import re
from typing import NamedTuple

_COMMAND = re.compile(r"[A-Z]+|[0-9]{3}")
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


class IrcError(ValueError):
    """The line is no IRC message."""


class Line(NamedTuple):
    """One message.

    Attributes:
        tags: Unescaped; a tag without a value is the empty string, as the empty value is.
        nick: Who sent it; a server's name, or empty.
        command: A word in upper case, or three digits.
        params: The last one may hold spaces.
    """

    tags: dict[str, str]
    nick: str
    command: str
    params: tuple[str, ...]

    @property
    def channel(self) -> str:
        """The channel that it is about, without `#`; empty for none."""
        first = self.params[0] if self.params else ""
        return first[1:].lower() if first.startswith("#") else ""

    @property
    def text(self) -> str:
        """What stands after the first parameter."""
        return self.params[1] if len(self.params) > 1 else ""


def parse_line(text: str) -> Line:
    """Read one line, with or without its end.

    Raises:
        IrcError: It has no command.
    """
    rest = text.rstrip("\r\n")
    tags: dict[str, str] = {}
    if rest.startswith("@"):
        head, _, rest = rest[1:].partition(" ")
        tags = _parse_tags(head)
    rest, prefix = rest.lstrip(" "), ""
    if rest.startswith(":"):
        prefix, _, rest = rest[1:].partition(" ")
    head, colon, trailing = f" {rest.lstrip(' ')}".partition(" :")
    command, *params = [word for word in head.split(" ") if word] or [""]
    if not _COMMAND.fullmatch(command):
        raise IrcError("no IRC command")
    if colon:
        params.append(trailing)
    return Line(tags, prefix.partition("!")[0], command, tuple(params))


def _parse_tags(text: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for tag in text.split(";"):
        name, _, value = tag.partition("=")
        if name:
            tags[name] = _unescape(value) if "\\" in value else value
    return tags


def _unescape(value: str) -> str:
    """A backslash before any other character, or at the end, is dropped."""
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), value)
