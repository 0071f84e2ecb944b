"""The smallest real run: every part of the bench against a real pipeline, no figure judged."""

import socket
from pathlib import Path

import msgspec

from ishowtts_cli.bench import command
from ishowtts_cli.bench.results import BenchResult


async def test_the_smallest_run_gives_a_whole_result():
    result = await command.measure(command.SMALLEST, quick=True)

    assert msgspec.json.decode(msgspec.json.encode(result), type=BenchResult) == result
    (stream,), (crowd,) = result.streams, result.crowds
    assert (stream.sent, stream.spoken, stream.lost) == (10, 10, 0)
    assert stream.first_chunk.count == 10
    assert (crowd.listeners, crowd.complete_listeners) == (2, 2)
    assert result.accounted
    assert all(step.missing == 0 for step in result.accounted)
    assert result.deciding is not None
    assert (result.deciding.sent, result.deciding.decided) == (20, 20)
    assert {run.overhead.count for run in result.interfaces} == {2}
    assert all((run.overhead.p50_ms or 0) > 0 for run in result.interfaces)
    assert set(result.memory_mb) == {"run-all", "broker", "ingest", "filter", "synth", "player"}
    assert len(result.start_s) == 1
    assert result.restarts == 0


def test_the_machine_is_described_and_not_named():
    facts = msgspec.json.encode(command.describe_machine()).decode()

    assert socket.gethostname() not in facts
    assert str(Path.cwd()) not in facts
