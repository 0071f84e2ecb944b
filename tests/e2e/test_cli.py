"""The `ishowtts` command against a running pipeline, and without one."""

import json
import wave
from pathlib import Path

from tests.e2e.pipeline import EventStream, Pipeline
from tests.recogniser import Recogniser


def heard(recogniser: Recogniser, path: Path) -> str:
    with wave.open(str(path)) as clip:
        return recogniser.hear(clip.readframes(clip.getnframes()), clip.getframerate())


def test_say_through_the_pipeline(
    pipeline: Pipeline, recogniser: Recogniser, tmp_path: Path
) -> None:
    path = tmp_path / "out.wav"
    finished = pipeline.cli("say", "hello world", "-o", str(path))
    assert finished.returncode == 0, finished.stderr
    assert heard(recogniser, path) == "hello world"


def test_say_locally_needs_no_broker(recogniser: Recogniser, tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    lonely = Pipeline(tmp_path)
    finished = lonely.cli("say", "--local", "hello world", "-o", str(path))
    assert finished.returncode == 0, finished.stderr
    assert heard(recogniser, path) == "hello world"


def test_say_into_a_room(pipeline: Pipeline, stream: EventStream) -> None:
    finished = pipeline.cli("say", "--room", "main", "green garden")
    assert finished.returncode == 0, finished.stderr
    stream.wait_for("audio_start", text="green garden")


def test_an_unknown_voice_is_refused_by_name(pipeline: Pipeline, tmp_path: Path) -> None:
    finished = pipeline.cli("say", "x", "--voice", "espeak-en-uz", "-o", str(tmp_path / "x.wav"))
    assert finished.returncode == 1
    assert "espeak-en-us" in finished.stderr
    assert not (tmp_path / "x.wav").exists()


def test_status_lists_every_node(pipeline: Pipeline) -> None:
    status = json.loads(pipeline.cli("status", "--json").stdout)
    rows = {row["node"]: row["health"] for row in status["nodes"]}
    assert rows == dict.fromkeys(("ingest", "filter", "synth", "player"), "ready")
    assert "espeak" in pipeline.cli("status").stdout


def test_status_without_a_broker_is_one_sentence(tmp_path: Path) -> None:
    finished = Pipeline(tmp_path).cli("status")
    assert finished.returncode == 1
    assert len(finished.stderr.strip().splitlines()) == 1


def test_doctor_finds_the_pipeline_healthy(pipeline: Pipeline) -> None:
    finished = pipeline.cli("doctor")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "espeak" in finished.stdout


def test_config_show_says_where_values_come_from(pipeline: Pipeline) -> None:
    shown = pipeline.cli("config", "show").stdout
    (line,) = [line for line in shown.splitlines() if "player.port" in line]
    assert str(pipeline.http_port) in line
    assert "ISHOWTTS__PLAYER__PORT" in line
