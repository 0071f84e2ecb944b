"""What `doctor` finds, and what it advises."""

import json
import subprocess

import msgspec
import pytest

from ishowtts_cli import doctor, engine_findings, findings
from ishowtts_cli.app import main
from ishowtts_cli.directory import Directory
from ishowtts_cli.engine_findings import torch_finding
from ishowtts_cli.errors import ExitCode
from ishowtts_cli.findings import Finding
from ishowtts_cli.sections import load_settings
from ishowtts_schemas import NodeInfo, NodeState, VoiceInfo
from tests.broker import free_port


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISHOWTTS__BROKER__PORT", str(free_port()))
    monkeypatch.setenv("ISHOWTTS__PLAYER__PORT", str(free_port()))


def probe(code=0, error="", **found):
    return subprocess.CompletedProcess([], code, json.dumps(found), error)


def configured(**variables):
    return load_settings(None, {f"ISHOWTTS__{name}": value for name, value in variables.items()})


def only(iterator) -> Finding:
    (finding,) = iterator
    return finding


GPU = {"version": "2.8.0", "built_for": "12.6", "device": "Some GPU", "right": True}
NO_GPU = {"version": "2.8.0+cpu", "built_for": None, "device": None}


@pytest.mark.parametrize(
    ("found", "jetson", "nvidia", "level", "said"),
    [
        (probe(**GPU), False, True, "ok", "computes on Some GPU"),
        (probe(**GPU | {"right": False}), False, True, "warn", "computes wrongly"),
        (probe(**NO_GPU), False, False, "ok", "no GPU here"),
        (probe(**NO_GPU), False, True, "warn", "CUDA build of torch (this one is for the CPU)"),
        (probe(**NO_GPU), True, False, "warn", "index for your JetPack"),
        (probe(1, "x\nImportError: libcudnn"), False, True, "warn", "ImportError: libcudnn"),
        (probe(-11), False, True, "warn", "no word"),
        (None, False, True, "warn", "it hangs"),
    ],
)
def test_a_gpu_counts_only_when_it_computes(found, jetson, nvidia, level, said):
    finding = torch_finding(found, jetson=jetson, nvidia=nvidia)

    assert finding.level == level
    assert said in f"{finding.text} {finding.fix}"


def test_the_core_and_every_extra_are_listed_with_versions():
    found = {finding.about: finding for finding in findings.check_packages()}

    assert set(found) == {
        *("packages", "packages filter", "packages chat", "packages player"),
        *("packages espeak", "packages bench"),
    }
    assert "msgspec 0." in found["packages"].text


def test_a_missing_extra_says_what_to_install(monkeypatch):
    real = findings._installed
    monkeypatch.setattr(
        findings, "_installed", lambda name: None if name == "litestar" else real(name)
    )

    found = {finding.about: finding for finding in findings.check_packages()}

    player = found["packages player"]
    assert (player.level, player.text) == ("fail", "missing litestar")
    assert player.fix == "pip install 'ishowtts[player]'"


@pytest.mark.parametrize(
    ("variables", "level"),
    [
        ({}, "ok"),
        ({"PLAYER__HOST": "localhost"}, "ok"),
        ({"PLAYER__HOST": "::1"}, "ok"),
        ({"PLAYER__HOST": "0.0.0.0"}, "fail"),
        ({"PLAYER__HOST": "box.lan"}, "fail"),
        ({"PLAYER__HOST": "0.0.0.0", "PLAYER__API_TOKEN": "x" * 32}, "ok"),
    ],
)
def test_a_bridge_for_others_needs_a_token(variables, level):
    (bridge,) = findings.check_posture(configured(**variables))

    assert bridge.level == level


def test_a_distant_broker_without_tls_is_a_warning():
    *_, broker = findings.check_posture(configured(BROKER__HOST="10.0.0.5"))

    assert (broker.about, broker.level) == ("broker access", "warn")


def test_the_chosen_engine_must_run_and_others_may_not(monkeypatch):
    from ishowtts_synth.engines.espeak import EspeakEngine
    from ishowtts_synth.errors import EngineUnavailableError

    def check(_settings):
        raise EngineUnavailableError("install espeak-ng")

    monkeypatch.setattr(EspeakEngine, "check", check)

    chosen = {finding.about: finding for finding in engine_findings.check_engines(configured())}
    other = {
        finding.about: finding
        for finding in engine_findings.check_engines(configured(SYNTH__ENGINE="tone"))
    }

    assert chosen["engine espeak"].level == "fail"
    assert chosen["engine espeak"].fix == "install espeak-ng"
    assert other["engine espeak"].level == "warn"
    assert other["engine tone"].level == "ok"


def test_it_says_which_setting_chooses_an_engine():
    both = configured(RUN__ENGINES="tone,espeak")
    texts = {one.about: one.text for one in engine_findings.check_engines(both)}
    assert texts["engine tone"].endswith("can run, chosen by [run] engines")
    assert texts["engine espeak"].endswith("can run, chosen by [run] engines")
    alone = {one.about: one.text for one in engine_findings.check_engines(configured())}
    assert alone["engine espeak"].endswith("can run, chosen by [synth] engine")
    assert alone["engine tone"].endswith("can run")


def test_an_engine_that_does_not_exist_is_told():
    *_, last = engine_findings.check_engines(configured(SYNTH__ENGINE="f6"))

    assert (last.level, last.about) == ("fail", "engine f6")


def test_a_bridge_port_in_use_is_told():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert only(findings.check_bridge_ports(configured(PLAYER__PORT=port))).level == "warn"
    assert only(findings.check_bridge_ports(configured(PLAYER__PORT="0"))).level == "ok"


def test_the_ports_of_other_systems_are_checked_too():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        listeners = f'[{{"port": {taken.getsockname()[1]}, "dialect": "chatterbox"}}]'
        own, other = findings.check_bridge_ports(
            configured(PLAYER__PORT="0", PLAYER__LISTENERS=listeners)
        )
    assert own.level == "ok"
    assert (other.about, other.level) == ("chatterbox port", "warn")
    assert "listeners[0].port" in other.fix


def test_mosquitto_is_started_to_see_whether_it_runs(tmp_path):
    broken = tmp_path / "mosquitto"
    broken.write_text("#!/bin/sh\necho error while loading shared libraries >&2\nexit 127\n")
    broken.chmod(0o755)

    missing = configured(BROKER__EXECUTABLE="/no/such/mosquitto").broker
    foreign = configured(BROKER__MANAGED="false").broker

    assert only(findings.check_mosquitto(configured().broker)).level == "ok"
    broken_broker = configured(BROKER__EXECUTABLE=str(broken)).broker
    assert only(findings.check_mosquitto(broken_broker)).level == "fail"
    assert only(findings.check_mosquitto(missing)).level == "fail"
    assert only(findings.check_mosquitto(foreign)).level == "ok"


def test_a_wrong_configuration_is_one_finding_among_others(monkeypatch):
    monkeypatch.setenv("ISHOWTTS__PLAYER__PROT", "1")

    found = {finding.about: finding for finding in doctor.examine(None)}

    assert found["config"].level == "fail"
    assert "did you mean" in found["config"].text
    assert {"python", "gpu", "audio"} <= set(found)


def test_json_is_the_findings(capsys, monkeypatch):
    monkeypatch.setattr(findings.importlib.util, "find_spec", lambda _name: None)

    code = main(["doctor", "--json"])

    found = msgspec.json.decode(capsys.readouterr().out, type=list[Finding])
    assert code == (ExitCode.FAILED if any(f.level == "fail" for f in found) else ExitCode.OK)
    by_name = {finding.about: finding for finding in found}
    assert by_name["broker"].level == "warn", "run-all has not started it yet"
    assert by_name["python"].level == "ok"


def test_a_failure_has_a_status_and_a_way_out(capsys, monkeypatch):
    monkeypatch.setenv("ISHOWTTS__SYNTH__ENGINE", "f6")

    assert main(["doctor"]) == ExitCode.FAILED
    shown = capsys.readouterr().out
    assert "fail engine f6" in shown
    assert "-> set [synth] engine to one of" in shown


@pytest.mark.parametrize(("voices", "level"), [((), "warn"), (("ann",), "ok")])
def test_a_pipeline_in_which_nobody_has_a_voice_is_told(voices, level):
    directory = Directory()
    for node in ("ingest", "filter", "synth", "player"):
        about = {"node": node, "instance": "1", "incarnation": 1}
        directory.nodes.on_state(NodeState(**about, health="ready", pid=1))
    known = tuple(VoiceInfo(id=voice, label=voice) for voice in voices)
    info = NodeInfo(node="synth", instance="1", incarnation=1, version="0", voices=known)
    directory.nodes.on_info(info)

    finding = doctor._pipeline_finding(directory)

    assert finding.level == level
    assert ("voices add" in finding.fix) is (not voices)
