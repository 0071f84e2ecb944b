"""What is said around a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts_bus import SettingsError
from ishowtts_filter.template import Template, spoken_name

DEFAULT = Template.parse("{author} says: {text}")


def test_the_author_is_named() -> None:
    assert DEFAULT.render("Ann", "hello") == "Ann says: hello"
    assert Template.parse("{text}").render("Ann", "hello") == "hello"
    assert Template.parse("“{text}” ({author}) 100%").render("Ann", "hi") == "“hi” (Ann) 100%"


def test_without_an_author_only_the_text_is_said() -> None:
    assert DEFAULT.render("", "hello") == "hello"


@pytest.mark.parametrize("trick", ["{text}", "{author}", "{0}", "{author.__class__}", "%s", "{{}}"])
def test_names_and_texts_are_never_read_as_fields(trick: str) -> None:
    assert DEFAULT.render(trick, trick) == f"{trick} says: {trick}"


def test_other_braces_in_a_template_are_literal() -> None:
    odd = Template.parse("{author.name} {0} {{ {author}: {text}")
    assert odd.render("Ann", "hi") == "{author.name} {0} {{ Ann: hi"


@pytest.mark.parametrize(
    "source", ["", "hello", "{author}", "{text} {text}", "{author}{author}{text}"]
)
def test_a_template_needs_its_text_once(source: str) -> None:
    with pytest.raises(SettingsError, match=r"one \{text\}"):
        Template.parse(source)


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Ann", "Ann"),
        ("  A\r\nB\x00 ", "A B"),
        ("A\u202enn\u200b", "Ann"),
        ("__", ""),
        ("", ""),
        ("🎉🎉", ""),
        ("用户", "用户"),
        ("x" * 100, "x" * 32),
        ("\ud800", ""),
    ],
)
def test_names_are_one_bounded_line(name: str, spoken: str) -> None:
    assert spoken_name(name, 32) == spoken


@given(st.text(st.characters(codec=None)), st.integers(1, 64))
def test_any_name_can_be_sent(name: str, limit: int) -> None:
    spoken = spoken_name(name, limit)
    assert len(spoken) <= limit
    assert spoken.encode() or not spoken
