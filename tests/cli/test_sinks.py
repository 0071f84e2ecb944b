"""Playing through a program, and writing a file."""

import wave

import pytest

from ishowtts_cli.errors import CliError
from ishowtts_cli.sinks import PLAYERS, PlayerSink, WavSink, choose_sink

PIECES = [b"\x01\x00" * 100, b"\x02\x00" * 5000]


@pytest.fixture
def player(tmp_path, monkeypatch):
    """Puts a program on an otherwise empty PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(name: str, script: str) -> None:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        program.chmod(0o755)

    return install


async def feed(sink) -> None:
    await sink.start(24_000)
    for piece in PIECES:
        await sink.write(piece)
    await sink.finish()


async def test_a_wav_file_is_whole(tmp_path):
    path = tmp_path / "out.wav"

    await feed(choose_sink(path))

    with wave.open(str(path)) as file:
        assert file.getframerate() == 24_000
        assert file.readframes(file.getnframes()) == b"".join(PIECES)


async def test_an_aborted_file_leaves_nothing(tmp_path):
    path = tmp_path / "out.wav"
    sink = WavSink(path)
    await sink.start(24_000)
    await sink.write(PIECES[0])

    await sink.abort()

    assert not path.exists()


def test_a_folder_that_is_not_there_is_named_before_anything_is_spoken(tmp_path):
    with pytest.raises(CliError, match="nowhere is not a folder"):
        choose_sink(tmp_path / "nowhere" / "out.wav")


@pytest.mark.usefixtures("player")
def test_without_a_player_the_way_out_is_named():
    with pytest.raises(CliError, match=r"-o out\.wav"):
        choose_sink(None)


@pytest.mark.parametrize("name", [name for name in PLAYERS if name != "ffplay"])
async def test_a_player_gets_the_samples_as_they_are(name, player, tmp_path):
    player(name, f'echo "$@" > {tmp_path}/words; cat > {tmp_path}/heard')

    await feed(choose_sink(None))

    assert (tmp_path / "heard").read_bytes() == b"".join(PIECES)
    assert "24000" in (tmp_path / "words").read_text()


async def test_ffplay_gets_a_wav_stream(player, tmp_path):
    player("ffplay", f"cat > {tmp_path}/heard")

    await feed(choose_sink(None))

    assert (tmp_path / "heard").read_bytes()[44:] == b"".join(PIECES)


def test_the_first_that_is_installed_is_used(player):
    player("aplay", "true")
    player("paplay", "true")

    assert isinstance(choose_sink(None), PlayerSink)
    assert choose_sink(None)._name == "paplay"


@pytest.mark.parametrize("script", ["cat > /dev/null; echo no device >&2; exit 1", "exit 3"])
async def test_a_player_that_fails_is_quoted(script, player):
    player("aplay", script)

    with pytest.raises(CliError, match=r"aplay cannot play it \((no device|it says nothing)\)"):
        await feed(choose_sink(None))


@pytest.mark.parametrize("script", ["exec sleep 600", "cat > /dev/null"])
async def test_abort_ends_a_player_at_once(script, player):
    player("aplay", script)
    sink = PlayerSink("aplay")
    await sink.start(24_000)

    await sink.abort()

    assert sink._process.returncode is not None
