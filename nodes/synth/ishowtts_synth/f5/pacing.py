"""How far the CPU runs ahead of a GPU."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import torch


class Event(Protocol):
    """A mark in the GPU's queue; `torch.cuda.Event` is one."""

    def record(self) -> None: ...

    def synchronize(self) -> None: ...


class StepPacer:
    """Lets one step wait in the GPU's queue while another one runs.

    With more, whoever joins or is cancelled would wait for steps that are queued already; with none
    the GPU would idle between steps.
    """

    def __init__(self, new_event: Callable[[], Event] = torch.cuda.Event) -> None:
        self._new_event = new_event
        self._queued: deque[Event] = deque()

    def __call__(self) -> None:
        """A step has been queued; return when the one before has ended."""
        event = self._new_event()
        event.record()
        self._queued.append(event)
        if len(self._queued) > 1:
            self._queued.popleft().synchronize()
