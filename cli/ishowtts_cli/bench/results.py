"""What a bench run finds, as it is written to JSON, and the goals it is held against."""

import msgspec

from ishowtts_cli.bench.numbers import Latency

GOAL_P50_MS = 15.0
GOAL_P99_MS = 50.0
GOAL_RATE = 50
GOAL_ACCOUNTED_PER_S = 1000
GOAL_NODE_MB = 80.0
GOAL_START_S = 5.0
GOAL_AUDIO_BYTES = 240_000
GOAL_AUDIO_HOP = 2.0
GOAL_INTERFACE_P50_MS = 10.0
GOAL_INTERFACE_P99_MS = 30.0


class Machine(msgspec.Struct, kw_only=True):
    """Where it ran; nothing that names the machine or its owner."""

    cpus: int
    cpu: str
    memory_gb: float
    system: str
    python: str
    versions: dict[str, str]


class StreamRun(msgspec.Struct, kw_only=True):
    """Text published to first audio in the event stream, at one rate."""

    rate: int
    listeners: int
    seconds: float
    sent: int
    spoken: int
    lost: int
    """Messages without audio at the first listener, or without an end."""
    complete_listeners: int
    """Listeners that got every event of every utterance."""
    first_start: Latency
    """To `audio_start`."""
    first_chunk: Latency
    """To the first `audio_chunk`: this is the figure."""
    all_listeners: Latency
    """To the first `audio_chunk` at any listener."""
    publish_slip_ms: float
    """The 99th percentile of how late the publisher itself was; large: the bench is the limit."""


class RateStep(msgspec.Struct, kw_only=True):
    """Whether every message at one rate had an end."""

    rate: int
    achieved: float
    sent: int
    outcomes: dict[str, int]
    missing: int
    drained_s: float
    """From the last publication to the last end."""

    @property
    def passed(self) -> bool:
        return self.missing == 0 and self.achieved >= 0.95 * self.rate

    @property
    def all_spoken(self) -> bool:
        return self.passed and self.outcomes.get("spoken", 0) == self.sent


class Deciding(msgspec.Struct, kw_only=True):
    """Whether ingest and filter keep up with a rate, without synth and player beside them."""

    rate: int
    seconds: float
    sent: int
    decided: int
    """Messages with a row in the filter's journal."""
    furthest_behind: int
    """Messages published and not yet decided on, at the worst look."""
    drained_s: float
    """From the last publication to the last decision."""

    @property
    def kept_up(self) -> bool:
        return self.decided == self.sent and self.furthest_behind < self.rate


class Hop(msgspec.Struct, kw_only=True):
    """One publication from one client through the broker to another, beside a bare socket."""

    payload_bytes: int
    bus: Latency
    socket: Latency


class InterfaceRun(msgspec.Struct, kw_only=True):
    """Time to the first audio over one interface, one request after another."""

    name: str
    whole: bool
    """Whether it answers when all is made."""
    first_audio: Latency
    """From the request to the first audio at the client."""
    engine: Latency
    """From the request to the first audio at the synth, as the synth says."""
    overhead: Latency
    """The one without the other, of each request."""


class Goal(msgspec.Struct, kw_only=True):
    name: str
    wanted: str
    measured: str
    met: bool


class BenchResult(msgspec.Struct, kw_only=True):
    """The whole file. `version` changes when a field changes its meaning."""

    version: int = 1
    at: str
    quick: bool
    machine: Machine
    start_s: list[float]
    streams: list[StreamRun]
    crowds: list[StreamRun]
    accounted: list[RateStep]
    accounted_per_s: int | None
    spoken_per_s: int | None
    hops: list[Hop]
    deciding: Deciding | None = None
    interfaces: list[InterfaceRun] = []
    memory_mb: dict[str, float]
    restarts: int = 0
    """Processes that died under the load and were started again."""
    goals: list[Goal] = []


def judge(result: BenchResult) -> list[Goal]:
    """Hold a result against the goals; what was not measured is not judged."""
    goals = [
        *_latency_goals(result),
        _goal(
            "every message accounted for",
            f">= {GOAL_ACCOUNTED_PER_S}/s",
            f"{result.accounted_per_s or 0}/s",
            met=(result.accounted_per_s or 0) >= GOAL_ACCOUNTED_PER_S,
        ),
        *_deciding_goals(result),
        *_interface_goals(result),
        *_memory_goals(result),
    ]
    if result.start_s:
        best = min(result.start_s)
        goals.append(
            _goal("start", f"<= {GOAL_START_S:g} s", f"{best:.2f} s", met=best <= GOAL_START_S)
        )
    for hop in result.hops:
        if hop.payload_bytes >= GOAL_AUDIO_BYTES and hop.bus.p50_ms and hop.socket.p50_ms:
            ratio = hop.bus.p50_ms / hop.socket.p50_ms
            name = f"{hop.payload_bytes // 1000} KB hop, ratio to a socket"
            fine = ratio <= GOAL_AUDIO_HOP
            goals.append(_goal(name, f"<= {GOAL_AUDIO_HOP:g}", f"{ratio:.1f}", met=fine))
    return goals


def _latency_goals(result: BenchResult) -> list[Goal]:
    for run in result.streams:
        if run.rate == GOAL_RATE and run.first_chunk.count:
            p50, p99 = run.first_chunk.p50_ms or 0.0, run.first_chunk.p99_ms or 0.0
            name = f"first audio at {GOAL_RATE}/s"
            return [
                _goal(f"{name}, p50", f"<= {GOAL_P50_MS:g} ms", _ms(p50), met=p50 <= GOAL_P50_MS),
                _goal(f"{name}, p99", f"<= {GOAL_P99_MS:g} ms", _ms(p99), met=p99 <= GOAL_P99_MS),
            ]
    return []


def _deciding_goals(result: BenchResult) -> list[Goal]:
    found = result.deciding
    if found is None or found.rate < GOAL_ACCOUNTED_PER_S:
        return []
    name = f"ingest and filter keep up with {found.rate}/s"
    measured = f"{found.furthest_behind} behind"
    return [_goal(name, "less than a second behind", measured, met=found.kept_up)]


def _interface_goals(result: BenchResult) -> list[Goal]:
    """The worst interface of those that stream."""
    goals: list[Goal] = []
    for field, wanted in (("p50", GOAL_INTERFACE_P50_MS), ("p99", GOAL_INTERFACE_P99_MS)):
        found = [
            (getattr(run.overhead, f"{field}_ms"), run.name)
            for run in result.interfaces
            if run.overhead.count and not run.whole
        ]
        if found:
            worst, name = max(found)
            title = f"an interface adds to the engine, {field} ({name})"
            goals.append(_goal(title, f"<= {wanted:g} ms", _ms(worst), met=worst <= wanted))
    return goals


def _memory_goals(result: BenchResult) -> list[Goal]:
    return [
        _goal(f"memory of {name}", f"< {GOAL_NODE_MB:g} MB", f"{mb:.0f} MB", met=mb < GOAL_NODE_MB)
        for name, mb in result.memory_mb.items()
        if name in ("ingest", "filter")
    ]


def _goal(name: str, wanted: str, measured: str, *, met: bool) -> Goal:
    return Goal(name=name, wanted=wanted, measured=measured, met=met)


def _ms(value: float) -> str:
    return f"{value:.1f} ms"
