"""What a person asks `say` for."""

import sys
from dataclasses import dataclass, replace

from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_schemas import is_slug


@dataclass(frozen=True)
class Wish:
    """What the person asked for."""

    text: str
    voice: str | None = None
    engine: str | None = None
    speed: float = 1.0


def checked(wish: Wish, longest: int) -> Wish:
    """The same with its text read and cleaned; `-` is standard input.

    Raises:
        CliError: There is no text, too much of it, or a name that cannot be one.
    """
    raw = sys.stdin.read() if wish.text == "-" else wish.text
    # Arguments that are not UTF-8 reach Python as lone surrogates, which no message may hold.
    text = raw.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise CliError("there is no text to speak", ExitCode.USAGE)
    if len(text) > longest:
        raise CliError(f"{len(text)} characters; {longest} fit into one utterance", ExitCode.USAGE)
    for name in (wish.voice, wish.engine):
        if name is not None and not is_slug(name):
            raise CliError(f"{name!r} cannot be a voice or an engine", ExitCode.USAGE)
    return replace(wish, text=text)
