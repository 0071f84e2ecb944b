"""A run is held against every goal, and only where it could have reached it."""

import msgspec
import pytest

from ishowtts_cli.bench.numbers import summarise
from ishowtts_cli.bench.results import Machine
from ishowtts_cli.bench_f5.goals import NO_GPU, NOT_IN_RUN, judge
from ishowtts_cli.bench_f5.results import (
    BenchResult,
    Conditions,
    FirstAudio,
    Launches,
    Load,
    Memory,
    Side,
    Throughput,
    Utterance,
)
from ishowtts_cli.bench_f5.speech import COMMENT

FRAMES = {2.0: 656, 5.0: 938, 10.0: 1406}


def side(seconds: float) -> Side:
    return Side(sampling=summarise([seconds]), whole=summarise([seconds]))


def utterance(generated_s: float, steps: tuple[int, int], times_s: tuple[float, float]):
    return Utterance(
        generated_s=generated_s,
        frames=FRAMES[generated_s],
        stock_steps=steps[0],
        our_steps=steps[1],
        stock=side(times_s[0]),
        ours=side(times_s[1]),
        step_gflop=500.0,
    )


def result(*, kind: str = "cuda", ours_s: float = 0.016, failed: int = 0) -> BenchResult:
    """Stock takes 0.1 s, whatever is asked of it."""
    heard = summarise([ours_s])
    conditions = dict.fromkeys(("device", "torch", "precision", "model", "weights"), "")
    return BenchResult(
        at="",
        machine=Machine(cpu="", cpus=1, memory_gb=1, system="", python="", versions={}),
        conditions=Conditions(
            kind=kind,
            cuda=None,
            graphs=False,
            threads=1,
            parameters_m=1,
            reference_s=5,
            quick=False,
            **conditions,
        ),
        gemm_gflop_s=1e6,
        parity=[],
        utterances=[
            *(utterance(generated_s, (16, 16), (0.1, ours_s)) for generated_s in FRAMES),
            utterance(2.0, (32, 7), (0.1, ours_s)),
        ],
        throughput=[
            Throughput(
                in_flight=16,
                utterances=48,
                generated_s=2.0,
                steps=7,
                ours_per_s=130,
                stock_per_s=10,
            )
        ],
        first_audio=[
            FirstAudio(characters=22, text=COMMENT, steps=7, frames=720, ours=heard, stock=heard)
        ],
        loads=[
            Load(
                rate=50,
                seconds=20,
                utterances=1000,
                generated_s=2.3,
                steps=7,
                rows=16,
                first_audio=heard,
                failed=failed,
            )
        ],
        launches=Launches(what="kernels", stock=1000, ours=400),
        memory=Memory(stock_weights=1, our_weights=1, process_peak=1),
    )


def verdicts(run: BenchResult) -> dict[str, tuple[str, str]]:
    return {one.name: (one.found, one.verdict) for one in judge(run)}


def test_without_a_gpu_nothing_is_judged():
    assert set(verdicts(result(kind="cpu")).values()) == {("-", NO_GPU)}


def test_what_was_reached_what_was_missed_and_what_was_not_tried():
    found = verdicts(result())
    assert found["2 s, 16 steps, to stock"] == ("6.25 x", "reached")
    assert found["5 s, 16 steps, to stock"] == ("6.25 x", "reached, and the stretch")
    assert found["16 in flight, to stock one by one"] == ("13 x", "reached, and the stretch")
    assert found["the same, utterances of 2 s a second"] == ("130 /s", "reached")
    step = found["a step of 656 frames, of the rate of large products"]
    assert step == ("50 %", "reached, and the stretch")
    assert found["a comment of 2 s, 7 steps, to first PCM, p50"] == ("16 ms", "reached")
    assert found["50 comments a second, to first PCM, p99"] == ("16 ms", "reached")
    assert found["100 a second, the same"] == ("-", NOT_IN_RUN)
    fast = found["fast (approximate): 7 steps to stock at 32, 2 s"]
    assert fast == ("6.25 x", "missed: 31% of it")


def test_a_comment_that_failed_was_not_in_time():
    found = verdicts(result(failed=1))["50 comments a second, to first PCM, p99"]
    assert found == ("inf ms", "missed: inf% of it")


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_judgements_are_written_with_the_rest(kind):
    run = result(kind=kind)
    run.goals = judge(run)
    assert msgspec.json.decode(msgspec.json.encode(run), type=BenchResult).goals == run.goals
