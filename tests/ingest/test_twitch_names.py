"""What people paste for a channel or a token."""

import pytest

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.twitch.names import normalise_login, normalise_token


@pytest.mark.parametrize(
    "typed",
    [
        *("ann_1", "Ann_1", "#ann_1", "@Ann_1", "  ann_1\n"),
        *("twitch.tv/ann_1", "https://www.twitch.tv/Ann_1", "http://m.twitch.tv/ann_1/"),
        *(
            "https://www.twitch.tv/Ann_1?x=1&y=2",
            "https://twitch.tv/ann_1/about#top",
            "/Ann_1/about",
        ),
        *(
            "https://www.twitch.tv/popout/ann_1/chat?popout=",
            "https://www.twitch.tv/moderator/ann_1",
        ),
        *("https://dashboard.twitch.tv/u/ann_1/stream-manager", "/ann_1?x"),
    ],
)
def test_a_channel_is_found_in_what_people_paste(typed: str) -> None:
    assert normalise_login(typed) == "ann_1"


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "#", "@", "a b", "ann\r\nJOIN #bob", "ann\nbob", "a\x00b", "ann,bob", "a" * 26),
        *(
            "安",
            "ＡＮＮ",
            "\u212aate",
            "ann!",
            "a/b",
            "https://evil.example/ann",
            "https://twitch.tv/",
        ),
        *(
            "https://twitch.tv/an\nn",
            "https://twitch.tv.evil.example/ann",
            "https://[bad/ann",
            "../x",
        ),
        *("https://www.twitch.tv/popout", "twitch.tv"),
    ],
)
def test_what_is_no_channel_is_refused_in_one_sentence(typed: str) -> None:
    with pytest.raises(SourceError, match="is no Twitch channel") as refused:
        normalise_login(typed)
    assert "\n" not in str(refused.value)


def test_a_long_mistake_is_not_repeated_whole() -> None:
    with pytest.raises(SourceError) as refused:
        normalise_login("x" * 10_000)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "abc123",
            "oauth:abc123",
            " OAuth:abc123\n",
            "Bearer abc123",
            "bearer  abc123",
            "OAuth abc123",
        ),
        "#access_token=abc123&scope=chat%3Aread&token_type=bearer",
        "http://localhost:3000/#access_token=abc123&scope=chat%3Aread",
    ],
)
def test_a_token_is_found_in_what_people_paste(typed: str) -> None:
    assert normalise_token(typed) == "abc123"


def test_no_token_is_no_token() -> None:
    assert normalise_token("  ") == ""


@pytest.mark.parametrize("typed", ["abc\r\nJOIN #x", "a b", "abc;def", "oauth:a:b", "中"])
def test_a_wrong_token_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(SourceError, match="token is no Twitch token") as refused:
        normalise_token(typed)
    assert typed not in str(refused.value)
