"""How names are said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_filter.text.names import same_name, spoken_name


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Ann", "Ann"),
        ("  A\r\nB\x00 ", "A B"),
        ("A\u202enn\u200b", "Ann"),
        ("user_name", "user name"),
        ("xX_DarkLord_2009_Xx", "DarkLord 2009"),
        ("john123456789", "john"),
        ("K4rl", "K4rl"),
        ("O'Brien", "O'Brien"),
        ("𝓢𝓸𝓯𝓲𝓪", "Sofia"),
        ("ʙᴏʙ", "bob"),
        ("z̸̢͝a̷l̶g̵o̷", "zalgo"),
        ("🎉Party🎉", "Party"),
        ("用户", "用户"),
        ("喵喵_42", "喵喵 42"),
        ("مريم", "مريم"),
        ("a" * 40, "aaa"),
        ("Nguyễn Thị Hồng Nhung Trần Văn Dũng", "Nguyễn Thị Hồng Nhung Trần Văn D"),
        ("a/+/#", "a"),
        ("__", ""),
        ("1" * 25, ""),
        ("", ""),
        ("🎉🎉", ""),
        ("\ud800", ""),
    ],
)
def test_a_name_is_said_as_a_person_would(name: str, spoken: str) -> None:
    assert spoken_name(name, 32) == spoken


@pytest.mark.parametrize(
    ("one", "other"), [("Ann", "@ANN"), ("Ａnn", "ann"), ("user name", "User Name")]
)
def test_a_mention_means_a_name_however_it_is_written(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(("one", "other"), [("Ann", "Anna"), ("", "@")])
def test_other_names_are_others(one: str, other: str) -> None:
    assert not same_name(one, other)


@given(st.text(st.characters(codec=None)), st.integers(1, 64))
@settings(deadline=None)
def test_any_name_can_be_sent(name: str, limit: int) -> None:
    spoken = spoken_name(name, limit)
    assert len(spoken) <= limit
    assert spoken.encode() or not spoken
    assert spoken == " ".join(spoken.split())
    assert any(map(str.isalnum, spoken)) or not spoken
