"""Settings of the rules that look at who wrote, and how often."""

from ishowtts_bus.settings import Settings


class UsersSettings(Settings, frozen=True, kw_only=True):
    """Who is read aloud."""


class CommandsSettings(Settings, frozen=True, kw_only=True):
    """Commands in chat: `!skip` is obeyed, commands to other bots are not read."""


class CopypastaSettings(Settings, frozen=True, kw_only=True):
    """One long text from many people is spoken once."""


class DuplicatesSettings(Settings, frozen=True, kw_only=True):
    """The same text from the same author is spoken once."""


class CooldownSettings(Settings, frozen=True, kw_only=True):
    """A pause between messages of one author."""
