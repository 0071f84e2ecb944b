"""Launches of a step and memory of an utterance."""

import resource
from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile

from ishowtts_cli.bench_f5.bench import Bench, utterance
from ishowtts_cli.bench_f5.ours import Ours
from ishowtts_cli.bench_f5.results import Launches, Memory
from ishowtts_cli.bench_f5.stock import Stock

_FEW, _MORE = 2, 3
_MB = 1e6


def count_launches(bench: Bench, generated_s: float) -> Launches:
    """By what more steps add: what is done once an utterance does not count."""
    stock, ours = (
        (_launches(bench, side, generated_s, _MORE) - _launches(bench, side, generated_s, _FEW))
        / (_MORE - _FEW)
        for side in bench.sides()
    )
    what = "kernels" if bench.device == "cuda" else "torch operations"
    return Launches(what=what, stock=stock, ours=ours)


def measure_memory(bench: Bench, generated_s: float, steps: int) -> Memory:
    peaks = [_peak(bench, side, generated_s, steps) for side in bench.sides()]
    return Memory(
        stock_weights=_weights(bench.stock.cfm) + _weights(bench.stock.vocos),
        our_weights=_weights(bench.ours.model) + _weights(bench.ours.runtime.vocoder),
        stock_peak=peaks[0],
        our_peak=peaks[1],
        process_peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MB,
    )


def _speaking(
    bench: Bench, side: Stock | Ours, generated_s: float, steps: int
) -> Callable[[], object]:
    wanted = utterance(generated_s)

    def speak() -> object:
        mel = side.sample(bench.reference, wanted.text, wanted.frames, steps, wanted.seed)
        return side.decode(mel)

    return speak


def _launches(bench: Bench, side: Stock | Ours, generated_s: float, steps: int) -> int:
    speak = _speaking(bench, side, generated_s, steps)
    speak()
    cuda = bench.device == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    with profile(activities=activities) as profiler:
        speak()
        if cuda:
            torch.cuda.synchronize()
    events = profiler.events() or []
    if not cuda:
        return sum(event.name.startswith("aten::") for event in events)
    ran = [event for event in events if event.device_type.name == "CUDA"]
    return sum(not event.name.startswith(("Memcpy", "Memset")) for event in ran)


def _peak(bench: Bench, side: Stock | Ours, generated_s: float, steps: int) -> float | None:
    """Above what is there before; None where torch does not count it."""
    if bench.device == "cpu":
        return None
    speak = _speaking(bench, side, generated_s, steps)
    speak()
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    speak()
    torch.cuda.synchronize()
    return (torch.cuda.max_memory_allocated() - before) / _MB


def _weights(module: object) -> float:
    if not isinstance(module, torch.nn.Module):
        return 0.0
    return sum(one.numel() * one.element_size() for one in module.parameters()) / _MB
