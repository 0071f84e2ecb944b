"""The ways into an engine's thread and out of it, all of them bounded."""

import asyncio

import pytest

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.settings import SynthSettings
from tests.synth.bench import Start, heard, until
from tests.synth.fakes import PIECE, SOON_S


async def test_audio_comes_in_order_without_a_gap(start: Start) -> None:
    bench = await start(pieces=10)
    bench.engine.open()
    assert bench.ask("a")
    await bench.ended("a")
    offset = 0
    for utterance_id, at, pcm in bench.log.chunks:
        assert (utterance_id, at) == ("a", offset)
        offset += len(pcm) // 2
    assert b"".join(pcm for _, _, pcm in bench.log.chunks) == PIECE * 10
    end = bench.log.ends["a"]
    assert (end.outcome, end.samples) == ("done", offset)
    assert end.synth_ms > 0


async def test_the_first_piece_leaves_while_the_engine_still_speaks(start: Start) -> None:
    bench = await start(pieces=2)
    bench.engine.open(1)
    bench.ask("a")
    await until(lambda: bench.log.chunks)
    assert "a" not in bench.log.ends


async def test_the_urgent_overtake_what_waits(start: Start) -> None:
    bench = await start()
    bench.ask("speaking", text="speaking")
    await heard(bench.engine.speaking)
    for priority in ("normal", "paid", "interactive"):
        bench.ask(priority, text=priority, priority=priority)
    bench.engine.open()
    await bench.ended("speaking", "normal", "paid", "interactive")
    assert bench.engine.texts == ["speaking", "interactive", "paid", "normal"]


async def test_a_full_queue_says_so(start: Start) -> None:
    bench = await start()
    bench.ask("speaking")
    await heard(bench.engine.speaking)
    assert all(bench.ask(f"waiting-{number}") for number in range(4))
    assert not bench.ask("refused")
    assert bench.outcome("refused") == "overloaded"
    assert bench.failure("refused").retryable


async def test_what_waited_too_long_is_not_spoken(start: Start) -> None:
    bench = await start()
    bench.ask("speaking")
    await heard(bench.engine.speaking)
    bench.ask("late", deadline_at_ns=bench.now_ns + 1_000)
    bench.now_ns += 2_000
    bench.engine.open()
    await bench.ended("speaking", "late")
    assert bench.outcome("late") == "expired"
    assert not bench.ask("stale", deadline_at_ns=bench.now_ns)
    assert bench.outcome("stale") == "expired"


async def test_a_repeat_is_not_spoken_twice(start: Start) -> None:
    bench = await start()
    bench.engine.open()
    bench.ask("a")
    await bench.ended("a")
    assert not bench.ask("a")
    assert bench.ask("a", attempt=2)
    await until(lambda: bench.log.order == ["a", "a"])
    assert bench.log.duplicates == 1


async def test_cancel_stops_what_is_spoken(start: Start) -> None:
    bench = await start(pieces=100)
    bench.engine.open(1)
    bench.ask("a")
    await until(lambda: bench.log.chunks)
    bench.worker.cancel("a")
    bench.engine.open(1)
    await bench.ended("a")
    assert bench.outcome("a") == "cancelled"
    assert bench.log.ends["a"].samples == len(PIECE) // 2


async def test_cancel_of_one_attempt_lets_the_next_one_speak(start: Start) -> None:
    bench = await start(pieces=2)
    bench.ask("a", text="first")
    await heard(bench.engine.speaking)
    bench.worker.cancel("a", attempt=1)
    bench.ask("a", text="second", attempt=2)
    bench.engine.open()
    await until(lambda: len(bench.log.order) == 2)
    assert bench.outcome("a") == "done"
    assert bench.engine.texts == ["first", "second"]


async def test_cancel_removes_what_waits_and_what_has_not_come_yet(start: Start) -> None:
    bench = await start()
    bench.ask("speaking")
    await heard(bench.engine.speaking)
    bench.ask("waiting")
    bench.worker.cancel("waiting")
    bench.worker.cancel("future")
    bench.ask("future")
    assert bench.outcome("waiting") == bench.outcome("future") == "cancelled"
    bench.engine.open()
    await bench.ended("speaking")
    assert len(bench.engine.texts) == 1


async def test_a_slow_bus_stops_the_engine_until_it_takes_more(start: Start) -> None:
    bench = await start(pieces=50)  # 5 s of audio; the buffer holds 1 s
    bench.log.release = None
    bench.engine.open()
    bench.ask("a")
    await until(lambda: sum(len(pcm) for _, _, pcm in bench.log.chunks) >= 30_000)
    await asyncio.sleep(0.05)
    waiting = sum(len(pcm) for _, _, pcm in bench.log.chunks)
    assert waiting <= 48_000
    bench.log.release = bench.worker.release
    bench.worker.release(waiting)
    await bench.ended("a")
    assert b"".join(pcm for _, _, pcm in bench.log.chunks) == PIECE * 50


async def test_cancel_reaches_an_engine_that_waits_for_the_bus(start: Start) -> None:
    bench = await start(pieces=50)
    bench.log.release = None
    bench.engine.open()
    bench.ask("a")
    await until(lambda: sum(len(pcm) for _, _, pcm in bench.log.chunks) >= 30_000)
    bench.worker.cancel("a")
    await bench.ended("a")
    assert bench.outcome("a") == "cancelled"


async def test_stopping_lets_speech_end_and_fails_what_waits(start: Start) -> None:
    bench = await start()
    bench.ask("speaking")
    await heard(bench.engine.speaking)
    bench.ask("waiting")
    bench.engine.open()
    await bench.worker.stop(SOON_S)
    await bench.ended("speaking", "waiting")
    assert bench.outcome("speaking") == "done"
    assert bench.outcome("waiting") == "shutting_down"
    assert bench.failure("waiting").retryable
    assert bench.engine.closes == 1


async def test_stopping_fails_speech_that_does_not_end(start: Start) -> None:
    bench = await start(pieces=1_000)
    bench.ask("long")
    await heard(bench.engine.speaking)
    stopping = asyncio.create_task(bench.worker.stop(0.01))
    await asyncio.sleep(0.05)
    bench.engine.open(2)
    await stopping
    await bench.ended("long")
    assert bench.outcome("long") == "shutting_down"


async def test_an_engine_that_hangs_ends_the_node_that_only_a_new_process_can_help(
    monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    monkeypatch.setattr("ishowtts_synth.worker.HANG_CHECK_S", 0.01)
    monkeypatch.setattr("ishowtts_synth.worker.ABANDON_S", 0.05)
    bench = await start(SynthSettings(hang_s=0.05))
    watching = asyncio.create_task(bench.worker.watch())
    await asyncio.sleep(0.1)
    assert not watching.done(), "an engine without work does not hang"
    bench.ask("stuck")
    with pytest.raises(EngineUnavailableError, match=r"has hung for 0\.05 s"):
        await asyncio.wait_for(watching, SOON_S)
    await bench.worker.stop(0.01)


async def test_a_bus_that_is_away_is_no_hanging_engine(
    monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    monkeypatch.setattr("ishowtts_synth.worker.HANG_CHECK_S", 0.01)
    bench = await start(SynthSettings(buffer_ms=1000, hang_s=0.2), pieces=30)
    bench.log.release = None
    watching = asyncio.create_task(bench.worker.watch())
    bench.ask("long")
    bench.engine.open()
    await asyncio.sleep(0.4)
    assert not watching.done()
    bench.worker.cancel("long")
    await bench.ended("long")
    watching.cancel()


async def test_stopping_is_not_held_up_by_an_engine_that_hangs(
    monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    monkeypatch.setattr("ishowtts_synth.worker.ABANDON_S", 0.05)
    bench = await start()
    bench.ask("stuck")
    await heard(bench.engine.speaking)
    await bench.worker.stop(0.01)
    await bench.ended("stuck")
    assert bench.outcome("stuck") == "shutting_down"
