"""Finds commands in chat."""

from typing import Literal, NamedTuple, get_args

import regex

from ishowtts_bus.errors import SettingsError
from ishowtts_filter.draft import Draft
from ishowtts_filter.settings.people import CommandsSettings

CommandName = Literal["voice", "skip", "tts"]
COMMANDS: tuple[str, ...] = get_args(CommandName)
"""Those that are obeyed here; all others are for bots."""

_REPLY = regex.compile(r"^[@＠]\S+\s+")


class Command(NamedTuple):
    """A word after a prefix, in small letters, and what follows."""

    name: str
    argument: str = ""


class CommandReader:
    """Finds commands in text."""

    def __init__(self, settings: CommandsSettings) -> None:
        self._settings = settings
        self._aliases = {word.casefold(): _words(text) for word, text in settings.aliases.items()}

    @classmethod
    def build(cls, settings: CommandsSettings) -> "CommandReader":
        """The reader that the settings describe.

        Raises:
            SettingsError: An alias of a command that does not exist.
        """
        reader = cls(settings)
        for word, command in reader._aliases.items():
            if command.name not in COMMANDS:
                known = ", ".join(COMMANDS)
                key = f"filter.commands.aliases.{word}"
                raise SettingsError(f"{key}: no command {command.name!r}; there are {known}")
        return reader

    def read(self, draft: Draft) -> Command | None:
        """The command that a message is; None for others: `! hello`, `!!!`, an app's text."""
        if not draft.author_key:
            return None
        text = _own_text(draft)
        for prefix in self._settings.prefixes:
            if text.startswith(prefix) and text[len(prefix) :][:1].isalnum():
                return self._expanded(_words(text[len(prefix) :]))
        return None

    def ignored(self, draft: Draft) -> str | None:
        """The prefix for which a message is not read."""
        if not draft.author_key:
            return None
        text, prefixes = _own_text(draft), self._settings.ignored_prefixes
        return next((prefix for prefix in prefixes if text.startswith(prefix)), None)

    def _expanded(self, command: Command) -> Command:
        alias = self._aliases.get(command.name)
        if alias is None:
            return command
        return Command(alias.name, f"{alias.argument} {command.argument}".strip())


def _own_text(draft: Draft) -> str:
    """Without the mention that platforms put before an answer."""
    return _REPLY.sub("", draft.text) if draft.reply_to else draft.text


def _words(text: str) -> Command:
    name, _, argument = text.partition(" ")
    return Command(name.casefold(), argument.strip())
