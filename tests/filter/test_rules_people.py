"""Who is read, and how often."""

import pytest

from ishowtts_filter.draft import Draft
from ishowtts_filter.rules.pipeline import Pipeline
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.people import (
    CooldownSettings,
    CopypastaSettings,
    DuplicatesSettings,
    UsersSettings,
)
from ishowtts_schemas import ChatEvent
from tests.filter.rules import DEFAULTS, apply

NS = 1_000_000_000
PASTA = (
    "Let me tell you that I am a teapot. Ever since I was a cup I have dreamed of pouring tea on "
    "the tables of the enemy. People say that a person being a teapot is impossible, but I do not"
    " care, I am short and stout. Here is my handle, and here is my spout, pour me out, friends."
)


def users(**fields: object) -> FilterSettings:
    return FilterSettings(users=UsersSettings(**fields))  # type: ignore[arg-type]


def said(pipeline: Pipeline, text: str, at_s: float = 0, **fields: object) -> str | None:
    """The rule that rejects, or None."""
    draft = Draft(text=text, received_at_ns=int(at_s * NS), **fields)  # type: ignore[arg-type]
    return pipeline.run(draft).rule


@pytest.mark.parametrize(
    "author",
    [
        {"author": "Nightbot"},
        {"author": "ＮＩＧＨＴＢＯＴ"},
        {"author": "夜の機械", "login": "streamelements"},
        {"author": "Ann", "roles": ("bot",)},
    ],
)
def test_bots_are_not_read_unless_allowed(author: dict[str, object]) -> None:
    assert apply("users", "hi", **author) == "<the author is a bot>"
    allowed = users(allow=(str(author["author"]),))
    assert apply("users", "hi", allowed, **author) == "hi"


def test_blocked_people_are_not_read_by_name_login_or_id() -> None:
    blocked = users(block=("@Troll", "42"), allow=("troll",))
    for author in ({"author": "TROLL"}, {"author": "x", "login": "troll"}):
        assert apply("users", "hi", blocked, **author) == "<the author is blocked>"
    assert apply("users", "hi", blocked, author="x", author_id="42") == "<the author is blocked>"
    assert apply("users", "hi", blocked, author="trolley", author_id="421") == "hi"


@pytest.mark.parametrize(
    ("least", "roles", "read"),
    [
        ("everyone", (), True),
        ("subscriber", (), False),
        ("subscriber", ("subscriber",), True),
        ("subscriber", ("vip",), True),
        ("vip", ("subscriber",), False),
        ("moderator", ("moderator",), True),
        ("broadcaster", ("broadcaster",), True),
        ("broadcaster", ("moderator", "vip"), False),
    ],
)
def test_a_role_may_be_required(least: str, roles: tuple[str, ...], read: bool) -> None:
    answer = apply("users", "hi", users(least_role=least), author="Ann", roles=roles)
    assert answer == ("hi" if read else f"<only {least} and up are read>")


def test_who_is_allowed_or_pays_or_is_no_chatter_needs_no_role() -> None:
    strict = users(least_role="moderator", allow=("Ann",), first_messages=False)
    assert apply("users", "hi", strict, author="ann") == "hi"
    assert apply("users", "hi", strict, author="Bob", priority="paid") == "hi"
    assert apply("users", "hi", strict, author="Bob", kind="raid", event=ChatEvent()) == "hi"
    assert apply("users", "hi", strict) == "hi"


def test_first_messages_may_be_skipped() -> None:
    careful = users(first_messages=False)
    first = {"author": "Ann", "first_message": True}
    assert apply("users", "hi", careful, **first) == "<the author's first message>"
    assert apply("users", "hi", **first) == "hi"


def test_one_long_text_from_twenty_people_is_spoken_once() -> None:
    pipeline = Pipeline.build(DEFAULTS)
    rules = [said(pipeline, PASTA, n / 2, author=f"fan{n}") for n in range(20)]
    assert rules == [None] + ["copypasta"] * 19
    assert said(pipeline, PASTA, 70, author="late") is None


@pytest.mark.parametrize(
    "variant",
    [
        PASTA.upper(),
        PASTA + " \U000e0000",
        PASTA.replace(" ", "  "),
        PASTA.replace("t", "t\u200b"),
        PASTA + " asdf qwer",
        "me too: " + PASTA,
        PASTA + " 😂😂",
    ],
)
def test_what_is_varied_to_get_through_is_the_same_text(variant: str) -> None:
    pipeline = Pipeline.build(DEFAULTS)
    assert said(pipeline, PASTA, author="a") is None
    assert said(pipeline, variant, 1, author="b") == "copypasta"


def test_other_texts_and_other_rooms_and_payers_are_not_copypasta() -> None:
    pipeline = Pipeline.build(DEFAULTS)
    assert said(pipeline, PASTA, author="a") is None
    assert said(pipeline, PASTA[::-1], 1, author="b") is None
    assert said(pipeline, PASTA, 1, author="c", room="other") is None
    assert said(pipeline, PASTA, 1, author="d", priority="paid") is None
    assert said(pipeline, PASTA, 1) is None
    assert said(pipeline, "gg well played everyone", 1, author="e") is None
    assert said(pipeline, "gg well played everyone", 2, author="f") is None


def test_a_long_chinese_text_is_copypasta_too() -> None:
    pipeline = Pipeline.build(DEFAULTS)
    text = "主播今天真的太厉害了我已经看了三个小时了完全停不下来"
    assert said(pipeline, text, author="a") is None
    assert said(pipeline, text + "！！！🎉", 1, author="b") == "copypasta"


def test_what_was_not_spoken_silences_nobody() -> None:
    pause = FilterSettings(cooldown=CooldownSettings(pause_s=30))
    pipeline = Pipeline.build(pause)
    assert said(pipeline, "hello there", author="a") is None
    assert said(pipeline, PASTA, 1, author="a") == "cooldown"
    assert said(pipeline, PASTA, 2, author="b") is None
    assert said(pipeline, "example.com", 3, author="c") == "links"
    assert said(pipeline, "hello then", 4, author="c") is None


def test_an_author_is_not_read_twice_with_the_same_words() -> None:
    pipeline = Pipeline.build(DEFAULTS)
    ann = {"author": "Ann", "author_id": "1"}
    assert said(pipeline, "first!", **ann) is None
    assert said(pipeline, "FIRST  😂", 5, **ann) == "duplicates"
    assert said(pipeline, "first!", 6, author="Bob", author_id="2") is None
    assert said(pipeline, "first", 7, **ann, priority="paid") is None
    assert said(pipeline, "first", 31, **ann) is None


def test_a_name_alone_tells_nobody_apart() -> None:
    pipeline = Pipeline.build(DEFAULTS)
    assert said(pipeline, "New follower!", author="Alerts") is None
    assert said(pipeline, "New follower!", 1, author="Alerts") is None


def test_an_author_pauses_between_messages() -> None:
    pipeline = Pipeline.build(FilterSettings(cooldown=CooldownSettings(pause_s=10)))
    ann = {"author": "Ann"}
    assert said(pipeline, "one", 0, **ann) is None
    assert said(pipeline, "two", 9, **ann) == "cooldown"
    assert said(pipeline, "three", 11, **ann) is None
    assert said(pipeline, "four", 12, author="Bob") is None
    assert said(pipeline, "five", 12, **ann, priority="paid") is None
    assert said(pipeline, "six", 12, **ann, roles=("moderator",)) is None
    assert said(pipeline, "seven", 12) is None
    assert said(pipeline, "eight", 12) is None


def test_each_can_be_switched_off() -> None:
    off = FilterSettings(
        copypasta=CopypastaSettings(window_s=0), duplicates=DuplicatesSettings(window_s=0)
    )
    pipeline = Pipeline.build(off)
    ann = {"author": "Ann", "author_id": "1"}
    assert [said(pipeline, PASTA, n, **ann) for n in range(3)] == [None] * 3
