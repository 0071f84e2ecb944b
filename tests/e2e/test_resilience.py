"""Processes die, the broker goes away, and nothing is lost or heard twice."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.pipeline import FAST_QUEUE, Pipeline, wait_until

LONG_TEXT = " ".join(["this sentence goes on and on"] * 9)


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline whose processes are killed; each test leaves it running."""
    slow_voice = {"ISHOWTTS__SYNTH__ENGINE": "tone", "ISHOWTTS__TONE__LATENCY_MS": "300"}
    pipeline = Pipeline(tmp_path_factory.mktemp("mortal"), **FAST_QUEUE, **slow_voice)
    pipeline.start()
    yield pipeline
    pipeline.stop()


def kill(pipeline: Pipeline, node: str) -> int:
    pid = pipeline.pid_of(node)
    os.kill(pid, signal.SIGKILL)
    return pid


def broker_process(pipeline: Pipeline) -> psutil.Process:
    children = psutil.Process(pipeline.pid).children(recursive=True)
    return next(child for child in children if child.name() == "mosquitto")


def say(pipeline: Pipeline, text: str, message_id: str) -> None:
    pipeline.publish(json.dumps({"text": text, "id": message_id}))


def test_a_synth_killed_in_mid_sentence_loses_nothing(mortal: Pipeline) -> None:
    stream = mortal.listen()
    for n in range(5):
        say(mortal, f"sentence number {n}", f"killed-{n}")
    stream.wait_for("audio_start")
    killed = kill(mortal, "synth")
    for n in range(5):
        (ended,) = stream.wait_for("chat_ended", message_id=f"killed-{n}")
        assert ended.data["outcome"] == "spoken"
        starts = stream.of("audio_start", message_id=f"killed-{n}")
        assert len(starts) == 1, "a listener heard it begin twice"
        utterance_id = starts[0].data["utterance_id"]
        (stop,) = stream.wait_for("audio_stop", utterance_id=utterance_id)
        assert len(stream.pcm(utterance_id)) == 2 * stop.data["samples"]
    assert mortal.pid_of("synth") != killed
    stream.close()


@pytest.mark.parametrize("node", ["ingest", "filter"])
def test_text_published_while_a_node_is_dead_is_spoken_later(mortal: Pipeline, node: str) -> None:
    stream = mortal.listen()
    kill(mortal, node)
    say(mortal, f"said while {node} was dead", f"dead-{node}")
    (ended,) = stream.wait_for("chat_ended", message_id=f"dead-{node}")
    assert ended.data["outcome"] == "spoken"
    assert len(stream.of("audio_start", message_id=f"dead-{node}")) == 1
    stream.close()


def test_the_bridge_comes_back_and_listeners_go_on(mortal: Pipeline) -> None:
    kill(mortal, "player")
    wait_until(lambda: _serves(mortal), "the bridge")
    stream = mortal.listen()
    say(mortal, "after the bridge", "bridge-1")
    stream.wait_for("audio_start", message_id="bridge-1")
    stream.close()


def test_a_broker_that_went_away_is_waited_for(mortal: Pipeline) -> None:
    stream = mortal.listen()
    say(mortal, "before the outage", "outage-1")
    stream.wait_for("chat_ended", message_id="outage-1")
    broker_process(mortal).kill()
    wait_until(lambda: _published(mortal, "after the outage", "outage-2"), "a broker")
    stream.wait_for("audio_start", message_id="outage-2")
    stream.close()


def test_all_processes_are_gone_after_sigterm(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.start()
    stream = pipeline.listen()
    processes = psutil.Process(pipeline.pid).children(recursive=True)
    assert len(processes) >= 5
    pipeline.stop()
    assert not [process for process in processes if process.is_running()]
    stream.close()


def test_all_processes_are_gone_after_the_supervisor_was_killed(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.start()
    processes = psutil.Process(pipeline.pid).children(recursive=True)
    pipeline.kill()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive


def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", pipeline.http_port))
        taken.listen()
        finished = pipeline.cli("run-all", "--wait", "20")
    assert finished.returncode != 0
    assert f"port {pipeline.http_port} on 127.0.0.1 is taken" in finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr


def test_a_broker_on_the_port_is_recognised(mortal: Pipeline, tmp_path: Path) -> None:
    second = Pipeline(tmp_path, ISHOWTTS__BROKER__PORT=str(mortal.broker_port))
    finished = second.cli("run-all")
    assert finished.returncode == 2
    assert "managed = false" in finished.stdout + finished.stderr


def test_a_typo_in_the_configuration_is_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[player]\nprot = 1\n")
    command = [sys.executable, "-m", "ishowtts_cli", "run-all", "--config", str(path)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert finished.returncode == 2
    assert "did you mean player.port?" in finished.stderr
    assert len(finished.stderr.strip().splitlines()) == 1


def _serves(pipeline: Pipeline) -> bool:
    try:
        return pipeline.request("GET", "/ready")[0] == 200
    except OSError:
        return False


def _published(pipeline: Pipeline, text: str, message_id: str) -> bool:
    try:
        say(pipeline, text, message_id)
    except OSError:
        return False
    return True
