"""Commands in chat: which are any, whose are obeyed, and what they do."""

import pytest

from ishowtts_bus import SettingsError
from ishowtts_bus.presence import unknown_name
from ishowtts_filter.commands.chat_commands import Answer, ChatCommands, RoomOrder, Silence
from ishowtts_filter.commands.playing import Playing
from ishowtts_filter.commands.reader import Command, CommandReader
from ishowtts_filter.draft import Draft
from ishowtts_filter.preferences import Preference, Preferences
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.people import CommandsSettings
from tests.filter.rules import apply

VOICES = ("alba", "cmn", "en-gb", "miao-jun")
NS = 1_000_000_000


def draft(text: str = "", *roles: str, **fields: object) -> Draft:
    facts = {"author": "Zoe", "author_id": "7", "platform": "twitch", **fields}
    return Draft(text=text, roles=roles, **facts)  # type: ignore[arg-type]


class Chat:
    """Commands from chat and what became of them."""

    def __init__(self, settings: CommandsSettings | None = None, *choosable: str) -> None:
        settings = settings or CommandsSettings()
        self.preferences = Preferences()
        self.playing = Playing()
        self._reader = CommandReader.build(settings)
        self._commands = ChatCommands(
            settings,
            choosable,
            lambda voice: None if voice in VOICES else unknown_name("voice", voice, VOICES),
            self.preferences,
            self.playing,
        )

    def write(self, text: str, *roles: str, at_s: float = 0.0, age_s: float = 0.0) -> Answer:
        message = draft(text, *roles, received_at_ns=round(at_s * NS))
        command = self._reader.read(message)
        assert command is not None
        return self._commands.answer(command, message, at_s, age_s)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("!play", "<a command>"),
        ("!winners a 1 b 2 " + "c 3 " * 500, "<a command>"),
        ("！skip", "<a command>"),
        ("！点歌 晴天", "<a command>"),
        ("!Voice Alba", "<a command>"),
        ("! hello", "! hello"),
        ("!!! wow", "!!! wow"),
        ("!", "!"),
        ("!?", "!?"),
        ("hello !play", "hello !play"),
        ("# a b", "# a b"),
    ],
)
def test_what_begins_like_a_command_is_not_read(text: str, answer: str) -> None:
    assert apply("commands", text, author="Zoe") == answer


def test_text_of_an_app_is_no_command() -> None:
    assert apply("commands", "!important", author="") == "!important"


def test_prefixes_are_configurable() -> None:
    commands = CommandsSettings(prefixes=("?", "~~"), ignored_prefixes=("#", "//"))
    settings = FilterSettings(commands=commands)
    answer = apply("commands", "@Bob #点歌", settings, author="Zoe", reply_to="Bob")
    assert answer == "<begins with #>"
    texts = ("?play", "~~play", "~play", "!play", "#点歌", "// aside", "a // b")
    assert [apply("commands", text, settings, author="Zoe") for text in texts] == [
        "<a command>",
        "<a command>",
        "~play",
        "!play",
        "<begins with #>",
        "<begins with //>",
        "a // b",
    ]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("!voice alba", Command("voice", "alba")),
        ("！VOICE  Alba ", Command("voice", "Alba")),
        ("!skip", Command("skip")),
        ("@streamer !skip", Command("skip")),
        ("!mute", Command("tts", "off")),
        ("!Stimme alba", Command("voice", "alba")),
    ],
)
def test_commands_are_read_through_case_width_replies_and_aliases(
    text: str, command: Command
) -> None:
    settings = CommandsSettings(aliases={"mute": "tts off", "stimme": "voice"})
    assert CommandReader.build(settings).read(draft(text, reply_to="streamer")) == command


def test_an_alias_of_nothing_is_said_at_start() -> None:
    with pytest.raises(SettingsError, match=r"commands\.aliases\.mute: no command 'quiet'; .* tts"):
        CommandReader.build(CommandsSettings(aliases={"mute": "quiet"}))


@pytest.mark.parametrize(
    ("text", "roles", "reason"),
    [
        ("!play", ("broadcaster",), "a command"),
        ("!voice alba", ("subscriber",), "obeyed: voice alba"),
        ("!voice Miao Jun", ("vip",), "obeyed: voice miao-jun"),
        ("!voice", ("broadcaster",), "obeyed: the usual voice"),
        (
            "!voice alba",
            (),
            "not obeyed: voice is for subscriber and vip and moderator and broadcaster",
        ),
        ("!voice albo", ("vip",), "not obeyed: no voice 'albo'; did you mean alba?"),
        (
            "!voice 猫",
            ("vip",),
            "not obeyed: no voice '猫'; there are: alba, cmn, en-gb, miao-jun",
        ),
        ("!skip", ("moderator",), "obeyed: skip"),
        ("!skip", ("vip",), "not obeyed: nothing that the author wrote is being spoken"),
        ("!tts off please", ("moderator",), "obeyed: chat is not spoken from now on"),
        ("!tts off", ("moderator",), "obeyed: chat is not spoken from now on"),
        ("!tts ON", ("broadcaster",), "obeyed: chat is spoken again"),
        ("!tts clear", ("moderator",), "obeyed: clear"),
        ("!tts", ("moderator",), "not obeyed: after tts comes on, off, pause, resume or clear"),
        ("!tts pause", ("vip",), "not obeyed: tts is for moderator and broadcaster"),
    ],
)
def test_each_role_may_do_its_part(text: str, roles: tuple[str, ...], reason: str) -> None:
    assert Chat().write(text, *roles).reason == reason


def test_a_chosen_voice_is_the_authors_until_it_is_taken_back() -> None:
    chat = Chat()
    assert chat.write("!voice alba", "vip").effects == (Preference("voice", "twitch:7", "alba"),)
    assert chat.preferences.voice("twitch:7") == "alba"
    assert chat.write("!voice", "vip", at_s=10).effects == (Preference("voice", "twitch:7", ""),)
    assert chat.preferences.voice("twitch:7") is None


def test_a_choice_that_is_no_name_takes_nothing_back() -> None:
    preferences = Preferences()
    commands = ChatCommands(CommandsSettings(), (), lambda _: None, preferences, Playing())
    vip = draft("", "vip")
    commands.answer(Command("voice", "alba"), vip, 0.0, 0.0)
    vip = draft("", "vip", received_at_ns=60 * NS)
    assert commands.answer(Command("voice", "???"), vip, 60.0, 0.0).reason == (
        "not obeyed: no voice '???'"
    )
    assert preferences.voice(vip.author_key) == "alba"


def test_only_voices_on_the_list_can_be_chosen() -> None:
    chat = Chat(None, "alba", "cmn")
    assert "there are: alba, cmn" in chat.write("!voice en-gb", "vip").reason
    assert chat.write("!voice cmn", "vip").reason == "obeyed: voice cmn"


@pytest.mark.parametrize("action", ["pause", "resume", "clear"])
def test_tts_controls_the_room(action: str) -> None:
    effects = Chat().write(f"!tts {action}", "moderator").effects
    assert effects == (RoomOrder("main", action),)  # type: ignore[arg-type]


def test_off_silences_the_room_and_on_ends_that() -> None:
    chat = Chat()
    effects = chat.write("!tts off", "moderator").effects
    assert effects == (Preference("off", "main", "off"), Silence("main"))
    assert chat.preferences.is_off("main")
    assert chat.write("!tts on", "moderator").effects == (Preference("off", "main", ""),)
    assert not chat.preferences.is_off("main")


def test_viewers_may_skip_what_they_wrote_while_it_is_heard() -> None:
    chat = Chat()
    chat.playing.on_accepted("mine", "twitch:7", 0.0)
    chat.playing.on_accepted("hers", "twitch:8", 0.0)
    chat.playing.on_playback("main", "hers")
    assert chat.write("!skip").effects == ()
    chat.playing.on_playback("main", "mine")
    assert chat.write("!skip").effects == (RoomOrder("main", "skip", "mine"),)
    chat.playing.on_playback("main", None)
    assert chat.write("!skip", at_s=10).effects == ()


def test_skipping_ones_own_can_be_forbidden() -> None:
    chat = Chat(CommandsSettings(skip_own=False))
    chat.playing.on_accepted("mine", "twitch:7", 0.0)
    chat.playing.on_playback("main", "mine")
    assert chat.write("!skip").reason == "not obeyed: skip is for moderator and broadcaster"


def test_viewers_pause_between_commands_and_moderators_need_not() -> None:
    chat = Chat()
    assert chat.write("!voice albo", "vip").effects == ()
    assert chat.write("!voice alba", "vip", at_s=1).effects
    refused = chat.write("!voice cmn", "vip", at_s=3)
    assert refused.reason == "not obeyed: the author's next command may come in 3 s"
    assert chat.write("!voice cmn", "vip", at_s=7).effects
    assert chat.write("!voice alba", "moderator", at_s=7).effects
    assert chat.write("!voice cmn", "moderator", at_s=7).effects


@pytest.mark.parametrize(
    ("text", "obeyed"), [("!skip", False), ("!tts clear", False), ("!tts off", True)]
)
def test_a_command_that_comes_late_does_not_hit_what_plays_now(text: str, *, obeyed: bool) -> None:
    answer = Chat().write(text, "moderator", age_s=60.0)
    assert bool(answer.effects) == obeyed
    assert obeyed or answer.reason == "not obeyed: it came too late"


def test_everyone_may_be_allowed_and_nobody_but_the_broadcaster() -> None:
    chat = Chat(CommandsSettings(voice=("everyone",), skip=(), skip_own=False, cooldown_s=0))
    assert chat.write("!voice alba").effects
    assert chat.write("!skip", "moderator").reason == "not obeyed: skip is for broadcaster"
    assert chat.write("!skip", "broadcaster").effects
