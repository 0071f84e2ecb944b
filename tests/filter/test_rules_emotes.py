"""Emotes, cheermotes and emoji."""

import json
from pathlib import Path

import pytest

from ishowtts_bus import SettingsError
from ishowtts_filter.rules.registry import build_rule
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.text import EmotesSettings
from ishowtts_filter.text.emote_names import MAX_FILE_BYTES
from ishowtts_schemas import ChatEvent, Emote
from tests.filter.rules import apply

FAMILY = "👨‍👩‍👧‍👦"
ONLY = "<only emotes>"


def at(*spans: tuple[int, int], name: str = "") -> tuple[Emote, ...]:
    return tuple(Emote(name=name, start=start, end=end) for start, end in spans)


def emotes(**fields: object) -> FilterSettings:
    return FilterSettings(emotes=EmotesSettings(**fields))  # type: ignore[arg-type]


def said(name: str, text: str, *arguments: FilterSettings, **fields: object) -> str:
    return " ".join(apply(name, text, *arguments, **fields).split())


@pytest.mark.parametrize(
    ("text", "spans", "left"),
    [
        ("nice xqcOne xqcOne", [(5, 11), (12, 18)], "nice"),
        ("xqcOne xqcOne", [(0, 6), (7, 13)], ONLY),
        ("👉 <3 you", [(2, 4)], "👉 you"),
        ("hello xqcOne", [(5, 11)], "hello"),
        ("xqcOne hello", [(1, 7)], "hello"),
        ("hello", [(40, 45)], "hello"),
        ("hello you", [(-3, 2), (3, 3), (5, 2)], "hello you"),
        ("hello xqcOne", [(6, 60)], "hello xqcOne"),
        ("hello you", [(3, 7)], "hello you"),
    ],
)
def test_emotes_go_where_the_platform_says_and_bad_positions_do_no_harm(
    text: str, spans: list[tuple[int, int]], left: str
) -> None:
    settings = emotes(well_known=False, max_emoji=1)
    assert said("emotes", text, settings, emotes=at(*spans)) == left


def test_an_emote_that_touches_a_word_goes_if_its_name_stands_there() -> None:
    assert said("emotes", "hi:_wave:you", emotes=at((2, 9), name=":_wave:")) == "hi you"
    assert said("emotes", "hello you", emotes=at((3, 5), name="no")) == "hello you"


def test_the_first_emotes_may_be_spoken() -> None:
    two = emotes(max_spoken=2)
    assert said("emotes", "Kappa hi Kappa Kappa KEKW", two, emotes=at((0, 5))) == "Kappa hi Kappa"


def test_well_known_names_and_those_of_the_settings_are_emotes() -> None:
    assert said("emotes", "so catJAM good KEKW") == "so good"
    assert said("emotes", "so catJAM", emotes(well_known=False)) == "so catJAM"
    assert said("emotes", "so myWave", emotes(names=("myWave",))) == "so"
    assert said("emotes", "so kappa, catjam") == "so kappa, catjam"


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffmyWave\n\n  myJump \n",
        json.dumps(["myWave", "myJump"]),
        json.dumps({"channelEmotes": [{"code": "myWave"}], "sharedEmotes": [{"code": "myJump"}]}),
        json.dumps({"sets": {"1": {"emoticons": [{"name": "myWave"}, {"name": "myJump"}]}}}),
        json.dumps(
            {
                "emote_set": {
                    "name": "hello",
                    "emotes": [
                        {"name": "myWave", "data": {"host": {"files": [{"name": "you"}]}}},
                        {"name": "myJump"},
                    ],
                }
            }
        ),
    ],
    ids=["lines", "names", "BTTV", "FFZ", "7TV"],
)
def test_names_are_read_from_the_lists_of_the_services(tmp_path: Path, content: str) -> None:
    path = tmp_path / "emotes"
    path.write_text(content, "utf-8")
    assert said("emotes", "hello myWave you myJump", emotes(files=(str(path),))) == "hello you"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"[1, 2", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"a\n" * MAX_FILE_BYTES, "bytes"),
        (None, "cannot read the emotes in"),
    ],
    ids=["broken", "deep", "encoding", "huge", "missing"],
)
def test_a_list_that_cannot_be_read_stops_the_start(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    path = tmp_path / "emotes"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=complaint):
        build_rule("emotes", emotes(files=(str(path),)))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("😂" * 30, ONLY),
        ("nice 😂😂", "nice"),
        (f"my {FAMILY} says hi", "my says hi"),
        ("from 🇩🇪 with 👍🏽", "from with"),
        ("I ❤️ you, I ❤ you", "I you, I you"),
        ("press 1️⃣ or #️⃣", "press 1 or #"),
        ("你好😂世界", "你好 世界"),
        ("price 5€ © 2024 ™ wow‼", "price 5€ © 2024 ™ wow‼"),
        (":) <3 ^_^", ":) <3 ^_^"),
    ],
)
def test_emoji_are_left_out(text: str, left: str) -> None:
    assert said("emotes", text) == left


def test_the_first_emoji_may_be_left_to_the_voice() -> None:
    assert said("emotes", f"a {FAMILY}👍🏽😂 b", emotes(max_emoji=2)) == f"a {FAMILY}👍🏽 b"


@pytest.mark.parametrize(
    ("platform", "text", "left"),
    [
        ("bilibili", "[doge][doge]", ONLY),
        ("bilibili", "好[自定义]耶", "好 耶"),
        ("mqtt", "[doge][妙啊]好", "好"),
        ("twitch", "[EU] hello", "[EU] hello"),
        ("youtube", "hi :face-blue-smiling: you", "hi you"),
        ("twitch", "at 10:30:20", "at 10:30:20"),
    ],
)
def test_each_platform_writes_emotes_in_its_way(platform: str, text: str, left: str) -> None:
    assert said("emotes", text, platform=platform) == left


@pytest.mark.parametrize(
    ("text", "bits", "left"),
    [
        ("Cheer100 Cheer100 hi", 200, "hi"),
        ("annCheer50 Kappa10 PS5 rocks", 60, "PS5 rocks"),
        ("cheer100 pretty please", 0, "pretty please"),
        ("Party10 at mine", 0, "Party10 at mine"),
        ("Cheer100", 100, ONLY),
    ],
)
def test_cheermotes_are_not_read(text: str, bits: int, left: str) -> None:
    event = ChatEvent(amount=bits, currency="bits") if bits else None
    assert said("emotes", text, event=event) == left
