"""Who can say what: presence, voices, and what an unknown name is told."""

from ishowtts_bus.presence import MAX_NODES
from ishowtts_filter.flights.synths import Choice, SynthTable
from tests.filter.fakes import synth_info, synth_state


def table(default_engine: str = "", default_voice: str = "") -> SynthTable:
    """Two live engines: espeak (en, cmn) and f5 (miao, en)."""
    synths = SynthTable(default_engine, default_voice)
    for info in (
        synth_info(),
        synth_info("2", "f5", ("miao", "en"), default_voice="miao", slots=1),
    ):
        synths.on_info(info)
        synths.on_state(synth_state(info.instance))
    return synths


def test_slots_are_those_of_live_synths() -> None:
    synths = table()
    synths.on_info(synth_info("3"))
    assert synths.slots == {"espeak": 2, "f5": 1}
    synths.on_state(synth_state("3"))
    assert synths.slots == {"espeak": 4, "f5": 1}
    synths.on_state(synth_state("2", "offline"))
    assert synths.slots == {"espeak": 4}
    synths.on_state(synth_state("3", "stopping"))
    assert synths.slots == {"espeak": 2}


def test_facts_of_an_earlier_incarnation_do_not_count() -> None:
    synths = table()
    synths.on_state(synth_state("1", "ready", incarnation=2))
    assert synths.slots == {"f5": 1}
    synths.on_info(synth_info("1", incarnation=2))
    assert synths.slots == {"espeak": 2, "f5": 1}


def test_a_late_will_of_a_dead_predecessor_changes_nothing() -> None:
    synths = table()
    synths.on_info(synth_info("1", incarnation=2))
    synths.on_state(synth_state("1", "ready", incarnation=2))
    synths.on_state(synth_state("1", "offline", incarnation=1))
    assert "espeak" in synths.slots
    assert not synths.gone("1", 2)
    assert synths.gone("1", 1)


def test_wishes_are_met_where_they_can_be() -> None:
    synths = table()
    assert synths.choices("cmn", None) == [Choice("espeak", "cmn")]
    assert synths.choices("en", None) == [Choice("espeak", "en"), Choice("f5", "en")]
    assert synths.choices("en", "f5") == [Choice("f5", "en")]
    assert synths.choices(None, "f5") == [Choice("f5", "miao")]
    assert synths.choices(None, None) == [Choice("espeak", "en")]


def test_the_configured_default_is_preferred_while_it_lives() -> None:
    synths = table(default_engine="f5", default_voice="miao")
    assert synths.choices(None, None) == [Choice("f5", "miao")]
    synths.on_state(synth_state("2", "offline"))
    assert synths.choices(None, None) == [Choice("espeak", "en")]


def test_a_wished_voice_of_a_synth_that_is_away_is_waited_for() -> None:
    synths = table()
    synths.on_state(synth_state("2", "offline"))
    assert synths.choices("miao", None) == [Choice("f5", "miao")]
    assert synths.unknown("miao", None) is None


def test_an_unknown_name_is_told_what_there_is() -> None:
    synths = table()
    assert synths.unknown("maio", None) == "no voice 'maio'; did you mean miao?"
    assert synths.unknown("zzz", "espeak") == "no espeak voice 'zzz'; there are: cmn, en"
    assert synths.unknown(None, "espaek") == "no engine 'espaek'; did you mean espeak?"
    assert synths.unknown("cmn", "espeak") is None
    assert synths.unknown(None, None) is None


def test_while_no_synth_is_known_nobody_can_tell() -> None:
    synths = SynthTable()
    assert synths.unknown("zzz", "zzz") is None
    assert synths.choices(None, None) == []


def test_the_table_is_bounded() -> None:
    synths = SynthTable()
    for number in range(MAX_NODES + 5):
        synths.on_info(synth_info(f"n{number}", slots=1))
        synths.on_state(synth_state(f"n{number}"))
    assert synths.slots == {"espeak": MAX_NODES}


def test_a_full_table_forgets_who_is_offline_for_who_comes() -> None:
    synths = SynthTable()
    for number in range(MAX_NODES):
        synths.on_info(synth_info(f"n{number}", slots=1))
        synths.on_state(synth_state(f"n{number}"))
    synths.on_state(synth_state("n7", "offline"))
    synths.on_info(synth_info("new", slots=3))
    synths.on_state(synth_state("new"))
    assert synths.slots == {"espeak": MAX_NODES - 1 + 3}


def test_a_synth_that_was_not_given_a_voice_yet_leaves_chat_to_others() -> None:
    synths = SynthTable(default_engine="f5")
    synths.on_info(synth_info("2", "f5", (), default_voice=None))
    synths.on_state(synth_state("2"))
    assert synths.choices(None, None) == []
    assert synths.unknown(None, None) == "no synth has a voice yet"
    assert synths.unknown("ann", "f5") == "f5 has no voice yet"

    synths.on_info(synth_info())
    synths.on_state(synth_state())
    assert synths.choices(None, None) == [Choice("espeak", "en")]
    assert synths.choices(None, "f5") == []

    synths.on_info(synth_info("2", "f5", ("ann",), default_voice="ann"))
    assert synths.choices(None, None) == [Choice("f5", "ann")]
