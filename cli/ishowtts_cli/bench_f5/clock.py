"""Time on a device that works while the host goes on."""

import time
from collections.abc import Callable, Sequence

import torch

Seconds = float


class DeviceClock:
    """Host time at which the device has done all that it was given."""

    def __init__(self, device: str) -> None:
        self.device = torch.device(device)

    def now_s(self) -> Seconds:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()


def in_turns(
    measures: Sequence[Callable[[], Sequence[Seconds]]], repeats: int, *, warmups: int = 1
) -> list[list[Sequence[Seconds]]]:
    """Run each measure `repeats` times, in turns and every other round backwards.

    What disturbs the machine for a while, or changes its clock rate, then disturbs all alike.

    Returns:
        For each measure what its repeats gave, without those that warmed up.
    """
    found: list[list[Sequence[Seconds]]] = [[] for _ in measures]
    for _ in range(warmups):
        for measure in measures:
            measure()
    for turn in range(repeats):
        order = range(len(measures))
        for index in order if turn % 2 == 0 else reversed(order):
            found[index].append(measures[index]())
    return found
