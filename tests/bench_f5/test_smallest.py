"""The whole bench, as small as it goes: parity, every measurement, tables, JSON, picture."""

import msgspec
import pytest

from ishowtts_cli.bench_f5 import checkpoints, command
from ishowtts_cli.bench_f5.command import Wish
from ishowtts_cli.bench_f5.goals import NO_GPU
from ishowtts_cli.bench_f5.results import BenchResult
from ishowtts_cli.bench_f5.run import SMALLEST
from ishowtts_cli.errors import CliError
from ishowtts_cli.sections import load_settings
from ishowtts_synth.engines.f5 import F5Engine


def test_the_bench_measures_prints_and_writes(checkpoint, tmp_path, capsys):
    wish = Wish("cpu", checkpoint, "auto", "auto", threads=1, quick=True)

    assert command.bench(wish, tmp_path, SMALLEST) == 0

    (document,) = tmp_path.glob("*.json")
    result = msgspec.json.decode(document.read_bytes(), type=BenchResult)
    assert all(one.fine for one in result.parity)
    assert result.utterances[0].ratio > 0
    assert result.throughput[0].ours_per_s > 0
    assert result.first_audio[0].ours.count == 1
    assert result.loads[0].failed == 0
    assert 0 < result.launches.ours < result.launches.stock
    assert document.with_suffix(".png").stat().st_size > 10_000
    printed = capsys.readouterr().out
    assert printed.index("Ours against stock") < printed.index("One utterance")
    for title in ("One step", "Utterances a second", "first PCM", "Footprint"):
        assert title in printed
    assert "CPU, torch 2." in printed
    assert printed.count(NO_GPU) == len(result.goals) > 0


def test_a_trial_holds_all_that_the_engine_needs(tmp_path, capsys):
    folder = tmp_path / "models" / "tiny"

    checkpoints.write_trial(folder, "tiny")

    config = tmp_path / "ishowtts.toml"
    config.write_text(capsys.readouterr().out, "utf-8")
    engine = F5Engine(load_settings(config)["f5"])
    engine.load()
    assert [voice.id for voice in engine.voices()] == ["noise"]
    with pytest.raises(CliError, match="not empty"):
        checkpoints.write_trial(folder, "tiny")
