import pytest
from msgspec import structs

from ishowtts_bus.presence import MAX_NODES
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import InputError, UnavailableError
from ishowtts_schemas import NodeStats, ProfileInfo, VoiceInfo
from tests.player.messages import node_state, synth_info


def known(*infos, default_voice: str = "") -> NodeDirectory:
    directory = NodeDirectory(default_voice)
    for info in infos:
        directory.on_info(info)
        directory.on_state(node_state(instance=info.instance))
    return directory


def ids(directory: NodeDirectory) -> list[str]:
    return [voice.id for voice in directory.voices()]


def test_voices_of_all_engines_are_listed_by_id_and_once():
    directory = known(
        synth_info("zed", "anna", instance="1"),
        synth_info("zed", "anna", instance="2"),
        synth_info("mia", engine="f5", instance="3"),
    )
    assert ids(directory) == ["anna", "mia", "zed"]


def test_a_synth_that_is_not_ready_has_no_voices():
    directory = known(synth_info("anna"))
    directory.on_state(node_state("offline"))
    assert ids(directory) == []
    assert not directory.ready("synth")


def test_facts_of_an_earlier_life_do_not_count():
    directory = known(synth_info("anna"))
    directory.on_state(node_state(incarnation=2))
    assert ids(directory) == []
    directory.on_info(synth_info("bea", incarnation=2))
    assert ids(directory) == ["bea"]


def test_a_late_will_of_an_earlier_life_changes_nothing():
    directory = known(synth_info("anna"))
    directory.on_state(node_state(incarnation=5))
    assert directory.on_state(node_state("offline", incarnation=1)) is None


def test_the_configured_default_voice_wins_where_it_exists():
    synth = synth_info("anna", "bea", default_voice="bea")
    assert known(synth).default_voice() == "bea"
    assert known(synth, default_voice="anna").default_voice() == "anna"
    assert known(synth, default_voice="gone").default_voice() == "bea"
    assert NodeDirectory().default_voice() is None


def test_a_request_without_a_voice_gets_the_engines_own():
    directory = known(
        synth_info("anna", default_voice="anna"),
        synth_info("mia", engine="f5", instance="2", default_voice="mia"),
    )
    assert directory.resolve(None, None).id == "anna"
    assert directory.resolve(None, "f5").id == "mia"
    assert directory.resolve("mia", None).engine == "f5"


def test_a_profile_must_be_one_of_the_voice_s_engine_or_of_any_where_no_voice_is_named():
    profiles = (ProfileInfo(id="exact", label=""), ProfileInfo(id="fast", label=""))
    f5 = synth_info("mia", engine="f5", instance="2", profiles=profiles)
    directory = known(synth_info("anna"), f5)
    directory.check_profile("fast", None)
    directory.check_profile("fast", directory.resolve("mia", None))
    with pytest.raises(InputError, match="no profile 'fats'; did you mean fast"):
        directory.check_profile("fats", None)
    with pytest.raises(InputError, match="no profile 'fast'; there are: none"):
        directory.check_profile("fast", directory.resolve("anna", None))


@pytest.mark.parametrize(
    ("voice", "engine", "sentence"),
    [
        ("nobody", None, "no voice 'nobody'; there are: anna"),
        ("anna", "f5", "voice 'anna' belongs to engine 'espeak'"),
        (None, "f5", "no engine 'f5'; there are: espeak"),
    ],
)
def test_a_wrong_wish_is_explained(voice, engine, sentence):
    with pytest.raises(InputError, match=sentence):
        known(synth_info("anna")).resolve(voice, engine)


def test_a_voice_whose_synth_is_away_is_not_unknown():
    directory = known(synth_info("anna"), synth_info("mia", engine="f5", instance="2"))
    directory.on_state(node_state("offline", instance="2"))
    with pytest.raises(UnavailableError, match="is not running"):
        directory.resolve("mia", None)
    with pytest.raises(UnavailableError, match="no synth"):
        NodeDirectory().resolve("mia", None)


def test_it_says_what_a_node_is_busy_with():
    directory = NodeDirectory()
    assert directory.why_not("synth") == "not running"
    directory.on_state(node_state("starting", detail="loading the model"))
    assert directory.why_not("synth") == "starting: loading the model"


def test_strangers_cannot_fill_it_without_end():
    directory = NodeDirectory()
    for number in range(1000):
        directory.on_state(node_state(instance=str(number)))
        directory.on_info(synth_info("anna", instance=str(number)))
    assert len(directory.states) <= MAX_NODES


def test_the_numbers_of_a_new_node_take_the_place_of_one_that_fell_silent():
    directory = NodeDirectory()
    for number in range(MAX_NODES + 1):
        for instance in ("alive", f"dead-{number}"):
            directory.on_stats(
                NodeStats(node="synth", instance=instance, incarnation=1, at_ns=1, samples=())
            )
    instances = {stats.instance for stats in directory.stats}
    assert len(instances) == MAX_NODES
    assert {"alive", f"dead-{MAX_NODES}"} <= instances
    assert "dead-0" not in instances


def test_a_synth_without_voices_is_there_but_cannot_be_asked_for_one():
    directory = known(synth_info(engine="f5", clones=True))
    assert not directory.ready("synth")
    assert directory.why_not("synth").startswith("no synth has a voice yet")
    assert directory.default_voice() is None
    assert directory.engines() == {}
    with pytest.raises(UnavailableError, match="no synth has a voice yet"):
        directory.resolve(None, None)
    assert directory.cloning().engine == "f5"

    directory.on_info(synth_info("anna", instance="2"))
    directory.on_state(node_state(instance="2"))
    assert directory.ready("synth")
    assert directory.resolve(None, None).id == "anna"
    with pytest.raises(UnavailableError, match="engine 'f5' has no voice yet"):
        directory.resolve(None, "f5")
    with pytest.raises(InputError, match="no engine 'f6'; did you mean f5"):
        directory.resolve(None, "f6")


def test_a_voice_may_call_its_engine_otherwise_but_the_engine_keeps_its_name():
    mia = VoiceInfo(id="mia", label="Mia", engine_label="Studio")
    f5 = synth_info("bea", engine="f5", engine_label="F5-TTS")
    directory = known(structs.replace(f5, voices=(*f5.voices, mia)))
    assert directory.resolve("mia", None).engine_label == "Studio"
    assert directory.resolve("bea", None).engine_label == "F5-TTS"
    assert directory.engines() == {"f5": "F5-TTS"}
