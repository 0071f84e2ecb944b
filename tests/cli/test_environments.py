"""Engines that live in an environment of their own: who runs them, and what is said without one."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from ishowtts_cli import environments
from ishowtts_cli.app import main
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import load_settings
from ishowtts_cli.settings import RunSettings
from ishowtts_cli.supervisor.child import Child, Program
from ishowtts_cli.supervisor.fleet import node_programs
from ishowtts_cli.supervisor.policy import Backoff

STAND_IN = '#!/bin/sh\necho "stand-in runs $*"\nexit 7\n'


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where environments are looked for; torch is nowhere."""
    monkeypatch.setattr(environments, "_FOLDER", tmp_path / "environments")
    monkeypatch.setattr(environments, "_NEEDS", {"f5": "a_module_of_nobody"})
    return tmp_path / "environments"


@pytest.fixture
def stand_in(folder) -> Path:
    program = folder / "f5" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return program


def programs(engines: str) -> dict[str, Program]:
    configuration = load_settings(None, {"ISHOWTTS__RUN__ENGINES": engines})
    found = node_programs(configuration, None, warmup=False, log_level="info")
    return {program.name: program for program in found.values()}


def test_run_all_runs_an_engine_with_the_python_of_its_environment(stand_in):
    found = programs("espeak,f5")

    assert found["f5-1"].command[0] == str(stand_in)
    assert {found[name].command[0] for name in ("espeak-1", "filter", "player")} == {sys.executable}


async def test_the_supervisor_starts_that_python(stand_in):
    lines: asyncio.Queue[str] = asyncio.Queue()

    class Events:
        def on_line(self, child, line):
            lines.put_nowait(line)

        def on_start(self, child, pid): ...

        def on_end(self, child, reason, wait_s): ...

    child = Child(programs("f5")["synth"], Backoff(RunSettings(), lambda: 1.0), Events())
    child.start()
    try:
        line = await asyncio.wait_for(lines.get(), 20)
    finally:
        await child.stop(0)
    assert line == "stand-in runs -m ishowtts_cli synth run --instance f5-1 --log-level info"


def test_without_an_environment_run_all_says_what_to_run(folder):
    with pytest.raises(CliError, match=r"f5 is not installed; run ./just install-f5") as refused:
        programs("espeak,f5")
    assert refused.value.code == ExitCode.USAGE


def test_an_engine_may_be_installed_beside_us(folder, monkeypatch):
    monkeypatch.setattr(environments, "_NEEDS", {"f5": "msgspec"})

    assert programs("f5")["synth"].command[0] == sys.executable


def test_a_synth_that_is_not_installed_does_not_start(folder, capsys):
    assert main(["synth", "run", "--engine", "f5"]) == ExitCode.USAGE
    assert "the engine f5 is not installed" in capsys.readouterr().err


def test_a_command_goes_on_in_the_engine_s_environment(stand_in):
    code = (
        "from pathlib import Path; from ishowtts_cli import app, environments;"
        f"environments._FOLDER = Path({str(stand_in.parents[2])!r});"
        "app.main(['synth', 'run', '--engine', 'f5', '--instance', 'mine'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.stdout == "stand-in runs -m ishowtts_cli synth run --engine f5 --instance mine\n"
    assert done.returncode == 7


def test_in_its_environment_a_command_simply_goes_on(folder):
    folder.mkdir()
    (folder / "f5").symlink_to(sys.prefix)

    environments.enter("f5", ["synth", "run"])
