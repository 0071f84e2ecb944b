"""What subtitles show of what is said."""

import pytest

from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.intake import Intake
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.words import BannedKeywordsSettings
from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import ChatEvent
from tests.filter.fakes import message

THIRTY = ChatEvent(amount=30.0, currency="CNY")


@pytest.fixture
def intake() -> Intake:
    banned = BannedKeywordsSettings(keywords=("badword", "million"))
    return Intake.build(FilterSettings(banned_keywords=banned), SynthTable())


def read(
    intake: Intake, text: str, kind: str = "chat", event: ChatEvent | None = None
) -> Utterance:
    decision = intake.read(message(text, kind=kind, event=event), 0.0, 0)  # type: ignore[arg-type]
    assert isinstance(decision, Utterance), decision
    return decision


def test_a_text_is_shown_alone_and_an_event_as_it_is_said(intake: Intake) -> None:
    assert read(intake, "hello").display_text == "hello"
    assert read(intake, "", "raid").display_text == "Ann raids the channel"


def test_numbers_are_shown_as_they_were_written(intake: Intake) -> None:
    chat = read(intake, "3.5kg  of ｍｅａｔ for $5")
    assert chat.spoken == "Ann says: three point five kilograms of meat for five dollars"
    assert chat.display_text == "3.5kg of meat for $5"
    paid = read(intake, "2 of them", "super_chat", THIRTY)
    assert paid.spoken == "Ann sends thirty yuan: two of them"
    assert paid.display_text == "Ann sends 30 CNY: 2 of them"


def test_what_is_shown_is_cut_as_what_is_spoken(intake: Intake) -> None:
    long = read(intake, " ".join(f"{count} of them, " for count in range(99)))
    assert 200 < len(long.display_text) <= 280
    assert long.display_text.startswith("0 of them, 1 of them,")
    assert "two of them" in long.spoken


@pytest.mark.parametrize("text", ["1 badword", "1000000 times"])
def test_text_that_is_not_said_is_not_shown(intake: Intake, text: str) -> None:
    assert read(intake, text, "super_chat", THIRTY).display_text == "Ann sends 30 CNY"


def test_gifts_in_one_are_shown_with_their_count(intake: Intake) -> None:
    rose = ChatEvent(name="Rose", count=2)
    gifts = [read(intake, text, "gift", rose) for text in ("", "5kg", "")]
    whole = intake.wording.merge(gifts)
    assert whole.spoken == "Ann gives Rose times six: five kilograms"
    assert whole.display_text == "Ann gives Rose times 6: 5kg"
