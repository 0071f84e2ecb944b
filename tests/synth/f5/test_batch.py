"""One step is tensors to tensors: it can be captured, compiled, replayed."""

import copy
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ishowtts_synth.f5.batch import Batch, Step, Trajectory, collate, euler_step, gather_step
from ishowtts_synth.f5.graphs import GraphedEulerStep, Recorded
from ishowtts_synth.f5.sampler import Sampler
from ishowtts_synth.f5.schedule_cache import ScheduleCache
from tests.synth.f5.pairs import (
    FP32_TOLERANCE,
    Case,
    Pair,
    load_pair,
    mel_of,
    relative_error,
    run,
)


@pytest.fixture(scope="module")
def pair(checkpoint: Path) -> Pair:
    return load_pair(checkpoint)


def one_step(pair: Pair, lengths: tuple[int, ...]) -> tuple[Batch, Step]:
    """Rows of these lengths, each at a step of its own."""
    schedule = ScheduleCache(pair.model).get(7, sway=-1.0, epss=True)
    rows: list[Trajectory] = []
    for index, frames in enumerate(lengths):
        request = pair.request(Case(frames=frames))
        context = pair.model.context(request.reference, request.tokens, frames, guided=True)
        rows.append(Trajectory(torch.randn(frames, 100), context, 2.0, schedule, index))
    return collate(pair.model, rows, max(lengths)), gather_step(rows)


def on_meta(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.to("meta")
    return value if value is None else type(value)(*map(on_meta, value))


@pytest.mark.parametrize("lengths", [(100,), (100, 100), (100, 90, 85)])
def test_a_step_looks_at_no_value(pair: Pair, lengths: tuple[int, ...]) -> None:
    """Tensors without values have none to wait for."""
    batch, step = one_step(pair, lengths)
    model = copy.deepcopy(pair.model).to("meta")
    assert euler_step(model, on_meta(batch), on_meta(step)).shape == batch.x.shape


def test_a_step_is_one_graph_to_the_compiler(pair: Pair) -> None:
    batch, step = one_step(pair, (100, 90))
    compiled = torch.compile(euler_step, fullgraph=True, backend="eager")
    assert torch.equal(compiled(pair.model, batch, step), euler_step(pair.model, batch, step))


def test_nothing_grows_behind_a_rows_end(pair: Pair) -> None:
    batch, step = one_step(pair, (100, 70))
    for _ in range(3):
        batch = batch._replace(x=euler_step(pair.model, batch, step))
    assert not batch.x[1, 70:].any()
    assert batch.x[1, 69].all()


def test_channels_stay_innermost(pair: Pair) -> None:
    """Stock's layout after its convolutions makes every sum of every block a slow one."""
    batch, _ = one_step(pair, (100, 90))
    assert pair.model.input_embed(batch.x, batch.conditioning).is_contiguous()


@pytest.mark.parametrize("without", [{"bias": None}, {"padding": None}])
def test_each_mask_is_needed(pair: Pair, without: dict[str, None]) -> None:
    """Were one forgotten, the comparisons with stock would show it."""
    batch, step = one_step(pair, (100, 70))
    conditioning = batch.conditioning._replace(**without)
    masked = euler_step(pair.model, batch, step)[1, :70]
    careless = euler_step(pair.model, batch._replace(conditioning=conditioning), step)[1, :70]
    assert relative_error(careless, masked) > 10 * FP32_TOLERANCE


def test_the_texts_embedding_needs_the_exact_length(pair: Pair) -> None:
    """In a padded bucket it would be another one: GRN looks at the whole sequence."""
    request = pair.request(Case())
    exact, padded = (
        pair.model.context(request.reference, request.tokens, frames, guided=True)
        for frames in (150, 192)
    )
    assert relative_error(padded[:, :150], exact) > 10 * FP32_TOLERANCE


def replaying(counter: list[int]) -> Callable[[Callable[[], Tensor]], Recorded]:
    """Stands in for a CUDA graph: runs again on the same tensors, writes to the same place."""

    def _record(launch: Callable[[], Tensor]) -> Recorded:
        counter.append(1)
        out = launch()
        return Recorded(lambda: out.copy_(launch()), out)

    return _record


def test_recordings_give_the_same_numbers(pair: Pair) -> None:
    recorded: list[int] = []
    advance = GraphedEulerStep(replaying(recorded))
    sampler = Sampler(pair.model, max_rows=3, bucket_frames=64, advance=advance)
    cases = [
        Case("one", frames=150, seed=1),
        Case("two", frames=131, seed=2, voice=1, steps=5),
        Case("three", frames=140, seed=3, cfg_strength=0.0),
    ]
    for _ in range(3):
        rows = []
        for case in cases:
            rows.append(sampler.admit(pair.request(case)))
            sampler.step()
        run(sampler)
        for case, row in zip(cases, rows, strict=True):
            assert relative_error(mel_of(row), pair.theirs(case)) <= FP32_TOLERANCE
    assert len(recorded) == 3  # one row, two rows, one without guidance


def test_a_recording_keeps_no_batch_alive(pair: Pair) -> None:
    advance = GraphedEulerStep(replaying([]))
    batch, step = one_step(pair, (100, 90))
    context = weakref.ref(batch.conditioning.context)
    advance(pair.model, batch, step)
    del batch
    assert context() is None


class ScarceMemory:
    """Records until there are so many recordings."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.tried = 0

    def __call__(self, launch: Callable[[], Tensor]) -> Recorded:
        self.tried += 1
        if self.tried > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return replaying([])(launch)


def test_without_memory_for_a_recording_the_step_runs_without(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    memory = ScarceMemory(3)
    advance = GraphedEulerStep(memory)
    for frames in (70, 71, 72, 73, 73):
        case = Case(frames=frames, steps=1)
        (ours,) = pair.ours(case, advance=advance)
        assert relative_error(ours, pair.theirs(case)) <= FP32_TOLERANCE
        memory.room += 9 * (memory.tried == 4)  # there is some again, now that all were let go
    assert len(advance._recordings) == 1
    assert caplog.messages == ["too little memory for recorded steps: 1 are kept"]


def test_where_not_one_recording_fits_it_is_not_tried_again(pair: Pair) -> None:
    memory = ScarceMemory(0)
    advance = GraphedEulerStep(memory)
    for frames in (70, 71):
        pair.ours(Case(frames=frames, steps=2), advance=advance)
    assert memory.tried == 1


def test_recordings_are_bounded(pair: Pair) -> None:
    recorded: list[int] = []
    advance = GraphedEulerStep(replaying(recorded), most_recordings=2)
    for frames in (70, 71, 72, 70, 70):
        pair.ours(Case(frames=frames, steps=1), advance=advance)
    assert len(recorded) == 4
    assert len(advance._recordings) == 2
