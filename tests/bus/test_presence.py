"""Who is there, from messages that arrive apart, late, and from strangers."""

import pytest

from ishowtts_bus.presence import NodeTable, unknown_name
from ishowtts_schemas import Health, NodeInfo, NodeKind, NodeState


def state(
    health: Health = "ready", incarnation: int = 1, instance: str = "1", node: NodeKind = "synth"
) -> NodeState:
    return NodeState(node=node, instance=instance, incarnation=incarnation, health=health, pid=1)


def info(incarnation: int = 1, instance: str = "1", engine: str = "espeak") -> NodeInfo:
    return NodeInfo(
        node="synth", instance=instance, incarnation=incarnation, version="0", engine=engine
    )


def table(*messages: NodeState | NodeInfo, capacity: int = 3) -> NodeTable:
    made = NodeTable(capacity)
    for message in messages:
        if isinstance(message, NodeState):
            made.on_state(message)
        else:
            made.on_info(message)
    return made


@pytest.mark.parametrize("messages", [(state(), info()), (info(), state())])
def test_a_node_is_ready_when_its_state_and_its_facts_are_there(
    messages: tuple[NodeState | NodeInfo, ...],
) -> None:
    assert [one.engine for one in table(*messages).ready("synth")] == ["espeak"]
    assert table(*messages).ready("filter") == []
    assert table(messages[0]).ready("synth") == []


def test_a_late_will_does_not_bury_the_successor() -> None:
    nodes = table(state(incarnation=2), info(2))
    assert not nodes.on_state(state("offline", incarnation=1))
    assert nodes.any_ready("synth")
    assert nodes.gone("synth", "1", 1)
    assert not nodes.gone("synth", "1", 2)


def test_facts_of_an_earlier_life_do_not_count() -> None:
    nodes = table(info(1), state(incarnation=2))
    assert nodes.ready("synth") == []
    nodes.on_info(info(2, engine="f5"))
    assert not nodes.on_info(info(1))
    assert [one.engine for one in nodes.ready("synth")] == ["f5"]


def test_what_an_offline_process_had_is_gone() -> None:
    nodes = table(state("offline"))
    assert nodes.gone("synth", "1", 1)
    assert not nodes.gone("synth", "unheard-of", 1)


def test_strangers_cannot_fill_it() -> None:
    nodes = table(*(state(instance=str(n)) for n in range(10)), *(info(1, str(n)) for n in "ab"))
    assert len(nodes.states) == 3
    assert nodes.infos == []


def test_who_is_offline_makes_room() -> None:
    nodes = table(*(state(instance=str(n)) for n in range(3)), state("offline", instance="1"))
    assert nodes.on_state(state(instance="new"))
    assert [one.instance for one in nodes.states] == ["0", "2", "new"]


def test_an_unknown_name_is_told_what_comes_close_or_what_there_is() -> None:
    known = ["miao", "espeak-en-us", "espeak-en-gb"]
    assert unknown_name("voice", "maio", known) == "no voice 'maio'; did you mean miao?"
    assert "did you mean espeak-en-us or espeak-en-gb?" in unknown_name("voice", "espeak-en", known)
    assert unknown_name("voice", "zzz", ["a", "b"]) == "no voice 'zzz'; there are: a, b"
    assert unknown_name("voice", "zzz", []) == "no voice 'zzz'; there are: none"
    assert unknown_name("voice", "zzz", map(str, range(12))).endswith("8, 9 ...")
