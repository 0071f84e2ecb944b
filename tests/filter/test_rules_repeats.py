"""What is repeated, and laughter."""

import pytest

from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.text import RepeatsSettings
from tests.filter.rules import apply


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a" * 500, "aaa"),
        ("noooooooo!!!!!!", "nooo!!!"),
        ("AaAaAaAaAa", "AaA"),
        ("！！！！！！", "！！！"),
        ("aaa bbb 111111", "aaa bbb 111111"),
        ("1000000000", "1000000000"),
        ("lol lol lol lol LOL lol!", "lol lol lol"),
        ("W W W W W", "W W W"),
        ("no, no, no, no, no", "no, no, no,"),
        ("go team go team go team go team", "go team go team"),
        ("a b a b a", "a b a b a"),
        ("加油加油加油加油加油", "加油加油加油"),
        ("冲冲冲冲冲", "冲冲冲"),
        ("今天的直播真的很好看啊" * 6, "今天的直播真的很好看啊" * 2),
        ("abcabcabcabcabc", "abcabcabc"),
        ("the cat and the dog and the bird", "the cat and the dog and the bird"),
        ("bye bye", "bye bye"),
        ("one three eight eight eight eight eight", "one three eight eight eight eight eight"),
        ("call 1 3 8 8 8 8 8 8, ok?", "call 1 3 8 8 8 8 8 8, ok?"),
        ("one two one two one two", "one two one two one two"),
        ("one one one one one", "one one one"),
        ("加我幺三八八八八八八", "加我幺三八八八八八八"),
        ("六六六六六六", "六六六"),
        ("一一得一", "一一得一"),
    ],
)
def test_what_is_repeated_is_said_a_few_times(text: str, said: str) -> None:
    assert apply("repeats", text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("哈哈哈哈哈哈哈哈", "哈哈哈"),
        ("笑死2333333", "笑死哈哈哈"),
        ("2333", "哈哈哈"),
        ("主播6666666", "主播六六六"),
        ("6666666", "六六六"),
        ("666块钱，房间号2333", "666块钱，房间号2333"),
        ("it costs 6666 or 2333", "it costs 6666 or 2333"),
        ("666", "666"),
        ("草wwww", "草笑"),
        ("すごいｗｗｗｗ", "すごいｗｗｗ"),
        ("すごいwwww", "すごいわら"),
        ("wwww", "わら"),
        ("awww", "awww"),
        ("WWWW big win", "WWW big win"),
        ("ㅋㅋㅋㅋㅋㅋ", "크크크"),
        ("진짜ㅎㅎㅎㅎ", "진짜하하하"),
        ("kkkkkkk", "hahaha"),
        ("笑死我了hhhhh", "笑死我了哈哈哈"),
        ("hhhh ok", "hahaha ok"),
        ("HAHAHAHAHAHA", "hahaha"),
        ("ahahahahha", "hahaha"),
        ("jajajajaja que bueno", "jajaja que bueno"),
        ("xaxaxaxa", "hahaha"),
        ("хахахахаха", "хахаха"),
        ("lololololol", "lol"),
        ("55555 สนุก", "ฮ่าฮ่าฮ่า สนุก"),
        ("haha ok", "haha ok"),
        ("Hawaii, banana, hooray", "Hawaii, banana, hooray"),
    ],
)
def test_laughter_is_short(text: str, said: str) -> None:
    assert apply("repeats", text) == said


def test_each_limit_can_be_switched_off() -> None:
    off = RepeatsSettings(max_chars=0, max_words=0, max_phrases=0, laughter=False)
    for text in ("aaaaaaaa", "lol " * 8 + "x", "哈哈哈哈哈", "hahahahaha", "加油加油加油加油"):
        assert apply("repeats", text, FilterSettings(repeats=off)) == text


def test_the_limits_are_the_settings() -> None:
    two = FilterSettings(repeats=RepeatsSettings(max_chars=2, max_words=1, max_phrases=1))
    assert apply("repeats", "noooo", two) == "noo"
    assert apply("repeats", "hey hey hey you", two) == "hey you"
    assert apply("repeats", "go team go team go", two) == "go team go"
