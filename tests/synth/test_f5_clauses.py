import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_synth.f5.clauses import Clause, is_speakable, split

TEXTS = st.text(st.sampled_from("ab c，。！,.!? 你好😀\n\u200d"), max_size=120)


def texts(text: str, most_bytes: int = 100, first_bytes: int = 0) -> list[str]:
    clauses = split(text, most_bytes=most_bytes, first_bytes=first_bytes)
    return [clause.text for clause in clauses]


@pytest.mark.parametrize("text", ["gg", "你好", "hello there", "主播今天好厉害啊，加油！"])
def test_a_chat_message_is_one_clause(text: str):
    assert texts(text, first_bytes=40) == [text]


def test_text_is_parted_at_punctuation_as_much_together_as_fits():
    assert texts("One two. Three, four! Five six seven?", 22) == [
        "One two. Three, four!",
        "Five six seven?",
    ]
    assert texts("今天天气很好，我们去公园玩吧。好不好？", 45) == [
        "今天天气很好，我们去公园玩吧。",
        "好不好？",
    ]


def test_a_number_is_not_parted_at_its_point():
    assert texts("Pi is 3.14159 and 1,000 more", 12)[1].startswith("3.14159")


def test_the_first_clause_may_be_shorter():
    text = "Well, hello everybody. " + "This goes on and on, " * 8
    first, *others = texts(text, 120, 25)
    assert first == "Well, hello everybody."
    assert max(map(len, others)) > 60


def test_the_first_clause_is_not_so_short_that_it_would_be_drawled():
    assert texts("Hi, " + "this goes on and on, " * 4, 150, 5)[0] == "Hi, this goes on and on,"


def test_no_scrap_is_left_behind_a_short_first_clause():
    assert texts("Hello everybody out there, yes.", 150, 20) == ["Hello everybody out there, yes."]


def test_text_without_punctuation_is_parted_at_spaces_and_without_those_anywhere():
    assert all(len(one) <= 50 for one in texts("on and on " * 50, 50))
    assert not any(one.startswith("n ") for one in texts("on and on " * 50, 50))
    assert "".join(texts("好" * 5000, 90)) == "好" * 5000
    assert set(map(len, texts("好" * 5000, 90))) == {30, 20}


@pytest.mark.parametrize(
    "text", ["", "  \n", "😀😀", "👩‍👩‍👧 🏳️‍🌈", "?!...", "\x00\ud800", "。", "😀!"]
)
def test_where_nothing_can_be_said_there_is_no_clause(text: str):
    assert not is_speakable(text)
    assert texts(text) == []


def test_emoji_and_control_characters_are_not_said():
    assert texts("gg\x07 😀😀 wp 👍🏽!") == ["gg wp !"]
    assert texts("a\ud800b") == ["a b"]


def test_each_clause_knows_where_it_begins():
    text = "  😀 Hello there, friend.  And now:\n the news."
    clauses = split(text, most_bytes=22)
    assert clauses == [
        Clause(4, "Hello there, friend."),
        Clause(26, "And now: the news."),
    ]
    assert text[clauses[1].start :].startswith("And now")


@given(TEXTS, st.integers(20, 80), st.integers(0, 60))
@settings(deadline=None, max_examples=150)
def test_nothing_that_can_be_said_is_lost_or_said_twice(text: str, most: int, first: int):
    clauses = split(text, most_bytes=most, first_bytes=first)
    said = "".join(char for clause in clauses for char in clause.text if char.isalnum())
    assert said == "".join(char for char in text if char.isalnum())
    assert all(len(clause.text.encode()) <= most for clause in clauses)
    starts = [clause.start for clause in clauses]
    assert starts == sorted(set(starts))
    assert all(text[clause.start] == clause.text[0] for clause in clauses)
