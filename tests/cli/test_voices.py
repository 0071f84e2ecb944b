"""`ishowtts voices`: what is sent to the player, and what a person is told."""

import msgspec
import pytest

from ishowtts_bus import MemoryBroker
from ishowtts_cli import voices
from ishowtts_cli.app import main
from ishowtts_cli.directory import Directory
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.voices import NewVoice
from ishowtts_schemas import (
    MAX_REFERENCE_BYTES,
    CommandReply,
    NodeState,
    VoiceDetails,
    VoiceList,
)
from ishowtts_schemas.topics import NODE_COMMAND, NODE_STATE
from tests.broker import free_port
from tests.player.clips import tone, wav

SOON_S = 5.0
ANN = VoiceDetails(
    id="ann",
    origin="configured",
    label="Ann",
    language="en",
    engines=("f5",),
    licence="CC0",
    transcript="I am new.",
    seconds=2.5,
    version="1" * 64,
    baseline_text="I am Ann.",
    baseline_seconds=1.5,
    override_text="I am new.",
    override_seconds=2.5,
    override_updated_at_ns=1_760_000_000_000_000_000,
    spoken_by=("f5-1",),
    refused=("f5-2: the clip is silent",),
)
OWN = VoiceDetails(id="own", origin="engine")


class Stage:
    """A command's bus, and a player that answers what a test says."""

    def __init__(self):
        broker = MemoryBroker()
        self.bus, self.nodes = broker.bus("cli"), broker.bus("nodes")
        self.directory = Directory()
        self.heard = []
        self.reply = CommandReply(ok=True, result=ANN)

    async def players(self, *instances):
        for instance in instances:
            state = NodeState(
                node="player", instance=instance, incarnation=1, health="ready", pid=1
            )
            await self.nodes.publish(NODE_STATE, state, node="player", instance=instance)
        await self.directory.follow(self.bus)

    async def on_command(self, received):
        command = received.message
        self.heard.append((received.ids["instance"], command.name, command.args))
        await self.nodes.reply(received.reply_to, self.reply)


@pytest.fixture
async def stage():
    stage = Stage()
    for bus in (stage.bus, stage.nodes):
        await bus.start()
        await bus.wait_connected(SOON_S)
    stage.nodes.subscribe(NODE_COMMAND, stage.on_command, node="player")
    yield stage
    await stage.bus.close()
    await stage.nodes.close()


async def test_a_clip_travels_in_the_command(stage):
    await stage.players("1")
    new = NewVoice("ann", transcript="I am Ann.", engines=("f5",), replace=True)

    voice = await voices.add_voice(stage.bus, stage.directory, new, b"clip")

    assert voice == ANN
    ((instance, name, args),) = stage.heard
    assert (instance, name) == ("1", "voice-add")
    assert {key: args[key] for key in ("voice", "audio", "transcript", "replace")} == {
        "voice": "ann",
        "audio": b"clip",
        "transcript": "I am Ann.",
        "replace": True,
    }


async def test_what_is_no_name_is_not_sent(stage):
    await stage.players("1")

    with pytest.raises(CliError, match="is no name of a voice") as raised:
        await voices.add_voice(stage.bus, stage.directory, NewVoice("../ann"), b"clip")

    assert raised.value.code == ExitCode.USAGE
    assert stage.heard == []


async def test_a_refusal_is_told(stage):
    await stage.players("1")
    stage.reply = CommandReply(ok=False, error="there is a voice 'ann' already", code="conflict")

    with pytest.raises(CliError, match="there is a voice 'ann' already"):
        await voices.add_voice(stage.bus, stage.directory, NewVoice("ann"), b"clip")


async def test_without_a_player_that_is_said_and_of_several_one_must_be_chosen(stage):
    await stage.players()
    with pytest.raises(CliError, match="no player node is ready"):
        await voices.list_voices(stage.bus, stage.directory)

    await stage.players("1", "2")
    with pytest.raises(CliError, match="--instance"):
        await voices.list_voices(stage.bus, stage.directory)


async def test_a_voice_is_removed_and_nothing_comes_back(stage):
    await stage.players("1")
    stage.reply = CommandReply(ok=True)

    assert await voices.remove_voice(stage.bus, stage.directory, "ann") is None
    assert stage.heard == [("1", "voice-remove", {"voice": "ann"})]


def test_a_small_file_is_sent_as_it_is(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(wav())

    assert voices.read_clip_file(path) == wav()


def test_a_large_recording_is_made_smaller_first(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(wav(tone(20, rate_hz=48_000), rate_hz=48_000))
    assert path.stat().st_size > MAX_REFERENCE_BYTES

    assert len(voices.read_clip_file(path)) == pytest.approx(20 * 48_000, rel=0.01)


def test_files_that_cannot_be_sent(tmp_path):
    empty, large, wrong = (tmp_path / name for name in ("empty", "large", "wrong"))
    empty.write_bytes(b"")
    large.write_bytes(bytes(10 * 1024 * 1024 + 1))
    wrong.write_bytes(bytes(2 * 1024 * 1024))
    for path, text in (
        (tmp_path / "none", "no such file"),
        (tmp_path, "no such file"),
        (empty, "is empty"),
        (large, "10 MiB are the most"),
        (wrong, "no audio"),
    ):
        with pytest.raises(CliError, match=text):
            voices.read_clip_file(path)


@pytest.fixture
def answer(monkeypatch):
    def answer(reply):
        monkeypatch.setattr(voices, "with_pipeline", lambda _config, _work: reply)

    return answer


def test_what_is_printed(answer, capsys):
    answer(VoiceList(voices=(ANN, OWN), problems=("voices.toml, line 9: no clip",)))
    assert main(["voices", "list"]) == 0
    out, err = capsys.readouterr()
    assert "file, changed" in out
    assert "f5-1, not f5-2: the clip is silent" in " ".join(out.split())
    assert "the synth's own" in out
    assert err == "voices.toml, line 9: no clip\n"

    answer(VoiceList(voices=()))
    main(["voices", "list"])
    assert "add one with" in capsys.readouterr().out

    answer(ANN)
    assert main(["voices", "show", "ann"]) == 0
    shown = capsys.readouterr().out
    for text in ("I am new.", "I am Ann.", "2.5 s", "clip and transcript", "CC0"):
        assert text in shown
    main(["voices", "reset", "ann", "--json"])
    assert msgspec.json.decode(capsys.readouterr().out, type=VoiceDetails) == ANN

    answer(None)
    assert main(["voices", "remove", "ann"]) == 0
    assert capsys.readouterr().out == "ann: removed\n"


def test_without_a_broker_it_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISHOWTTS__BROKER__PORT", str(free_port()))

    assert main(["voices", "list"]) == ExitCode.FAILED
    assert "no broker at" in capsys.readouterr().err
