"""What a command learns of a pipeline from retained messages."""

import pytest

from ishowtts_bus import MemoryBroker
from ishowtts_cli.directory import Choice, Directory
from ishowtts_cli.errors import CliError
from ishowtts_schemas import NodeInfo, NodeState, VoiceInfo
from ishowtts_schemas.topics import NODE_INFO, NODE_STATE


def state(instance="espeak-1", health="ready", incarnation=1, node="synth"):
    return NodeState(
        node=node, instance=instance, incarnation=incarnation, health=health, pid=1, detail=""
    )


def info(instance="espeak-1", engine="espeak", voices=("espeak", "espeak-en-us", "espeak-en-gb")):
    return NodeInfo(
        node="synth",
        instance=instance,
        incarnation=1,
        version="0",
        engine=engine,
        default_voice=next(iter(voices), None),
        voices=tuple(VoiceInfo(id=voice, label=voice) for voice in voices),
    )


@pytest.fixture
async def broker():
    return MemoryBroker()


async def publish(broker, *messages):
    bus = broker.bus("node")
    await bus.start()
    for message in messages:
        topic = NODE_STATE if isinstance(message, NodeState) else NODE_INFO
        await bus.publish(topic, message, node=message.node, instance=message.instance)
    await bus.close()


async def followed(broker) -> Directory:
    bus = broker.bus("cli")
    await bus.start()
    directory = Directory()
    await directory.follow(bus)
    return directory


async def test_what_was_retained_is_known_when_follow_returns(broker):
    await publish(broker, state(), info())

    directory = await followed(broker)

    assert directory.is_ready("synth")
    assert not directory.is_ready("player")
    assert [synth.engine for synth in directory.ready_synths()] == ["espeak"]


async def test_a_late_will_of_a_dead_process_is_ignored(broker):
    await publish(broker, state(incarnation=2))
    directory = await followed(broker)

    await publish(broker, state(incarnation=1, health="offline"))

    assert directory.is_ready("synth")


async def test_without_a_wish_the_first_ready_synth_speaks_with_its_default(broker):
    await publish(broker, state(), info())

    assert (await followed(broker)).choose(None, None) == Choice("espeak", "espeak")


async def test_a_voice_finds_its_engine(broker):
    await publish(broker, state(), info(), state("f5-1"), info("f5-1", "f5", ("miao",)))

    directory = await followed(broker)

    assert directory.choose("miao", None) == Choice("f5", "miao")
    assert directory.choose(None, "f5") == Choice("f5", "miao")


@pytest.mark.parametrize(
    ("voice", "engine", "said"),
    [
        ("espeak-en", None, "did you mean espeak-en-us or espeak-en-gb"),
        ("espaek", None, "did you mean espeak"),
        ("qqqqqq", None, "there are: espeak, espeak-en-us"),
        ("miao", "espeak", "no voice 'miao'"),
        (None, "f5", "engine 'f5' is not running; running: espeak"),
    ],
)
async def test_what_nobody_can_do_is_refused_with_what_there_is(broker, voice, engine, said):
    await publish(broker, state(), info())
    directory = await followed(broker)

    with pytest.raises(CliError, match=said):
        directory.choose(voice, engine)


@pytest.mark.parametrize("health", ["starting", "stopping", "offline"])
async def test_a_synth_that_is_not_ready_does_not_count(broker, health):
    await publish(broker, state(health=health), info())

    with pytest.raises(CliError, match="no synth is ready"):
        (await followed(broker)).choose(None, None)


async def test_a_synth_without_a_voice_is_passed_over_or_told(broker):
    await publish(broker, state("f5-1"), info("f5-1", "f5", ()))
    with pytest.raises(CliError, match="f5 has no voice yet; `ishowtts voices add`"):
        (await followed(broker)).choose(None, None)

    await publish(broker, state("tone-1"), info("tone-1", "tone", ("tone-400",)))
    assert (await followed(broker)).choose(None, None) == Choice("tone", "tone-400")
    with pytest.raises(CliError, match="no voice 'ann'; there are: none"):
        (await followed(broker)).choose("ann", "f5")
