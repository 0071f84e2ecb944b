"""Results against their goals, as JSON, as a picture and as text."""

import msgspec
import pytest

from ishowtts_cli.bench import command
from ishowtts_cli.bench.numbers import summarise
from ishowtts_cli.bench.results import (
    BenchResult,
    Deciding,
    Hop,
    Machine,
    RateStep,
    StreamRun,
    judge,
)
from ishowtts_cli.bench.tables import print_result


def run(rate=50, listeners=1, milliseconds=(5, 6, 7)):
    heard = summarise([value / 1000 for value in milliseconds])
    return StreamRun(
        rate=rate,
        listeners=listeners,
        seconds=30,
        sent=3,
        spoken=3,
        lost=0,
        complete_listeners=listeners,
        first_start=heard,
        first_chunk=heard,
        all_listeners=heard,
        publish_slip_ms=0.1,
    )


def step(rate, missing=0, achieved=None, **outcomes):
    sent = sum(outcomes.values()) + missing
    return RateStep(
        rate=rate,
        achieved=achieved or rate,
        sent=sent,
        outcomes=outcomes,
        missing=missing,
        drained_s=0.1,
    )


def result(**changes):
    made = BenchResult(
        at="2026-01-02T03:04:05+00:00",
        quick=True,
        machine=Machine(
            cpus=2, cpu="x", memory_gb=8, system="Linux", python="3.11", versions={"ishowtts": "0"}
        ),
        start_s=[2.5, 1.5],
        streams=[run(10), run(50)],
        crowds=[run(10, 1), run(10, 50)],
        accounted=[step(100, spoken=200), step(1000, spoken=900, shed=100)],
        accounted_per_s=1000,
        spoken_per_s=100,
        hops=[
            Hop(payload_bytes=4000, bus=summarise([0.001]), socket=summarise([0.0001])),
            Hop(payload_bytes=240_000, bus=summarise([0.001]), socket=summarise([0.0008])),
        ],
        memory_mb={"broker": 9, "ingest": 33, "filter": 35, "player": 120},
        deciding=deciding(),
    )
    return msgspec.structs.replace(made, **changes)


def deciding(decided=20_000, behind=200):
    return Deciding(
        rate=1000,
        seconds=20,
        sent=20_000,
        decided=decided,
        furthest_behind=behind,
        drained_s=0.1,
    )


def verdicts(made):
    return {goal.name: goal.met for goal in judge(made)}


def test_a_good_run_meets_every_goal():
    met = verdicts(result())

    assert all(met.values())
    assert len(met) == 8
    assert "memory of player" not in met, "no goal was set for it"


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"streams": [run(50, milliseconds=[16] * 10)]}, "first audio at 50/s, p50"),
        ({"streams": [run(50, milliseconds=[1] * 90 + [51] * 10)]}, "first audio at 50/s, p99"),
        ({"accounted_per_s": 999}, "every message accounted for"),
        ({"accounted_per_s": None}, "every message accounted for"),
        ({"memory_mb": {"filter": 80}}, "memory of filter"),
        ({"start_s": [5.1]}, "start"),
        (
            {
                "hops": [
                    Hop(payload_bytes=240_000, bus=summarise([0.003]), socket=summarise([0.001]))
                ]
            },
            "240 KB hop, ratio to a socket",
        ),
    ],
)
def test_a_goal_that_is_missed_is_told(changes, missed):
    assert [name for name, met in verdicts(result(**changes)).items() if not met] == [missed]


def test_what_was_not_measured_is_not_judged():
    met = verdicts(result(streams=[run(10)], hops=[], deciding=None, memory_mb={}, start_s=[]))

    assert list(met) == ["every message accounted for"]


@pytest.mark.parametrize(
    ("one", "passed", "all_spoken"),
    [
        (step(100, spoken=200), True, True),
        (step(100, spoken=150, shed=50), True, False),
        (step(100, spoken=199, missing=1), False, False),
        (step(100, spoken=200, achieved=90), False, False),
    ],
)
def test_a_step_passes_when_every_message_has_an_end(one, passed, all_spoken):
    assert (one.passed, one.all_spoken) == (passed, all_spoken)


def test_json_and_plot_are_written_and_read_back(tmp_path):
    made = result()

    command.write(made, tmp_path / "results")

    (document,) = (tmp_path / "results").glob("*.json")
    (plot,) = (tmp_path / "results").glob("*.png")
    assert msgspec.json.decode(document.read_bytes(), type=BenchResult) == made
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_json_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)

    command.write(result(), tmp_path)

    assert len(list(tmp_path.glob("*.json"))) == 1
    assert "pip install 'ishowtts[bench]'" in capsys.readouterr().err


def test_the_tables_show_figures_and_verdicts(capsys):
    made = result(accounted=[], memory_mb={"filter": 90})
    made.goals = judge(made)

    print_result(made)

    shown = capsys.readouterr().out
    for word in ("50/s, 1", "50/50", "met", "missed", "90 MB", "2.50 s, 1.50 s"):
        assert word in shown


@pytest.mark.parametrize("found", [deciding(decided=19_999), deciding(behind=1000)])
def test_who_falls_a_second_behind_or_forgets_one_does_not_keep_up(found):
    assert not verdicts(result(deciding=found))["ingest and filter keep up with 1000/s"]
