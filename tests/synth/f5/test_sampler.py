"""Rows that share batches: each gets what stock gives it alone."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from ishowtts_synth.errors import BadRequestError, EngineError
from ishowtts_synth.f5.batch import Batch, Step, euler_step
from ishowtts_synth.f5.model import MAX_FRAMES, F5Model
from ishowtts_synth.f5.pacing import StepPacer
from ishowtts_synth.f5.sampler import Row, Sampler, SampleRequest
from tests.synth.f5.checkpoints import V0_ARCH
from tests.synth.f5.pairs import (
    FP32_TOLERANCE,
    Case,
    Pair,
    load_pair,
    make_pair,
    mel_of,
    relative_error,
    run,
)

RAGGED = (
    Case("hello there", frames=150, seed=1),
    Case("6", frames=131, seed=2, voice=1),
    Case("你好，世界", frames=140, seed=3, voice=2, reference_frames=80),
    Case("a longer one, to be sure", frames=165, seed=4, steps=5),
    Case("no guidance", frames=160, seed=5, cfg_strength=0.0),
    Case("far longer than the others", frames=400, seed=6, steps=4),
    Case("guided otherwise", frames=150, seed=7, cfg_strength=3.3, sway=None),
)


@pytest.fixture(scope="module")
def pair(checkpoint: Path) -> Pair:
    return load_pair(checkpoint)


def test_equal_rows_side_by_side(pair: Pair) -> None:
    case = Case()
    wanted = pair.theirs(case)
    for ours in pair.ours(case, case, case):
        assert relative_error(ours, wanted) <= FP32_TOLERANCE


@pytest.mark.parametrize("bucket_frames", [1, 64])
def test_ragged_rows(pair: Pair, bucket_frames: int) -> None:
    found = pair.ours(*RAGGED, bucket_frames=bucket_frames)
    for case, ours in zip(RAGGED, found, strict=True):
        assert relative_error(ours, pair.theirs(case)) <= FP32_TOLERANCE, case.text


def test_ragged_rows_of_a_v0_model(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, V0_ARCH)
    for case, ours in zip(RAGGED, pair.ours(*RAGGED), strict=True):
        assert relative_error(ours, pair.theirs(case)) <= FP32_TOLERANCE, case.text


def test_a_row_joins_and_leaves_a_running_batch(pair: Pair) -> None:
    sampler = Sampler(pair.model, max_rows=3)
    cases = [Case("first", steps=12, seed=1), Case("second", steps=5, seed=2, frames=140)]
    rows = [sampler.admit(pair.request(cases[0]))]
    for _ in range(4):
        assert sampler.step() == []
    rows.append(sampler.admit(pair.request(cases[1])))
    assert run(sampler) == [rows[1], rows[0]]
    for case, row in zip(cases, rows, strict=True):
        assert relative_error(mel_of(row), pair.theirs(case)) <= FP32_TOLERANCE


def test_each_row_ends_after_its_own_steps(pair: Pair) -> None:
    sampler = Sampler(pair.model, max_rows=2)
    long, short = (sampler.admit(pair.request(Case(steps=steps))) for steps in (6, 4))
    ended = [sampler.step() for _ in range(6)]
    assert ended == [[], [], [], [short], [], [long]]
    assert sampler.free == 2


def test_two_voices_alternating_a_thousand_times_never_mix(pair: Pair) -> None:
    cases = [Case("hi", 40, 1, seed=voice, voice=voice, reference_frames=20) for voice in (0, 1)]
    wanted = [pair.theirs(case) for case in cases]
    assert relative_error(wanted[0], wanted[1]) > 0.1
    requests = [pair.request(case) for case in cases]
    sampler = Sampler(pair.model, max_rows=8)
    voices: dict[Row, int] = {}
    while len(voices) < 1000:
        for _ in range(1 + len(voices) % 8):  # alone at times, in company mostly
            voice = len(voices) % 2
            voices[sampler.admit(requests[voice])] = voice
        run(sampler)
    for row, voice in voices.items():
        assert relative_error(mel_of(row), wanted[voice]) <= FP32_TOLERANCE


def test_a_cancelled_row_is_gone_and_the_others_stay_exact(pair: Pair) -> None:
    sampler = Sampler(pair.model, max_rows=2)
    case = Case(seed=1)
    kept, unwanted = sampler.admit(pair.request(case)), sampler.admit(pair.request(Case(seed=2)))
    sampler.step()
    sampler.cancel(unwanted)
    assert sampler.free == 1
    sampler.cancel(unwanted)  # a second time is no error
    assert run(sampler) == [kept]
    assert not unwanted.done
    assert relative_error(mel_of(kept), pair.theirs(case)) <= FP32_TOLERANCE
    sampler.cancel(kept)


def test_not_a_number_fails_only_its_row(pair: Pair) -> None:
    sampler = Sampler(pair.model, max_rows=2)
    case = Case(seed=1)
    request = pair.request(case)
    poisoned = SampleRequest(torch.full_like(case.mel, float("nan")), request.tokens, 150, steps=8)
    good, bad = sampler.admit(request), sampler.admit(poisoned)
    run(sampler)
    assert bad.done
    assert bad.mel is None
    assert str(bad.error) == "the model's answer is not a number"
    assert relative_error(mel_of(good), pair.theirs(case)) <= FP32_TOLERANCE


class SmallDevice:
    """Takes a step as long as rows and padding fit.

    Attributes:
        tried: Rows of each batch that came.
    """

    def __init__(
        self,
        frames: int,
        error: type[Exception] = torch.OutOfMemoryError,
        text: str = "CUDA out of memory",
    ) -> None:
        self.frames = frames
        self.tried: list[int] = []
        self._error = error
        self._text = text

    def __call__(self, model: F5Model, batch: Batch, step: Step) -> torch.Tensor:
        rows, frames, _ = batch.x.shape
        self.tried.append(rows)
        if rows * frames > self.frames:
            raise self._error(self._text)
        return euler_step(model, batch, step)


def test_too_little_memory_makes_batches_smaller(pair: Pair) -> None:
    device = SmallDevice(2 * 165)
    found = pair.ours(*RAGGED[:4], advance=device)
    for case, ours in zip(RAGGED, found, strict=False):
        assert relative_error(ours, pair.theirs(case)) <= FP32_TOLERANCE
    assert device.tried.count(3) == 1  # it does not try in vain again and again


def test_batches_grow_again_once_all_have_ended(pair: Pair) -> None:
    device = SmallDevice(150)
    sampler = Sampler(pair.model, max_rows=4, advance=device)
    for device.frames, rows in ((150, 1), (10_000, 4)):
        for _ in range(4):
            sampler.admit(pair.request(Case(steps=2)))
        run(sampler)
        assert device.tried[-1] == rows


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (torch.OutOfMemoryError, "CUDA out of memory"),
        (RuntimeError, "DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"),
        (RuntimeError, "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"),
        (RuntimeError, "CUDA error: out of memory"),
        (MemoryError, ""),
    ],
)
def test_a_row_too_large_for_memory_fails_alone(
    pair: Pair, error: type[Exception], text: str
) -> None:
    sampler = Sampler(pair.model, max_rows=2, advance=SmallDevice(170, error, text))
    cases = [Case(seed=1), Case(frames=180, seed=2)]
    small, large = (sampler.admit(pair.request(case)) for case in cases)
    assert sampler.step() == [large]
    assert isinstance(large.error, EngineError)
    assert str(large.error) == "not enough memory for 180 frames of speech"
    run(sampler)
    assert relative_error(mel_of(small), pair.theirs(cases[0])) <= FP32_TOLERANCE


def test_no_memory_to_begin_with_fails_that_row(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = Sampler(pair.model, max_rows=2)

    def _refuse(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(F5Model, "context", _refuse)
        refused, unwanted = (sampler.admit(pair.request(Case())) for _ in range(2))
    sampler.cancel(unwanted)
    assert sampler.free == 2
    assert sampler.step() == [refused]
    assert isinstance(refused.error, EngineError)


def test_any_other_fault_is_the_callers_and_leaves_a_clean_sampler(pair: Pair) -> None:
    device = SmallDevice(1, RuntimeError, "shapes do not fit")
    sampler = Sampler(pair.model, max_rows=2, advance=device)
    sampler.admit(pair.request(Case()))
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        sampler.step()
    sampler.clear()
    assert sampler.free == 2
    assert sampler.step() == []


def _requests(pair: Pair) -> Iterator[tuple[SampleRequest, str]]:
    mel, tokens = Case().mel, pair.vocabulary.encode("a")
    yield SampleRequest(mel, tokens, 100, steps=0), "1 step or more, not 0"
    yield SampleRequest(mel, tokens[:0], 100), "needs text"
    yield SampleRequest(mel[:0], tokens, 100), "needs text and a reference"
    yield SampleRequest(mel[:, :80], tokens, 100), "80 mel channels, the model 100"
    yield SampleRequest(mel, tokens, MAX_FRAMES + 1), "8193 frames long"


def test_impossible_requests_are_refused_with_a_reason(pair: Pair) -> None:
    sampler = Sampler(pair.model, max_rows=1)
    for request, reason in _requests(pair):
        with pytest.raises(BadRequestError, match=reason):
            sampler.admit(request)
    assert sampler.free == 1


class Marks:
    """A GPU's queue: what was marked in it, and what was waited for."""

    def __init__(self) -> None:
        self.marked = 0
        self.awaited: list[int] = []

    def new(self) -> "Mark":
        return Mark(self)


class Mark:
    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._number = 0

    def record(self) -> None:
        self._marks.marked += 1
        self._number = self._marks.marked

    def synchronize(self) -> None:
        self._marks.awaited.append(self._number)


def test_no_more_than_one_step_waits_in_a_gpu_s_queue(pair: Pair) -> None:
    marks = Marks()
    sampler = Sampler(pair.model, max_rows=1, pace=StepPacer(marks.new))
    sampler.admit(pair.request(Case(steps=4)))
    for step in range(1, 5):
        sampler.step()
        assert marks.marked == step
        assert marks.awaited == list(range(1, step))


def test_a_full_sampler_takes_no_more(pair: Pair) -> None:
    sampler = Sampler(pair.model, max_rows=1)
    sampler.admit(pair.request(Case()))
    with pytest.raises(RuntimeError, match="full"):
        sampler.admit(pair.request(Case()))


def test_old_schedules_are_forgotten(pair: Pair) -> None:
    sampler = Sampler(pair.model, max_rows=1)
    for number in range(40):
        sampler.admit(pair.request(Case(frames=70, steps=1, sway=-number / 40)))
        run(sampler)
    assert len(sampler._schedules._schedules) == 16


def test_rows_in_lockstep_and_out_of_step_agree(pair: Pair) -> None:
    """The one-kernel norm for rows at the same step is the same norm."""
    request = pair.request(Case(seed=1))
    together = Sampler(pair.model, max_rows=2)
    rows = [together.admit(request), together.admit(request)]
    run(together)
    apart = Sampler(pair.model, max_rows=2)
    first = apart.admit(request)
    apart.step()
    rows += [first, apart.admit(request)]
    run(apart)
    for one, other in itertools.pairwise(rows):
        assert relative_error(mel_of(one), mel_of(other)) <= FP32_TOLERANCE
