"""The broker's files in memory: brought there, kept over a kill, and brought back."""

from pathlib import Path

import pytest

from ishowtts_cli.supervisor.memory_folder import held_in_memory


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "broker"
    folder.mkdir(parents=True)
    (folder / "mosquitto.db").write_bytes(b"as it was")
    return folder


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def test_files_come_into_memory_and_back(disk: Path, memory: Path) -> None:
    with held_in_memory(disk, memory) as held:
        assert held.is_relative_to(memory)
        assert (held / "mosquitto.db").read_bytes() == b"as it was"
        (held / "mosquitto.db").write_bytes(b"changed")
        assert (disk / "mosquitto.db").read_bytes() == b"as it was"
    assert (disk / "mosquitto.db").read_bytes() == b"changed"
    assert list(memory.iterdir()) == []
    assert [file.name for file in disk.iterdir()] == ["mosquitto.db"]


def test_after_a_kill_what_is_in_memory_counts(disk: Path, memory: Path) -> None:
    killed = held_in_memory(disk, memory)
    held = killed.__enter__()
    (held / "mosquitto.db").write_bytes(b"newer than the disk")
    with held_in_memory(disk, memory) as again:
        assert again == held
        assert (again / "mosquitto.db").read_bytes() == b"newer than the disk"


def test_nobody_else_can_read_it(disk: Path, memory: Path) -> None:
    with held_in_memory(disk, memory) as held:
        assert held.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoilt", ["open to others", "a link", "a file", "no memory"])
def test_where_memory_cannot_be_trusted_the_disk_serves(
    disk: Path, memory: Path, spoilt: str
) -> None:
    with held_in_memory(disk, memory) as held:
        pass
    if spoilt == "open to others":
        held.mkdir()
        held.chmod(0o777)
    elif spoilt == "a link":
        held.symlink_to(disk)
    elif spoilt == "a file":
        held.touch()
    else:
        memory.rmdir()
    with held_in_memory(disk, memory) as folder:
        assert folder == disk
    assert (disk / "mosquitto.db").read_bytes() == b"as it was"
