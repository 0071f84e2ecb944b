"""The command line as a person or a script meets it."""

import subprocess
import sys

import pytest

from ishowtts_cli.app import main
from ishowtts_cli.errors import ExitCode
from tests.broker import free_port

HEAVY = ("typer", "click", "rich", "litestar", "uvicorn", "numpy", "soxr", "matplotlib", "psutil")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Neither this checkout's configuration nor a pipeline that happens to run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISHOWTTS__BROKER__PORT", str(free_port()))


def imported_by(code: str) -> set[str]:
    shown = f"{code}\nimport sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    return {name for name in run.stdout.split() if "." not in name}


@pytest.mark.parametrize("kind", ["ingest", "filter"])
def test_a_node_process_stays_small(kind):
    code = (
        "from ishowtts_cli import app, nodes, sections;"
        f"sections.load_settings(None); nodes.load_node_class({kind!r})"
    )

    assert imported_by(code) & set(HEAVY) == set()


def test_help_does_not_load_the_bus():
    code = "from ishowtts_cli.app import main; main(['--help'])"

    assert imported_by(code) & {"aiomqtt", "asyncio", "ishowtts_bus", *HEAVY[3:]} == set()


def test_help_names_every_command(capsys):
    assert main(["--help"]) == ExitCode.OK

    shown = capsys.readouterr().out
    for name in ("say", "status", "tail", "doctor", "bench", "config", "run-all", "synth"):
        assert name in shown


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["status", "--nonsense"],
        ["status", "--log-level", "loud"],
        ["say"],
        ["say", "hi", "--speed", "9"],
        ["say", "hi", "--room", "main", "--local"],
        ["say", "  "],
        ["say", "hi", "--room", "not a room"],
        ["tail", "--topic", "audoi"],
        ["ingest", "--nonsense"],
        ["ingest", "run", "--instance", "not a slug"],
        ["config", "check", "no/such/file.toml"],
        ["filter", "run", "--config", "no/such/file.toml"],
    ],
)
def test_a_wrong_command_line_exits_with_2_and_no_traceback(words, capsys):
    assert main(words) == ExitCode.USAGE

    said = capsys.readouterr().err
    assert said
    assert "Traceback" not in said


def test_a_wrong_node_command_line_exits_with_2():
    with pytest.raises(SystemExit) as ended:
        main(["ingest", "run", "--nonsense"])
    assert ended.value.code == ExitCode.USAGE


@pytest.mark.parametrize("words", [["status"], ["tail"], ["say", "hi", "-o", "x.wav"]])
def test_without_a_broker_a_command_says_so_in_one_sentence(words, capsys):
    assert main(words) == ExitCode.FAILED

    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("ishowtts: no broker at 127.0.0.1:")
    assert "ishowtts run-all" in line


@pytest.mark.parametrize("words", [["status"], ["ingest", "run"], ["config", "show"]])
def test_a_typo_in_a_variable_is_refused_with_a_suggestion(words, capsys, monkeypatch):
    monkeypatch.setenv("ISHOWTTS__PLAYER__PROT", "1")

    assert main(words) == ExitCode.USAGE
    assert "did you mean ISHOWTTS__PLAYER__PORT?" in capsys.readouterr().err


def test_a_typo_in_another_nodes_section_stops_a_node_too(capsys, tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("[synth]\nengin = 'espeak'\n")

    assert main(["filter", "run", "--config", str(path)]) == ExitCode.USAGE
    assert "did you mean synth.engine?" in capsys.readouterr().err


def test_an_unknown_engine_is_a_wrong_configuration(capsys, monkeypatch):
    monkeypatch.setenv("ISHOWTTS__SYNTH__ENGINE", "espaek")

    assert main(["synth", "run"]) == ExitCode.USAGE
    assert "did you mean espeak" in capsys.readouterr().err


def test_the_engine_of_one_synth_can_be_named_on_the_command_line(capsys):
    assert main(["synth", "run", "--engine", "tonne"]) == ExitCode.USAGE
    assert "did you mean tone" in capsys.readouterr().err


def test_debug_shows_the_traceback(capsys):
    assert main(["config", "check", "no/such/file.toml", "--debug"]) == ExitCode.USAGE
    assert "Traceback" in capsys.readouterr().err
