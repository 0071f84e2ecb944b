"""A node's counters and gauges, as they travel in NodeStats."""

from typing import Literal

from ishowtts_schemas import Sample

MAX_SERIES = 500

_Series = tuple[str, tuple[tuple[str, str], ...]]


class Counters:
    """Numbers by name and labels, bounded: series beyond `MAX_SERIES` are folded into one."""

    def __init__(self) -> None:
        self._values: dict[_Series, float] = {}
        self._kinds: dict[str, Literal["counter", "gauge"]] = {}
        self.version = 0
        """Grows with every change."""

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count up."""
        series = self._series(name, "counter", labels)
        self._values[series] = self._values.get(series, 0) + amount

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._values[self._series(name, "gauge", labels)] = value

    def get(self, name: str, **labels: str) -> float:
        """The value, 0 where it was never set."""
        return self._values.get((name, tuple(sorted(labels.items()))), 0)

    def samples(self) -> tuple[Sample, ...]:
        return tuple(
            Sample(name=name, value=value, kind=self._kinds[name], labels=dict(labels))
            for (name, labels), value in self._values.items()
        )

    def _series(
        self, name: str, kind: Literal["counter", "gauge"], labels: dict[str, str]
    ) -> _Series:
        self.version += 1
        self._kinds.setdefault(name, kind)
        series = (name, tuple(sorted(labels.items())))
        if series not in self._values and len(self._values) >= MAX_SERIES:
            self._kinds.setdefault("series_dropped", "counter")
            return ("series_dropped", ())
        return series
