"""CUDA graphs around the Euler step: a thousand kernel launches become one.

For a sampler on CUDA, in place of `euler_step`; nothing else knows of it. Kernels are recorded once
for each set of shapes, on tensors of the recording's own, and inputs are copied there; so lengths
should come in buckets.
"""

import logging
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ishowtts_synth.f5.batch import Batch, Step, euler_step
from ishowtts_synth.f5.memory import is_out_of_memory
from ishowtts_synth.f5.model import F5Model

_LOG = logging.getLogger("ishowtts.synth.f5")

_WARM_UP_RUNS = 2  # libraries choose kernels and take workspace, which a recording must not see


class Recorded(NamedTuple):
    """Kernels that can be run again, and where they write."""

    replay: Callable[[], Any]
    out: Tensor


Record = Callable[[Callable[[], Tensor]], Recorded]


class CudaRecorder:
    """Records what a function launches; recordings share a memory pool."""

    def __init__(self) -> None:
        self._newest: Callable[[], Any] = lambda: None  # weak: torch takes no pool without a graph

    def __call__(self, launch: Callable[[], Tensor]) -> Recorded:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UP_RUNS):
                launch()
        torch.cuda.current_stream().wait_stream(stream)
        graph, newest = torch.cuda.CUDAGraph(), self._newest()
        with torch.cuda.graph(graph, pool=None if newest is None else newest.pool()):
            out = launch()
        self._newest = weakref.ref(graph)
        return Recorded(graph.replay, out)


@dataclass
class _Recording:
    recorded: Recorded
    inputs: list[Tensor]  # its own
    copied: list[weakref.ref[Tensor]]  # whose values stand there; weak, or old batches would stay

    def run(self, values: list[Tensor]) -> Tensor:
        for mine, last, value in zip(self.inputs, self.copied, values, strict=True):
            if value is not last():  # the conditioning stays the same for a batch's whole life
                mine.copy_(value)
        self.copied = _weak(values)
        self.recorded.replay()
        return self.recorded.out.clone()  # the next replay writes there


class GraphedEulerStep:
    """`euler_step` from recordings, the least used of which are let go.

    Recordings take memory. Where there is not enough for another one, all are let go, half as many
    are kept from then on, and the step runs without.
    """

    def __init__(self, record: Record, *, most_recordings: int = 64) -> None:
        self._record = record
        self._most_recordings = most_recordings
        self._recordings: OrderedDict[Any, _Recording] = OrderedDict()

    def __call__(self, model: F5Model, batch: Batch, step: Step) -> Tensor:
        values = list(_tensors((batch, step)))
        # Which of the optional tensors there are shows in the number of shapes and their ranks.
        key = (model, *(value.shape for value in values))
        recording = self._recordings.pop(key, None) or self._new(model, batch, step, values)
        if recording is None:
            return euler_step(model, batch, step)
        self._recordings[key] = recording
        if len(self._recordings) > self._most_recordings:
            self._recordings.popitem(last=False)
        return recording.run(values)

    def _new(
        self, model: F5Model, batch: Batch, step: Step, values: list[Tensor]
    ) -> _Recording | None:
        if not self._most_recordings:
            return None
        try:
            own_batch, own_step = _copied(batch), _copied(step)
            recorded = self._record(lambda: euler_step(model, own_batch, own_step))
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            self._most_recordings = len(self._recordings) // 2
            self._recordings.clear()
            _LOG.warning("too little memory for recorded steps: %d are kept", self._most_recordings)
            return None
        return _Recording(recorded, list(_tensors((own_batch, own_step))), _weak(values))


def _tensors(value: Any) -> Iterator[Tensor]:
    """Those in nested tuples, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _tensors(part)


def _weak(values: list[Tensor]) -> list[weakref.ref[Tensor]]:
    return [weakref.ref(value) for value in values]


def _copied(value: Any) -> Any:
    """The same named tuples around copies of the tensors."""
    if isinstance(value, Tensor):
        return value.clone()
    return value if value is None else type(value)(*map(_copied, value))
