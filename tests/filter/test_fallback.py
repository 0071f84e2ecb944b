"""When an engine fails, hangs or is away: who speaks instead, and from where."""

from ishowtts_filter.actions import Ask, Cancel, Reasked
from ishowtts_filter.flights.circuit import Circuit
from ishowtts_filter.journal.records import Asked, Reached, Taken
from ishowtts_filter.utterance import Ended, Utterance
from ishowtts_schemas import SpeechPart
from tests.filter.fakes import synth_info, utterance
from tests.filter.test_dispatch import Stage, outcomes

TEXT = "The first sentence. The second one."
SECOND = TEXT.index("The second")


def stage_with_clone(*, clone_slots: int = 1) -> Stage:
    """A neural engine with a voice `ann`, and espeak with `en`."""
    stage = Stage(slots=1)
    info = synth_info("clone-1", "clone", ("ann",), slots=clone_slots, default_voice="ann")
    stage.dispatcher.on_synth_info(info)
    stage.synth_health("ready", "clone-1")
    return stage


def ask_clone(stage: Stage) -> Utterance:
    one = stage.submit(voice="ann", text=TEXT)
    (ask,) = stage.poll(Ask)
    assert (ask.engine, ask.voice) == ("clone", "ann")
    return one


def test_an_engine_that_is_away_is_waited_for_a_little_and_then_replaced() -> None:
    stage = stage_with_clone()
    stage.synth_health("offline", "clone-1")
    one = stage.submit(voice="ann")
    assert stage.poll(Ask) == []
    assert stage.poll(Ask, after_s=1.9) == []
    assert stage.poll(Ask, after_s=0.2) == [Ask(one, "espeak", "en", 1, one.spoken)]


def test_an_engine_that_comes_back_in_time_speaks_itself() -> None:
    stage = stage_with_clone()
    stage.synth_health("offline", "clone-1")
    stage.submit(voice="ann")
    assert stage.poll(Ask) == []
    stage.synth_health("ready", "clone-1")
    assert [ask.engine for ask in stage.poll(Ask, after_s=1)] == ["clone"]
    stage.synth_health("offline", "clone-1")
    stage.submit(voice="ann")
    assert stage.poll(Ask, after_s=1.5) == [], "the time away counts anew"


def test_nobody_waits_without_end_although_nothing_else_happens() -> None:
    stage = stage_with_clone()
    one = ask_clone(stage)
    stage.take(one, instance="clone-1")
    stage.synth_health("offline", "clone-1")
    asks = [action for action in stage.run(5) if isinstance(action, Ask)]
    assert [ask.engine for ask in asks][:1] == ["espeak"]


def test_a_busy_engine_is_not_replaced() -> None:
    stage = stage_with_clone()
    ask_clone(stage)
    stage.submit(voice="ann")
    assert stage.poll(Ask, after_s=1) == []


def test_another_voice_goes_on_at_the_clause_that_was_not_heard_whole() -> None:
    stage = stage_with_clone()
    one = ask_clone(stage)
    stage.take(one, instance="clone-1")
    part = SpeechPart(utterance_id=one.id, attempt=1, chars=SECOND, samples=48_000)
    stage.dispatcher.on_part(part)
    stage.synth_health("offline", "clone-1")
    stage.poll(Ask)
    (ask,) = stage.poll(Ask, after_s=2.1)
    assert (ask.engine, ask.attempt) == ("espeak", 2)
    assert ask.text == "The second one."
    assert ask.offset == 48_000


def test_another_voice_goes_on_there_also_after_a_restart_of_the_filter() -> None:
    stage = stage_with_clone()
    one = utterance(voice="ann", text=TEXT, expires_at=stage.now + 60)
    asked = Asked(utterance_id=one.id, engine="clone", voice="ann", attempt=1, asked_at_ns=0)
    taken = Taken(utterance_id=one.id, attempt=1, synth="clone-1", incarnation=1)
    reached = Reached(utterance_id=one.id, attempt=1, chars=SECOND, samples=48_000)
    stage.dispatcher.restore_flight(one, asked, taken, stage.now, reached)
    stage.synth_health("offline", "clone-1")
    stage.poll(Ask)
    (ask,) = stage.poll(Ask, after_s=2.1)
    assert (ask.engine, ask.attempt) == ("espeak", 2)
    assert (ask.text, ask.offset) == ("The second one.", 48_000)


def test_the_same_engine_repeats_all_of_it_sample_for_sample() -> None:
    stage = stage_with_clone()
    one = ask_clone(stage)
    stage.take(one, instance="clone-1")
    stage.dispatcher.on_part(SpeechPart(utterance_id=one.id, attempt=1, chars=SECOND, samples=9))
    stage.fail(one, "engine_error", retryable=True)
    assert stage.poll(Ask) == [Ask(one, "clone", "ann", 2, TEXT)]


def test_what_is_left_without_words_has_been_spoken() -> None:
    stage = stage_with_clone()
    one = ask_clone(stage)
    stage.take(one, instance="clone-1")
    part = SpeechPart(utterance_id=one.id, attempt=1, chars=len(TEXT) - 1, samples=9)
    stage.dispatcher.on_part(part)
    stage.synth_health("offline", "clone-1")
    stage.poll(Ask)
    assert stage.poll(Ask, after_s=2.1) == []
    assert outcomes([a for a in stage.done if isinstance(a, Ended)]) == [(one.id, "spoken")]


def test_news_of_an_attempt_that_was_given_up_moves_nothing() -> None:
    stage = stage_with_clone()
    one = ask_clone(stage)
    stage.take(one, instance="clone-1")
    stage.fail(one, "engine_error", retryable=True)
    stage.poll(Ask)
    stage.dispatcher.on_part(SpeechPart(utterance_id=one.id, attempt=1, chars=SECOND, samples=9))
    stage.take(one, 2, instance="clone-1")
    stage.synth_health("offline", "clone-1")
    stage.poll(Ask)
    (ask,) = stage.poll(Ask, after_s=2.1)
    assert (ask.text, ask.offset) == (TEXT, 0)


def test_an_engine_that_hangs_is_not_asked_for_the_same_again() -> None:
    stage = stage_with_clone()
    one = ask_clone(stage)
    stage.take(one, instance="clone-1")
    (ask,) = stage.poll(Ask, after_s=10)
    assert (ask.engine, ask.attempt) == ("espeak", 2)
    assert Cancel(one.id, "clone", "the synth took too long", 1) in stage.done


def test_an_engine_that_never_answers_is_replaced() -> None:
    stage = stage_with_clone()
    ask_clone(stage)
    assert [ask.engine for ask in stage.poll(Ask, after_s=2.1)] == ["clone"]
    assert [ask.engine for ask in stage.poll(Ask, after_s=2.1)] == ["espeak"]


def test_after_three_failures_the_engine_gets_a_pause_and_then_one_trial() -> None:
    stage = stage_with_clone(clone_slots=2)
    for _ in range(2):
        one = ask_clone(stage)
        stage.fail(one, "engine_error", retryable=True)
        stage.poll(Ask)
        stage.fail(one, "engine_error", retryable=True, attempt=2)
        stage.poll(Ask)
        stage.finish(one, attempt=3)
        if Reasked("circuit_opened") in stage.done:
            break
        stage.poll(Ask)
    assert Reasked("circuit_opened") in stage.done
    paused = stage.submit(voice="ann")
    assert [ask.engine for ask in stage.poll(Ask)] == ["espeak"], "it is not even tried"
    stage.finish(paused)
    stage.now += 30
    trial, other = stage.submit(voice="ann"), stage.submit(voice="ann")
    stage.poll(Ask)
    engines = {ask.utterance.id: ask.engine for ask in stage.done if isinstance(ask, Ask)}
    assert engines[trial.id] == "clone"
    assert engines.get(other.id) != "clone", "one at a time"


def test_a_circuit_closes_with_the_first_success_and_opens_with_the_next_failure() -> None:
    circuit = Circuit(threshold=2, pause_s=30)
    circuit.on_failed("f5", 0)
    assert circuit.allows("f5", 0)
    assert circuit.on_failed("f5", 1), "this one opened it"
    assert not circuit.allows("f5", 30)
    assert circuit.allows("f5", 31)
    circuit.on_asked("f5", "u1")
    assert not circuit.allows("f5", 31), "one trial"
    assert not circuit.on_failed("f5", 32)
    assert not circuit.allows("f5", 61)
    circuit.on_asked("f5", "u1")
    circuit.on_worked("f5")
    assert circuit.allows("f5", 62)
    assert circuit.open_engines() == ()
    circuit.on_failed("f5", 63)
    assert circuit.allows("f5", 63)


def test_one_death_is_one_failure_however_much_it_cost() -> None:
    stage = stage_with_clone(clone_slots=5)
    for one in [stage.submit(voice="ann") for _ in range(5)]:
        stage.poll(Ask)
        stage.take(one, instance="clone-1")
    stage.synth_health("offline", "clone-1")
    stage.poll(Ask)
    stage.dispatcher.on_synth_info(synth_info("clone-1", "clone", ("ann",), incarnation=2))
    stage.synth_health("ready", "clone-1", incarnation=2)
    assert {ask.engine for ask in stage.poll(Ask)} == {"clone"}
    assert Reasked("circuit_opened") not in stage.done


def test_an_engine_with_nobody_to_stand_in_for_it_gets_no_pause() -> None:
    stage = Stage(slots=1)
    for _ in range(2):
        one = stage.submit()
        for attempt in (1, 2, 3):
            stage.poll(Ask)
            stage.fail(one, "engine_error", retryable=True, attempt=attempt)
        stage.poll(Ask)
    assert Reasked("circuit_opened") in stage.done
    stage.submit()
    assert [ask.engine for ask in stage.poll(Ask)] == ["espeak"]


def test_the_end_of_another_utterance_does_not_free_the_trial():
    circuit = Circuit(threshold=1, pause_s=30)
    circuit.on_failed("f5", 0)
    circuit.on_asked("f5", "trial")
    circuit.on_released("f5", "another")
    assert not circuit.allows("f5", 31)
    circuit.on_released("f5", "trial")
    assert circuit.allows("f5", 31)
