"""Prometheus' view: this bridge's histograms, and every node's counters."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ishowtts_schemas import NodeState, Sample, SpeechDone

PREFIX = "ishowtts_"
CONTENT_TYPE = "text/plain; version=0.0.4"
LATENCY_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2, 5, 10, 30, 60)
RTF_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 3)

_NOT_A_NAME = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True)
class NodeSamples:
    """One node's numbers."""

    node: str
    instance: str
    samples: tuple[Sample, ...]


class BridgeMetrics:
    """What `/metrics` shows.

    Args:
        numbers: Every node's counters, this one's too, when asked.
        states: Every node's presence, when asked.
    """

    def __init__(
        self,
        numbers: Callable[[], Iterable[NodeSamples]],
        states: Callable[[], Iterable[NodeState]],
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_NodesCollector(numbers, states))
        self._engine_first_audio = self._histogram(
            "synth_first_audio_seconds", "From a synth's receipt to its first audio", ("engine",)
        )
        self._rtf = self._histogram(
            "real_time_factor", "Time to synthesise over length of audio", ("engine",), RTF_BUCKETS
        )
        self._chat_first_audio = self._histogram(
            "chat_first_audio_seconds", "From a chat message to its first audio for listeners"
        )
        self._api_first_audio = self._histogram(
            "api_first_audio_seconds", "From an API request to its first audio"
        )

    def spoken(self, engine: str, done: SpeechDone) -> None:
        """A synth has finished an utterance."""
        if done.first_audio_ms is not None:
            self._engine_first_audio.labels(engine).observe(done.first_audio_ms / 1000)
        if done.outcome == "done" and done.audio_ms > 0:
            self._rtf.labels(engine).observe(done.synth_ms / done.audio_ms)

    def chat_sounds(self, seconds: float) -> None:
        """A chat message's first audio goes to listeners."""
        self._chat_first_audio.observe(max(seconds, 0.0))

    def api_sounds(self, seconds: float) -> None:
        """An API request's first audio has come."""
        self._api_first_audio.observe(seconds)

    def render(self) -> bytes:
        """The whole page in Prometheus' text format."""
        return generate_latest(self._registry)

    def _histogram(
        self,
        name: str,
        summary: str,
        labels: tuple[str, ...] = (),
        buckets: tuple[float, ...] = LATENCY_BUCKETS_S,
    ) -> Histogram:
        return Histogram(PREFIX + name, summary, labels, buckets=buckets, registry=self._registry)


class _NodesCollector(Collector):
    def __init__(
        self,
        numbers: Callable[[], Iterable[NodeSamples]],
        states: Callable[[], Iterable[NodeState]],
    ) -> None:
        self._numbers = numbers
        self._states = states

    def describe(self) -> Iterable[Metric]:
        """Nothing is known before a scrape."""
        return ()

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            f"{PREFIX}up", "Whether a node is ready", labels=("node", "instance")
        )
        for state in self._states():
            up.add_metric((state.node, state.instance), float(state.health == "ready"))
        yield up
        families: dict[str, Metric] = {}
        for node in self._numbers():
            for sample in node.samples:
                _add(families, node, sample)
        yield from families.values()


def _add(families: dict[str, Metric], node: NodeSamples, sample: Sample) -> None:
    name = PREFIX + _NOT_A_NAME.sub("_", sample.name)
    summary = f"{sample.name} as its node counts it"
    family = families.get(name)
    if family is None:
        kind = CounterMetricFamily if sample.kind == "counter" else GaugeMetricFamily
        family = families[name] = kind(name, summary)
    given = {_label(name): value for name, value in sample.labels.items()}
    labels = {**given, "node": node.node, "instance": node.instance}
    suffix = "_total" if family.type == "counter" else ""
    family.add_sample(family.name + suffix, labels, sample.value)


def _label(name: str) -> str:
    """A label's name that does not hide who counts."""
    clean = _NOT_A_NAME.sub("_", name)
    return f"exported_{clean}" if clean in ("node", "instance") else clean
