"""What an engine's failures end: a job, the engine as it is loaded, or the process."""

import asyncio

import pytest

from ishowtts_synth.errors import BadRequestError, EngineError, EngineUnavailableError
from ishowtts_synth.settings import SynthSettings
from tests.synth.bench import Bench, Start
from tests.synth.fakes import SOON_S, GateEngine


async def test_an_exception_fails_its_job_and_no_other(start: Start) -> None:
    bench = await start()
    bench.engine.open()
    bench.engine.breakages = [RuntimeError("CUDA error: out of memory")]
    bench.ask("bad")
    bench.ask("good")
    await bench.ended("bad", "good")
    failure = bench.failure("bad")
    assert (failure.code, failure.retryable) == ("engine_error", True)
    assert failure.text == "the engine failed: RuntimeError: CUDA error: out of memory"
    assert bench.outcome("good") == "done"
    assert bench.log.reloads == []


async def test_three_failures_in_a_row_reload_the_engine(start: Start) -> None:
    bench = await start()
    bench.engine.open()
    bench.engine.breakages = [RuntimeError("broken")] * 3
    for utterance_id in "abcd":
        bench.ask(utterance_id)
    await bench.ended(*"abcd")
    assert [bench.outcome(utterance_id) for utterance_id in "abcd"] == ["engine_error"] * 3 + [
        "done"
    ]
    assert bench.engine.loads == 2
    assert bench.log.reloads == ["Gate failed 3 times in a row and was reloaded"]


async def test_a_request_that_cannot_be_spoken_is_no_failure_of_the_engine(start: Start) -> None:
    bench = await start()
    bench.engine.open()
    bench.engine.breakages = [BadRequestError("gate has no option 'pitch'")] * 4
    for utterance_id in "abcd":
        bench.ask(utterance_id)
    await bench.ended(*"abcd")
    assert [bench.outcome(utterance_id) for utterance_id in "abcd"] == ["bad_request"] * 4
    assert bench.failure("a").text == "gate has no option 'pitch'"
    assert bench.engine.loads == 1


@pytest.mark.parametrize(
    ("complaint", "loads"), [(EngineError("not a number"), 1), (RuntimeError("broken"), 2)]
)
async def test_what_an_engine_blames_on_its_jobs_is_no_failure_of_its_own(
    start: Start, complaint: Exception, loads: int
) -> None:
    bench = await start()
    bench.engine.open()
    bench.engine.complaints = [complaint] * 3
    for utterance_id in "abcd":
        bench.ask(utterance_id)
    await bench.ended(*"abcd")
    assert [bench.outcome(utterance_id) for utterance_id in "abc"] == ["engine_error"] * 3
    assert bench.failure("a").retryable
    assert bench.outcome("d") == "done"
    assert bench.engine.loads == loads


async def test_an_engine_that_cannot_be_loaded_again_ends_the_worker(start: Start) -> None:
    bench = await start()
    bench.engine.open()
    bench.engine.breakages = [EngineError("broken")] * 3
    bench.engine.load_error = EngineUnavailableError("the GPU has fallen off the bus")
    for utterance_id in "abc":
        bench.ask(utterance_id)
    with pytest.raises(EngineUnavailableError, match="fallen off the bus"):
        await asyncio.wait_for(bench.worker.watch(), SOON_S)


async def test_a_failed_load_is_told() -> None:
    engine = GateEngine()
    engine.load_error = OSError("no such file: model.safetensors")
    bench = Bench(engine)
    with pytest.raises(EngineUnavailableError, match=r"Gate: .*no such file: model.safetensors"):
        await bench.worker.start()
    await bench.worker.stop(1)
    assert engine.closes == 1


async def test_warming_up_speaks_into_nothing(start: Start) -> None:
    engine = GateEngine()
    engine.open()
    bench = Bench(engine, SynthSettings(warmup=True, warmup_text="warm"))
    await bench.worker.start()
    await bench.worker.stop(SOON_S)
    assert engine.texts == ["warm"]
    assert not bench.log.chunks
    assert not bench.log.ends
