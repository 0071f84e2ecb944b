"""What is said around a text."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_bus import SettingsError
from ishowtts_filter.speech.template import FIELDS, Template

DEFAULT = Template.parse("{author} says: {text}")
GIFT = Template.parse("{author} gives[ {recipient}] {name}[ times {count}][: {text}]")


def render(template: Template, **fields: str) -> str:
    return template.render(dict.fromkeys(FIELDS, "") | fields)


def test_the_author_is_named() -> None:
    assert render(DEFAULT, author="Ann", text="hello") == "Ann says: hello"
    around = Template.parse("“{text}” ({author}) 100%")
    assert render(around, author="Ann", text="hi") == "“hi” (Ann) 100%"


@pytest.mark.parametrize(
    ("fields", "spoken"),
    [
        ({"count": "1"}, "Ann gives Rose"),
        ({"count": "0"}, "Ann gives Rose"),
        ({"count": "5"}, "Ann gives Rose times 5"),
        ({"count": "5", "text": "for you"}, "Ann gives Rose times 5: for you"),
        ({"recipient": "Bob"}, "Ann gives Bob Rose"),
        ({"name": ""}, "Ann gives"),
        ({"name": "", "text": "hi"}, "Ann gives : hi"),
    ],
)
def test_a_part_in_brackets_is_left_out_where_its_field_is_empty(
    fields: dict[str, str], spoken: str
) -> None:
    assert render(GIFT, **{"author": "Ann", "name": "Rose", **fields}) == spoken


@pytest.mark.parametrize(
    ("source", "spoken"),
    [
        ("{author} says: {text}", "Ann says"),
        ("{author}说：{text}", "Ann说"),
        ("{text} - from {author}", "from Ann"),
        ("{author} gives  {name}  to {recipient}!", "Ann gives to !"),
    ],
)
def test_without_text_nothing_is_left_hanging(source: str, spoken: str) -> None:
    assert render(Template.parse(source), author="Ann") == spoken


@pytest.mark.parametrize(
    "trick", ["{text}", "{author}", "{0}", "{author.__class__}", "%s", "{{}}", "[{text}]", "\\1"]
)
def test_names_and_texts_are_never_read_as_fields(trick: str) -> None:
    assert render(DEFAULT, author=trick, text=trick) == f"{trick} says: {trick}"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{user}: {text}", r"no field \{user\}"),
        ("{autor}: {text}", r"no field \{autor\}; did you mean \{author\}\?"),
        ("{author.name}: {text}", r"no field \{author.name\}; did you mean \{author\}\?"),
        ("{}: {text}", r"no field \{\}; there are \{author\} \{text\}"),
        ("{author: {text}", "every { needs its }"),
        ("author}: {text}", "every { needs its }"),
        ("[{author: {text}", "every { needs its }"),
        ("[{author}[: {text}]]", r"no \[ \] stands in another"),
        ("{author}]: {text}", r"every \[ its \]"),
        ("[really] {text}", r"\[really\] has no field"),
        ("{text} {text}", r"\{text\} must stand in it once"),
        ("hello", r"\{text\} must stand in it once"),
    ],
)
def test_a_template_that_makes_no_sense_is_said_with_its_key(source: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=rf"^filter\.templates\.chat: .*{sentence}"):
        Template.parse(source, "filter.templates.chat", needs_text=True)


def test_a_text_for_which_there_is_no_place_is_not_said() -> None:
    assert render(Template.parse("{author} raids!"), author="Ann", text="hi") == "Ann raids!"


def test_only_the_words_around_the_text_are_polished() -> None:
    fields = dict.fromkeys(FIELDS, "") | {"author": "Ann", "count": "5", "text": "5 x 5"}
    template = Template.parse("{author} {count}: {text} ({count})")
    polished = template.render(fields, lambda words: words.replace("5", "five"))
    assert polished == "Ann five: 5 x 5 (five)"


NAMES = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=12)
LITERALS = st.text(string.ascii_letters + " :,!", max_size=8)
PARTS = st.one_of(LITERALS, st.sampled_from([f"{{{name}}}" for name in FIELDS if name != "text"]))
SOURCES = st.tuples(st.lists(PARTS, max_size=5), st.lists(PARTS, max_size=5)).map(
    lambda halves: f"{''.join(halves[0])}{{text}}{''.join(halves[1])}"
)


@settings(deadline=None, max_examples=100)
@given(SOURCES, st.fixed_dictionaries(dict.fromkeys(FIELDS, NAMES)))
def test_every_field_is_said_as_it_is_and_where_it_stands(
    source: str, fields: dict[str, str]
) -> None:
    spoken = Template.parse(source).render(fields)
    at = 0
    for name in [part.partition("}")[0] for part in source.split("{")[1:]]:
        at = spoken.index(fields[name], at) + len(fields[name])
    assert "  " not in spoken
