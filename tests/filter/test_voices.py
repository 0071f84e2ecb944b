"""Who is spoken by which voice."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from ishowtts_filter.draft import Draft
from ishowtts_filter.settings.speech import VoicesSettings
from ishowtts_filter.speech.voices import VoiceChooser, Wish, ranked
from ishowtts_schemas import ChatEvent

EVERYTHING = VoicesSettings(
    authors={"Ann": "for-ann"},
    events={"cheer": "for-cheers", "raid": "for-raids"},
    roles={"vip": "for-vips", "moderator": "for-moderators"},
    languages={"zh": "for-chinese", "en": "for-english"},
    sticky=("first", "second", "third"),
)


class Voices:
    """A chooser over some settings, with what it was told and what it says."""

    def __init__(
        self,
        settings: VoicesSettings,
        chosen: dict[str, str] | None = None,
        missing: tuple[str, ...] = (),
    ) -> None:
        self.unheard: list[Wish] = []
        self.chooser = VoiceChooser.build(
            settings,
            (chosen or {}).get,
            lambda voice, _engine: voice not in missing,
            self.unheard.append,
        )

    def choose(self, text: str = "", **fields: object) -> str | None:
        fields = {"author": "Zoe", "author_id": "7", "platform": "twitch", **fields}
        return self.chooser.choose(Draft(text=text, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "voice"),
    [
        ({"voice": "asked-for", "author": "Ann"}, "asked-for"),
        ({"author": "Ann", "author_id": "42"}, "chosen"),
        ({"author": "Ann", "roles": ("moderator",), "kind": "raid"}, "for-ann"),
        ({"author": "ＡＮＮ"}, "for-ann"),
        ({"login": "ann"}, "for-ann"),
        ({"kind": "raid", "roles": ("moderator",)}, "for-raids"),
        ({"event": ChatEvent(amount=5.0, currency="bits")}, "for-cheers"),
        ({"roles": ("vip", "moderator")}, "for-moderators"),
        ({"roles": ("vip",), "text": "你好"}, "for-vips"),
        ({"text": "今天好开心"}, "for-chinese"),
        ({"text": "what a lovely day"}, "for-english"),
        ({"text": "", "channel_voice": "the-channels"}, "sticky"),
        ({"author": "", "author_id": None, "channel_voice": "the-channels"}, "the-channels"),
        ({"author": "", "author_id": None}, None),
    ],
)
def test_the_first_wish_that_applies_is_fulfilled(
    fields: dict[str, object], voice: str | None
) -> None:
    chosen = Voices(EVERYTHING, {"twitch:42": "chosen"}).choose(**fields)  # type: ignore[arg-type]
    assert chosen in EVERYTHING.sticky if voice == "sticky" else chosen == voice


def test_a_voice_that_nobody_has_falls_through_and_is_told() -> None:
    voices = Voices(EVERYTHING, {"twitch:42": "gone"}, ("gone", "for-ann", "for-vips"))
    voice = voices.choose("今天好开心", author="Ann", author_id="42", roles=("vip",))
    assert voice == "for-chinese"
    assert voices.unheard == [
        Wish("gone", "chosen"),
        Wish("for-ann", "authors"),
        Wish("for-vips", "roles"),
    ]


def test_an_explicit_wish_is_not_changed_even_if_nobody_has_it() -> None:
    voices = Voices(EVERYTHING, missing=("miao",))
    assert voices.choose(voice="miao") == "miao"
    assert voices.unheard == []


def test_without_any_settings_there_is_no_wish() -> None:
    assert Voices(VoicesSettings()).choose("今天好开心", roles=("broadcaster",)) is None


def test_an_id_goes_before_a_name_that_somebody_else_may_take() -> None:
    settings = VoicesSettings(authors={"42": "by-id", "Ann": "by-name", "twitch:43": "by-key"})
    voices = Voices(settings)
    assert voices.choose(author="Ann", author_id="42") == "by-id"
    assert voices.choose(author="Ann", author_id="43") == "by-key"
    assert voices.choose(author="Ann", author_id="44") == "by-name"


def test_a_missing_sticky_voice_is_replaced_by_the_authors_next() -> None:
    pool = ("first", "second", "third")
    order = ranked(pool, "twitch:7")
    voices = Voices(VoicesSettings(sticky=pool), missing=(order[0],))
    assert voices.choose() == order[1]


NAMES = st.text("abcdefghij", min_size=1, max_size=4)
POOLS = st.lists(NAMES, min_size=1, max_size=8, unique=True).map(tuple)


@run(deadline=None, max_examples=100)
@given(POOLS, st.text(max_size=20))
def test_an_author_keeps_a_voice_whatever_the_order_of_the_pool(
    pool: tuple[str, ...], author: str
) -> None:
    assert ranked(pool, author) == ranked(tuple(reversed(pool)), author)


@run(deadline=None, max_examples=100)
@given(POOLS, NAMES, st.text(max_size=20))
def test_a_voice_that_is_added_takes_authors_for_itself_alone(
    pool: tuple[str, ...], new: str, author: str
) -> None:
    before, after = ranked(pool, author)[0], ranked((*pool, new), author)[0]
    assert after in (before, new)


def test_authors_are_spread_over_the_pool() -> None:
    pool = ("a", "b", "c", "d")
    shares = Counter(ranked(pool, f"twitch:{number}")[0] for number in range(1000))
    assert set(shares) == set(pool)
    assert min(shares.values()) > 150
