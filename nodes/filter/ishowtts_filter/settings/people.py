"""Settings of the rules that look at who wrote, and how often."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_schemas.chat import Role

Person = Annotated[str, Meta(min_length=1, max_length=128)]
Reader = Literal["everyone", "subscriber", "vip", "moderator", "broadcaster"]
Prefix = Annotated[str, Meta(min_length=1, max_length=8)]
CommandWord = Annotated[str, Meta(min_length=1, max_length=32)]
CommandText = Annotated[str, Meta(min_length=1, max_length=64)]
Commander = Literal["everyone", "subscriber", "vip", "moderator"]

KNOWN_BOTS = (
    "nightbot",
    "streamelements",
    "streamlabs",
    "moobot",
    "fossabot",
    "wizebot",
    "soundalerts",
    "sery_bot",
    "pokemoncommunitygame",
    "kofistreambot",
    "botrixoficial",
    "botisimo",
    "tangiabot",
    "streamstickers",
    "blerp",
    "creatisbot",
    "frostytoolsdotcom",
    "streamcaptainbot",
    "stay_hydrated_bot",
    "commanderroot",
)


class UsersSettings(Settings, frozen=True, kw_only=True):
    """Who is read aloud: people by name, login or id; case and width do not matter."""

    least_role: Annotated[
        Reader,
        Meta(description="everyone, or only from subscriber, vip, moderator, broadcaster up."),
    ] = "everyone"
    first_messages: Annotated[
        bool, Meta(description="Whether to speak what somebody writes for the first time ever.")
    ] = True
    allow: Annotated[
        tuple[Person, ...],
        Meta(max_length=5000, description="Always read, whatever their role; bots too."),
    ] = ()
    block: Annotated[
        tuple[Person, ...], Meta(max_length=5000, description="Never read, also if allowed.")
    ] = ()
    bots: Annotated[
        tuple[Person, ...], Meta(max_length=5000, description="Bots, whose answers are not read.")
    ] = KNOWN_BOTS


class CommandsSettings(Settings, frozen=True, kw_only=True):
    """Commands in chat: `!voice`, `!skip`, `!tts off` are obeyed, those to bots are not read."""

    prefixes: Annotated[
        tuple[Prefix, ...],
        Meta(max_length=16, description="What a command begins with; no space follows."),
    ] = ("!", "！")
    ignored_prefixes: Annotated[
        tuple[Prefix, ...],
        Meta(max_length=64, description='Messages that begin so are not read: "#", "//".'),
    ] = ()
    aliases: Annotated[
        dict[CommandWord, CommandText],
        Meta(max_length=64, description='Other words for commands: { mute = "tts off" }.'),
    ] = {}
    voice: Annotated[
        tuple[Commander, ...],
        Meta(description="Whose `!voice NAME` is obeyed, beside the broadcaster's; or everyone."),
    ] = ("subscriber", "vip", "moderator")
    skip: Annotated[
        tuple[Commander, ...], Meta(description="Whose `!skip` is, whoever is being spoken.")
    ] = ("moderator",)
    skip_own: Annotated[
        bool, Meta(description="Whether everyone may `!skip` what they wrote themselves.")
    ] = True
    tts: Annotated[
        tuple[Commander, ...],
        Meta(description="Whose `!tts on|off|pause|resume|clear` is."),
    ] = ("moderator",)
    cooldown_s: Annotated[
        float,
        Meta(ge=0, le=3600, description="A pause between commands of one viewer; 0: none."),
    ] = 5.0


class CopypastaSettings(Settings, frozen=True, kw_only=True):
    """One long text from many people is spoken once; paid messages always are."""

    window_s: Annotated[
        float, Meta(ge=0, le=3600, description="How long a text is remembered; 0: not at all.")
    ] = 60.0
    min_chars: Annotated[
        int,
        Meta(ge=10, le=1000, description="Letters from which a text is long; ideographs are 3."),
    ] = 60


class DuplicatesSettings(Settings, frozen=True, kw_only=True):
    """The same text from the same author is spoken once; paid messages always are."""

    window_s: Annotated[
        float, Meta(ge=0, le=3600, description="How long a text is remembered; 0: not at all.")
    ] = 30.0


class CooldownSettings(Settings, frozen=True, kw_only=True):
    """A pause between messages of one author; paid messages need none."""

    pause_s: Annotated[
        float, Meta(ge=0, le=3600, description="How long, from when one came in; 0: none.")
    ] = 0.0
    exempt: Annotated[
        tuple[Role, ...], Meta(max_length=8, description="Roles that need not pause.")
    ] = ("broadcaster", "moderator")
