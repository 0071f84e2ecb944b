"""Web addresses in chat."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.text import LinksSettings
from tests.filter.rules import apply

LINKS = [
    "see https://a.b/c?x=1",
    "HTTP://EXAMPLE.COM",
    "WWW.example.org now",
    "bit.ly/x",
    "example.com",
    "go to Example.Com.",
    "看example.com吧",
    "twitch.tv/foo",
    "discord.gg/abc",
    "t.me/foo",
    "sub.domain.co.uk/path",
    "mail me: someone@example.org",
    "ftp://host/file",
    "javascript:alert(1)",
    "data:text/html,x",
    "10.0.0.1:8080",
    "192.168.0.1/admin",
    "пример.рф",
    "例子.中国",
    "münchen.de",
    "xn--80ak6aa92e.com",
    "ｅｘａｍｐｌｅ．ｃｏｍ",
    "example。com",
    "example[.]com",
    "evil(dot)com",
    "@example.com",
    "BV1xx411c7mD",
]


def links(**fields: object) -> FilterSettings:
    return FilterSettings(links=LinksSettings(**fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", LINKS)
def test_links_are_rejected_unless_allowed(text: str) -> None:
    assert apply("links", text).startswith("<contains a link (")
    assert apply("links", text, links(mode="speak")) == text


@pytest.mark.parametrize(
    "text",
    [
        "pi is 3.14",
        "try v2.0.1",
        "1.2.3.4 is four numbers",
        "hello.world",
        "wait...what",
        "ok.so we go",
        "no.me too",
        "e.g. this",
        "Mr.Smith",
        "a.b",
        "node.js",
        "main.py and readme.md",
        "我用的.net框架",
        "你好。中国加油",
        "score 3:2",
        "and/or",
        "data: none",
        "http is a protocol",
        "wwww",
        "草www",
        "mail @ home",
    ],
)
def test_what_only_looks_like_a_link_is_spoken(text: str) -> None:
    assert apply("links", text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("see https://a.b/c?x=1 now", "see link now"),
        ("mail some.one+x@example.org!", "mail link !"),
        ("看example.com吧", "看 link 吧"),
        ("(example.com)", "( link )"),
        ("https://example.com.", "link ."),
        ("a.com b.com", "link link"),
    ],
)
def test_a_word_stands_for_a_link(text: str, said: str) -> None:
    assert apply("links", text, links(mode="word")) == said


def test_a_link_can_be_left_out() -> None:
    assert apply("links", "see https://a.b/c now", links(mode="remove")) == "see now"
    assert apply("links", "https://a.b/c", links(mode="remove")) == "<only a link>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("watch https://www.youtube.com/watch?v=x now", "watch youtube.com now"),
        ("m.youtube.com", "youtube.com"),
        ("notyoutube.com", "<contains a link (notyoutube.com)>"),
        ("youtube.com.evil.ru", "<contains a link (youtube.com.evil.ru)>"),
        ("http://youtube.com@evil.ru/", "<contains a link (http://youtube.com@evil.ru/)>"),
        ("youtube.com evil.ru", "<contains a link (evil.ru)>"),
    ],
)
def test_links_to_allowed_domains_are_said_as_the_domain(text: str, said: str) -> None:
    assert apply("links", text, links(allow=("YouTube.com",))) == said


@given(text=st.text(st.sampled_from("0123456789. "), max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_link_is_never_found_in_plain_numbers(text: str) -> None:
    numbers = re.sub(r"\s+", " ", text) + "3.14 2.0.1"
    assert apply("links", numbers) == numbers
