"""Gifts that come again and again are said once, and each message has its one end."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st
from msgspec.structs import replace

from ishowtts_filter.actions import Ask, Cancel
from ishowtts_filter.dispatch.dispatcher import Dispatcher, SpeechPolicy
from ishowtts_filter.dispatch.queue import Among
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.journal.records import Asked
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_filter.settings.speech import GiftsSettings
from ishowtts_filter.speech.wording import Wording
from ishowtts_filter.utterance import Ended, Utterance
from ishowtts_schemas import ChatEvent, SpeechDone, SpeechTaken
from tests.filter.fakes import synth_info, synth_state, utterance

WORDING = Wording.build(FilterSettings(rules=()))


def gift(
    name: str = "Rose", author: str = "ann", room: str = "main", *, count: int = 1, **fields: object
) -> Utterance:
    event = ChatEvent(name=name, count=count, amount=count * 0.5, currency="CNY")
    one = replace(utterance(room, author, "paid", text=""), kind="gift", event=event, **fields)
    return WORDING.word(one)


class Show:
    """A dispatcher with a synth that takes all it is asked."""

    def __init__(self, *, slots: int = 1, capacity: int = 512, merges: bool = True) -> None:
        synths = SynthTable()
        policy = SpeechPolicy(
            gifts=GiftsSettings(window_s=3.0 if merges else 0.0, longest_s=10.0),
            merge=WORDING.merge,
        )
        settings = QueueSettings(lead_s=0, rate_limit_per_sec=0, capacity=capacity)
        self.dispatcher = Dispatcher(settings, synths, None, policy)
        self.dispatcher.on_synth_info(synth_info(slots=slots))
        self.dispatcher.on_synth_state(synth_state(), 0.0)
        self.asks: list[Ask] = []
        self.ends: list[Ended] = []

    def give(self, *gifts: Utterance, at: float = 0.0) -> None:
        for one in gifts:
            self.dispatcher.submit(one, at)
        self.poll(at)

    def poll(self, at: float) -> None:
        for action in self.dispatcher.poll(at):
            if isinstance(action, Ask):
                self.asks.append(action)
                self._take(action, at)
            elif isinstance(action, Ended):
                self.ends.append(action)
            elif isinstance(action, Cancel):
                self._stop(action.utterance_id, action.attempt or 1, "cancelled", at)

    def finish(self, ask: Ask, at: float) -> None:
        self._stop(ask.utterance.id, ask.attempt, "done", at)
        self.poll(at)

    def _take(self, ask: Ask, at: float) -> None:
        taken = SpeechTaken(
            utterance_id=ask.utterance.id, attempt=ask.attempt, instance="1", incarnation=1
        )
        self.dispatcher.on_taken(taken, at)

    def _stop(
        self, utterance_id: str, attempt: int, outcome: Literal["done", "cancelled"], at: float
    ) -> None:
        done = SpeechDone(
            utterance_id=utterance_id,
            attempt=attempt,
            instance="1",
            outcome=outcome,
            audio_ms=10.0,
            synth_ms=1.0,
        )
        self.dispatcher.on_done(done, at)

    @property
    def said(self) -> list[str]:
        return [ask.text for ask in self.asks]

    def outcomes(self) -> dict[str, str]:
        return {end.utterance.id: end.outcome for end in self.ends}


def ids(gifts: Sequence[Utterance]) -> set[str]:
    return {one.id for one in gifts}


def test_gifts_within_the_window_are_one_utterance_with_their_sum() -> None:
    show = Show()
    gifts = [gift(count=count) for count in (1, 2, 5)]
    for number, one in enumerate(gifts):
        show.give(one, at=float(number))
    show.poll(4.9)
    assert show.said == []
    show.poll(5.0)
    assert show.said == ["ann gives Rose times 8"]
    (ask,) = show.asks
    assert (ask.utterance.id, ask.utterance.merged) == (gifts[0].id, (gifts[1].id, gifts[2].id))
    assert ask.utterance.event is not None
    assert ask.utterance.event.amount == 4.0


def test_each_message_ends_as_the_one_that_carries_it() -> None:
    show = Show()
    gifts = [gift(), gift()]
    show.give(*gifts)
    show.poll(3.0)
    show.finish(show.asks[0], 4.0)
    assert [(end.utterance.id, end.outcome, end.reason) for end in show.ends] == [
        (gifts[0].id, "spoken", ""),
        (gifts[1].id, "spoken", f"merged into {gifts[0].id}"),
    ]


def test_the_first_one_is_not_held_back_for_ever() -> None:
    show = Show()
    for number in range(10):
        show.give(gift(), at=number * 2.0)
    assert show.said[0] == "ann gives Rose times 5"
    assert show.asks[0].utterance.expires_at == 60.0


def test_the_timer_knows_when_the_window_ends() -> None:
    show = Show()
    show.give(gift(), at=0.1)
    woken = [0.1]
    while not show.asks:
        wake_at = show.dispatcher.next_wake(woken[-1])
        assert wake_at is not None
        woken.append(wake_at)
        show.poll(wake_at)
    assert woken[-1] == 3.1


@pytest.mark.parametrize(
    "other",
    [gift("Lily"), gift(author="bob"), gift(room="other"), gift(platform="youtube")],
    ids=["gift", "author", "room", "platform"],
)
def test_different_gifts_stay_apart(other: Utterance) -> None:
    show = Show(slots=2)
    show.give(gift(), other)
    show.poll(3.0)
    assert len(show.said) == 2


def test_without_a_window_each_gift_is_said_at_once() -> None:
    show = Show(slots=2, merges=False)
    show.give(gift(), gift())
    assert show.said == ["ann gives Rose", "ann gives Rose"]


def test_what_is_being_spoken_takes_no_more() -> None:
    show = Show(slots=2)
    show.give(gift(), at=0.0)
    show.poll(3.0)
    show.give(gift(), at=3.5)
    show.poll(6.5)
    assert show.said == ["ann gives Rose", "ann gives Rose"]


def test_a_held_gift_holds_up_nobody_else() -> None:
    show = Show()
    show.give(gift(), utterance(author="bob", text="hello"))
    assert show.said == ["hello"]


@pytest.mark.parametrize("deleted", [0, 1, 2])
def test_a_deleted_gift_leaves_the_others(deleted: int) -> None:
    show = Show()
    gifts = [gift(), gift(), gift()]
    show.give(*gifts)
    gone = gifts[deleted]
    show.dispatcher.cancel(
        lambda one: one.message_id == gone.message_id,
        "deleted",
        1.0,
        Among(message=(gone.platform, gone.message_id)),
    )
    show.poll(3.0)
    assert show.said == ["ann gives Rose times 2"]
    show.finish(show.asks[0], 4.0)
    assert show.outcomes() == {one.id: "spoken" for one in gifts} | {gone.id: "cancelled"}


def test_a_deleted_gift_stops_what_is_being_spoken() -> None:
    show = Show()
    gifts = [gift(), gift()]
    show.give(*gifts)
    show.poll(3.0)
    gone = gifts[1]
    show.dispatcher.cancel(
        lambda one: one.message_id == gone.message_id,
        "deleted",
        3.5,
        Among(message=(gone.platform, gone.message_id)),
    )
    show.poll(3.5)
    assert show.outcomes() == dict.fromkeys(ids(gifts), "cancelled")


def test_an_author_who_is_removed_takes_all_gifts_along() -> None:
    show = Show()
    gifts = [gift(), gift()]
    show.give(*gifts)
    show.dispatcher.cancel(lambda one: one.author_key == "mqtt:ann", "removed", 1.0)
    show.poll(5.0)
    assert show.said == []
    assert show.outcomes() == dict.fromkeys(ids(gifts), "cancelled")


def test_a_gift_after_its_carrier_was_shed_begins_anew() -> None:
    show = Show(capacity=1)
    first, second = gift(), gift()
    show.dispatcher.submit(first, 0.0)
    show.dispatcher.submit(gift("Lily", "bob"), 0.0)
    show.dispatcher.submit(second, 0.0)
    show.poll(0.0)
    show.poll(3.0)
    assert Counter(end.outcome for end in show.ends) == {"shed": 2}
    assert len(show.said) == 1


def test_what_was_merged_before_a_restart_ends_with_its_carrier() -> None:
    show = Show()
    carrier, other = gift(), gift()
    words = "ann gives Rose times 2"
    asked = Asked(
        utterance_id=carrier.id, engine="espeak", voice="en", attempt=1, asked_at_ns=0, words=words
    )
    show.dispatcher.restore_flight(carrier, asked, None, 0.0)
    show.dispatcher.restore_merged(other, carrier.id, 0.0)
    show.poll(5.0)
    assert show.said == [words]
    show.finish(show.asks[0], 6.0)
    assert show.outcomes() == {carrier.id: "spoken", other.id: "spoken"}


def test_a_gift_whose_carrier_is_not_known_any_more_is_said_on_its_own() -> None:
    show = Show()
    other = gift()
    show.dispatcher.restore_merged(other, "gone", 0.0)
    show.poll(3.0)
    assert show.said == ["ann gives Rose"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["give", "wait", "finish", "delete", "clear"]), st.integers(0, 3)),
    max_size=40,
)


@run(deadline=None, max_examples=60)
@given(STEPS, st.integers(1, 4))
def test_whatever_happens_each_gift_has_one_end_and_is_counted_once(
    steps: list[tuple[str, int]], capacity: int
) -> None:
    show, given_, at = Show(capacity=capacity), [], 0.0
    for step, number in steps:
        at += 0.7
        if step == "give":
            given_.append(gift("Rose", "ann" if number else "bob"))
            show.give(given_[-1], at=at)
        elif step == "finish" and show.asks:
            show.finish(show.asks[-1], at)
        elif step == "delete" and given_:
            gone = given_[number % len(given_)]
            wanted = (gone.platform, gone.message_id)
            chosen = gone.message_id
            show.dispatcher.cancel(
                lambda one, chosen=chosen: one.message_id == chosen,
                "deleted",
                at,
                Among(message=wanted),
            )
        elif step == "clear":
            show.dispatcher.clear("main", at)
        show.poll(at + 0.1)
    for _ in range(len(given_) + 1):
        at += 11.0
        show.poll(at)
        if show.asks:
            show.finish(show.asks[-1], at)
    at += 100.0
    show.poll(at)
    show.poll(at + 10.0)
    show.dispatcher.cancel_waiting("over")
    show.dispatcher.abandon("over", at)
    show.poll(at)
    assert Counter(end.utterance.id for end in show.ends) == Counter(ids(given_))
    carried = [one for ask in show.asks for one in (ask.utterance.id, *ask.utterance.merged)]
    firsts = [ask for ask in show.asks if ask.attempt == 1]
    counted = sum(ask.utterance.event.count for ask in firsts if ask.utterance.event)
    assert counted == len({*carried})
