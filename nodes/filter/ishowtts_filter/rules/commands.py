"""Commands are for bots, and some for this filter; nobody wants to hear them."""

from typing import ClassVar

from ishowtts_filter.commands.reader import CommandReader
from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.people import CommandsSettings


class CommandsRule:
    """Rejects commands, and what begins with an ignored prefix; the intake obeys some of them."""

    name: ClassVar[str] = "commands"

    def __init__(self, reader: CommandReader) -> None:
        self._reader = reader

    @classmethod
    def build(cls, settings: CommandsSettings) -> "CommandsRule":
        """The rule.

        Raises:
            SettingsError: An alias of a command that does not exist.
        """
        return cls(CommandReader.build(settings))

    def apply(self, draft: Draft) -> Draft | Rejection:
        if self._reader.read(draft) is not None:
            return Rejection("a command")
        ignored = self._reader.ignored(draft)
        return draft if ignored is None else Rejection(f"begins with {ignored}")
