"""The examples of docs/mqtt.md, taken from the page and run as they stand."""

import json
import os
import re
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from ishowtts_cli.supervisor.mosquitto import find_program
from tests.e2e.pipeline import SOON_S, EventStream, Pipeline, wait_until

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mqtt.md"
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
TOOL = re.compile(r"^(mosquitto_\w+)", re.MULTILINE)
NODE_MODULES = "NODE_PATH"


def examples() -> dict[str, str]:
    return dict(EXAMPLE.findall(PAGE.read_text("utf-8")))


def write(name: str, pipeline: Pipeline, folder: Path) -> Path:
    """An example as a file, with the port of the broker under test."""
    text = TOOL.sub(rf"\1 -p {pipeline.broker_port}", examples()[name])
    path = folder / name
    path.write_text(text.replace("1883", str(pipeline.broker_port)))
    return path


def run(command: list[str], folder: Path) -> str:
    done = execute(command, folder)
    assert not done.returncode, done.stderr
    return done.stdout


def execute(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=with_tools(),
        capture_output=True,
        text=True,
        timeout=SOON_S,
        check=False,
    )


def with_tools() -> dict[str, str]:
    """The environment of who has Mosquitto's clients on the path, wherever they are here."""
    tools = find_program("mosquitto_rr")
    assert tools is not None, "Mosquitto's clients are not installed"
    return {**os.environ, "PATH": f"{tools.parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def shell(pipeline: Pipeline, tmp_path: Path):
    return lambda name: run(["sh", "-e", str(write(name, pipeline, tmp_path))], tmp_path)


def check_speech(path: Path) -> None:
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        seconds = sound.getnframes() / sound.getframerate()
        assert 0.5 < seconds < 10
        assert len(set(sound.readframes(sound.getnframes()))) > 20, "silence"


def test_every_example_on_the_page_is_run_here():
    assert set(examples()) == {
        "say.sh",
        "ask.sh",
        "steer.sh",
        "command.sh",
        "watch.sh",
        "speak.py",
        "speak.js",
    }


def test_a_text_is_spoken(shell, stream: EventStream):
    shell("say.sh")
    stream.wait_for("audio_start", text="hello world")
    stream.wait_for("audio_start", text="hello again")


def test_who_asks_is_answered_as_the_page_says(shell):
    answer = json.loads(shell("ask.sh"))
    shown = re.search(r'^\{"type":"command_reply".*\}$', PAGE.read_text("utf-8"), re.MULTILINE)
    assert answer == json.loads(shown.group())


def test_a_room_is_steered(shell, stream: EventStream):
    shell("steer.sh")
    for action in ("pause", "resume", "clear"):
        stream.wait_for("control", action=action)


def test_a_node_answers(shell):
    answer = json.loads(shell("command.sh"))
    assert answer["ok"] is True
    assert isinstance(answer["result"], list)


def test_python_gets_its_audio(pipeline: Pipeline, tmp_path: Path):
    assert "wrote" in run([sys.executable, str(write("speak.py", pipeline, tmp_path))], tmp_path)
    check_speech(tmp_path / "speech.wav")


def test_javascript_gets_its_audio(pipeline: Pipeline, tmp_path: Path):
    node = shutil.which("node")
    modules = Path(os.environ.get(NODE_MODULES, ""))
    if node is None or not (modules / "mqtt").is_dir():
        pytest.skip("needs node, and NODE_PATH with `npm install mqtt` done there")
    assert "wrote" in run([node, str(write("speak.js", pipeline, tmp_path))], tmp_path)
    check_speech(tmp_path / "speech.wav")


def test_a_dashboard_sees_the_state(pipeline: Pipeline, tmp_path: Path):
    script = str(write("watch.sh", pipeline, tmp_path))

    def seen() -> dict[str, str]:
        watched = execute(["sh", script], tmp_path).stdout
        rows = (line.partition(" ") for line in watched.splitlines())
        return {topic: payload for topic, _, payload in rows}

    def ready() -> dict[str, str] | None:
        found = seen()
        pipeline = json.loads(found.get("ishowtts/v1/home/1/pipeline", "{}"))
        return found if pipeline.get("ready") else None

    found = wait_until(ready, "ready")
    assert found["ishowtts/v1/home/1/availability"] == "online"
    assert json.loads(found["ishowtts/v1/home/1/room/main"])["room"] == "main"
    assert json.loads(found["ishowtts/v1/home/1/pipeline"])["problem"] == ""
