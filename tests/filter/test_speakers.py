"""A name is said when somebody else speaks."""

import pytest
from msgspec.structs import replace

from ishowtts_filter.dispatch.speakers import Speakers
from ishowtts_filter.utterance import Ended, Utterance
from tests.filter.fakes import utterance


def said(author: str = "ann", room: str = "main", nameless: str = "hello") -> Utterance:
    named = utterance(room, author)
    return replace(named, spoken=f"{author} says: hello", nameless=nameless)


def test_the_name_is_said_when_the_speaker_changes() -> None:
    speakers = Speakers(again_s=60.0)
    words = [speakers.words(said(author), 1.0) for author in ("ann", "ann", "bob", "ann", "ann")]
    assert words == ["ann says: hello", "hello", "bob says: hello", "ann says: hello", "hello"]


def test_rooms_know_their_own_speakers() -> None:
    speakers = Speakers(again_s=60.0)
    assert speakers.words(said(), 1.0) == "ann says: hello"
    assert speakers.words(said(room="other"), 1.0) == "ann says: hello"
    assert speakers.words(said(), 1.0) == "hello"


def test_after_a_while_it_is_said_again_however_much_was_said_since() -> None:
    speakers = Speakers(again_s=60.0)
    words = [speakers.words(said(), at) for at in (0.0, 30.0, 59.0, 60.0, 61.0)]
    assert [one == "hello" for one in words] == [False, True, True, False, True]


def test_what_has_one_wording_is_said_in_it() -> None:
    speakers = Speakers(again_s=60.0)
    for _ in range(2):
        assert speakers.words(said(nameless=""), 1.0) == "ann says: hello"
    assert speakers.words(said(), 1.0) == "hello"


@pytest.mark.parametrize(("outcome", "words"), [("spoken", "hello"), ("failed", "ann says: hello")])
def test_a_name_that_may_not_have_been_heard_is_said_again(outcome: str, words: str) -> None:
    speakers = Speakers(again_s=60.0)
    first = said()
    speakers.words(first, 1.0)
    speakers.on_ended(Ended(first, outcome))  # type: ignore[arg-type]
    assert speakers.words(said(), 2.0) == words


def test_an_end_of_long_ago_changes_nothing() -> None:
    speakers = Speakers(again_s=60.0)
    first = said()
    speakers.words(first, 1.0)
    speakers.words(said(), 2.0)
    speakers.on_ended(Ended(first, "failed"))
    assert speakers.words(said(), 3.0) == "hello"
