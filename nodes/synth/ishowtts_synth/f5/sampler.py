"""Step-level continuous batching: rows join and leave between Euler steps.

Who is in, and what happens when memory runs out; `grouping.py` says who shares a batch, and
`batch.py` has the tensors.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ishowtts_synth.errors import EngineError
from ishowtts_synth.f5.batch import (
    Batch,
    Step,
    Trajectory,
    collate,
    euler_step,
    gather_step,
)
from ishowtts_synth.f5.grouping import RowShape, bucket, group_by_length
from ishowtts_synth.f5.memory import is_out_of_memory
from ishowtts_synth.f5.model import MAX_FRAMES, F5Model
from ishowtts_synth.f5.sample_request import Row, SampleRequest, check_request
from ishowtts_synth.f5.schedule_cache import ScheduleCache

__all__ = ["Row", "SampleRequest", "Sampler"]

_NO_GUIDANCE_BELOW = 1e-5  # as stock


@dataclass(eq=False)
class _Group:
    rows: list[Row]
    batch: Batch | None = None  # made when it first runs


class Sampler:
    """Advances up to `max_rows` rows together, for one thread.

    Every row gets the numbers that stock gives it alone.
    """

    def __init__(
        self,
        model: F5Model,
        max_rows: int,
        *,
        bucket_frames: int = 1,
        advance: Callable[[F5Model, Batch, Step], Tensor] = euler_step,
        pace: Callable[[], None] | None = None,
    ) -> None:
        """Take a model.

        Args:
            model: Of any device and precision.
            max_rows: Rows in hand at once.
            bucket_frames: Batches are padded to a multiple of it.
            advance: `euler_step`, or another way to the same numbers.
            pace: Called after each step; may wait for the device.
        """
        self.model = model
        self.max_rows = max_rows
        self._bucket_frames = bucket_frames
        self._advance_batch = advance
        self._pace = pace
        self._running: dict[Row, Trajectory] = {}
        self._refused: list[Row] = []
        self._groups: list[_Group] = []
        self._stale = False
        self._most_together = max_rows
        self._schedules = ScheduleCache(model)

    @property
    def free(self) -> int:
        """Rows that can be admitted now."""
        return self.max_rows - len(self._running)

    @torch.inference_mode()
    def admit(self, request: SampleRequest) -> Row:
        """Let a request join; it takes part in the next step.

        Raises:
            BadRequestError: It can never be sampled as asked.
        """
        if not self.free:
            raise RuntimeError("the sampler is full")
        check_request(request, mels=self.model.config.mel_spec.n_mel_channels)
        row = Row(request)
        try:
            self._running[row] = self._start(request)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            self._refused.append(_failed(row, _no_memory_for(request)))
        self._stale = True
        return row

    def cancel(self, row: Row) -> None:
        """Forget a row at once; it will not be among those that end."""
        self._stale |= self._running.pop(row, None) is not None
        self._refused = [other for other in self._refused if other is not row]
        self._rest_if_idle()

    def clear(self) -> None:
        """Forget all rows, as after an error that left `step`."""
        self._running, self._refused = {}, []
        self._rest_if_idle()

    @torch.inference_mode()
    def step(self) -> list[Row]:
        """Advance every row by one Euler step.

        Returns:
            The rows that ended, well or not.
        """
        ended, self._refused = self._refused, []
        if self._stale:
            self._groups, self._stale = self._regrouped(), False
        for group in self._groups:
            ended += self._advance(group)
        if self._pace is not None:
            self._pace()
        self._rest_if_idle()
        return ended

    def _rest_if_idle(self) -> None:
        if not self._running:
            self._groups, self._most_together = [], self.max_rows

    def _start(self, request: SampleRequest) -> Trajectory:
        frames, model = request.total_frames, self.model
        reference = request.reference.to(model.device, model.dtype)
        guided = request.cfg_strength >= _NO_GUIDANCE_BELOW
        return Trajectory(
            x=_noise(request, model),
            context=model.context(
                reference, request.tokens.to(model.device), frames, guided=guided
            ),
            cfg_strength=request.cfg_strength,
            schedule=self._schedules.get(request.steps, sway=request.sway, epss=request.epss),
        )

    def _regrouped(self) -> list[_Group]:
        rows = list(self._running)
        shapes = [RowShape(way.guided, way.frames) for way in self._running.values()]
        groups = group_by_length(shapes, self._most_together)
        return [_Group([rows[index] for index in group]) for group in groups]

    def _advance(self, group: _Group) -> list[Row]:
        """One step of a group; in halves if memory does not suffice."""
        try:
            self._euler_step(group)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            group.batch = None
        else:
            return self._collect(group.rows)
        if self.model.device.type == "cuda":
            torch.cuda.empty_cache()
        return self._advance_in_halves(group)

    def _advance_in_halves(self, group: _Group) -> list[Row]:
        self._stale = True
        if len(group.rows) == 1:
            row = group.rows[0]
            del self._running[row]
            return [_failed(row, _no_memory_for(row.request))]
        half = self._most_together = len(group.rows) // 2
        halves = (_Group(group.rows[:half]), _Group(group.rows[half:]))
        return [row for part in halves for row in self._advance(part)]

    def _euler_step(self, group: _Group) -> None:
        ways = [self._running[row] for row in group.rows]
        if group.batch is None:
            longest = max(way.frames for way in ways)
            frames = bucket(longest, self._bucket_frames, MAX_FRAMES)
            group.batch = collate(self.model, ways, frames)
        x = self._advance_batch(self.model, group.batch, gather_step(ways))  # [B, N, M]
        group.batch = group.batch._replace(x=x)
        for way, own in zip(ways, x, strict=True):
            way.x = own[: way.frames]
            way.index += 1

    def _collect(self, rows: list[Row]) -> list[Row]:
        """Those of the rows that have taken their last step."""
        ended = [row for row in rows if self._running[row].ended]
        for row in ended:
            _finish(row, self._running.pop(row))
        self._stale |= bool(ended)
        return ended


def _noise(request: SampleRequest, model: F5Model) -> Tensor:
    """[N, M], the numbers that stock draws; a seed does not touch the global generator."""
    generator = None
    if request.seed is not None:
        generator = torch.Generator(model.device).manual_seed(request.seed)
    size = (request.total_frames, model.config.mel_spec.n_mel_channels)
    return torch.randn(size, generator=generator, device=model.device, dtype=model.dtype)


def _finish(row: Row, way: Trajectory) -> None:
    reference = row.request.reference.to(way.x)
    mel = torch.cat((reference[-1:], way.x[len(reference) :])).float()
    if bool(mel.isfinite().all()):  # the only look at values, once a row
        row.mel, row.done = mel, True
    else:
        _failed(row, EngineError("the model's answer is not a number"))


def _failed(row: Row, error: EngineError) -> Row:
    row.error, row.done = error, True
    return row


def _no_memory_for(request: SampleRequest) -> EngineError:
    return EngineError(f"not enough memory for {request.total_frames} frames of speech")
