"""What a run finds, as it is written to JSON."""

import msgspec

from ishowtts_cli.bench.numbers import Latency
from ishowtts_cli.bench.results import Machine


class Conditions(msgspec.Struct, kw_only=True):
    """Without these the figures mean nothing."""

    device: str
    kind: str
    """cpu or cuda."""
    torch: str
    cuda: str | None
    precision: str
    graphs: bool
    """Whether ours replays CUDA graphs."""
    threads: int
    model: str
    weights: str
    parameters_m: float
    reference_s: float
    quick: bool


class Parity(msgspec.Struct, kw_only=True):
    """How far our mel is from stock's, for the same seed."""

    what: str
    error: float
    """Norm of the difference over stock's norm."""
    allowed: float
    criterion: str

    @property
    def fine(self) -> bool:
        return self.error <= self.allowed


class Side(msgspec.Struct, kw_only=True):
    """One implementation, one utterance at a time."""

    sampling: Latency
    """Text and reference mel to mel."""
    whole: Latency
    """Text and reference mel to samples."""


class Utterance(msgspec.Struct, kw_only=True):
    """An utterance of one length, by both, in turns."""

    generated_s: float
    frames: int
    stock_steps: int
    our_steps: int
    stock: Side
    ours: Side
    step_gflop: float

    @property
    def ratio(self) -> float:
        """How many times faster ours is, text to samples."""
        return _p50(self.stock.whole) / _p50(self.ours.whole)

    def step_ms(self, side: Side, steps: int) -> float:
        return _p50(side.sampling) / steps

    def rtf(self, side: Side) -> float:
        return _p50(side.whole) / 1000 / self.generated_s


class Throughput(msgspec.Struct, kw_only=True):
    """Ours with so many in flight against stock, which has one."""

    in_flight: int
    utterances: int
    generated_s: float
    steps: int
    ours_per_s: float
    stock_per_s: float


class FirstAudio(msgspec.Struct, kw_only=True):
    """Text in to first PCM out of the whole engine, nothing else running."""

    characters: int
    text: str
    steps: int
    frames: int
    ours: Latency
    stock: Latency
    """To its only PCM: it has no first."""

    @property
    def ratio(self) -> float:
        return _p50(self.stock) / _p50(self.ours)


class Load(msgspec.Struct, kw_only=True):
    """Comments that come at random, at a mean rate; the engine serves as many as it has rows."""

    rate: float
    seconds: float
    utterances: int
    generated_s: float
    steps: int
    rows: int
    first_audio: Latency
    failed: int = 0


class Launches(msgspec.Struct, kw_only=True):
    """Of one step at batch 1: kernels on a GPU, operations of torch on a CPU."""

    what: str
    stock: float
    ours: float


class Memory(msgspec.Struct, kw_only=True):
    """In MB. On a CPU only the process has a peak, and it has both in it."""

    stock_weights: float
    our_weights: float
    stock_peak: float | None = None
    our_peak: float | None = None
    process_peak: float


class Judgement(msgspec.Struct, kw_only=True):
    """One goal, in words and numbers with units."""

    name: str
    goal: str
    stretch: str
    found: str
    verdict: str


class BenchResult(msgspec.Struct, kw_only=True):
    """The whole file. `version` changes when a field changes its meaning."""

    version: int = 1
    at: str
    machine: Machine
    conditions: Conditions
    gemm_gflop_s: float
    parity: list[Parity]
    utterances: list[Utterance]
    throughput: list[Throughput]
    first_audio: list[FirstAudio]
    loads: list[Load]
    launches: Launches
    memory: Memory
    goals: list[Judgement] = []


def _p50(latency: Latency) -> float:
    return latency.p50_ms or float("nan")
