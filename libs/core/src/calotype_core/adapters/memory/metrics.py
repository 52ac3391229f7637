from collections import defaultdict

from calotype_core.metric_defs import METRICS, Metric
from calotype_core.ports.metrics import Metrics

_Series = tuple[str, frozenset[tuple[str, str]]]


class MemoryMetrics(Metrics):
    """Remembers every number, for tests; what is not defined is dropped."""

    def __init__(self) -> None:
        self._values: defaultdict[_Series, float] = defaultdict(float)
        self._observed: defaultdict[_Series, list[float]] = defaultdict(list)

    def add(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        """See Metrics."""
        if _is_defined(metric, "counter", labels) and amount >= 0:
            self._values[_series(metric, labels)] += amount

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """See Metrics."""
        if _is_defined(metric, "gauge", labels):
            self._values[_series(metric, labels)] = value

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """See Metrics."""
        if _is_defined(metric, "histogram", labels):
            self._observed[_series(metric, labels)].append(value)

    def value(self, metric: Metric, **labels: str) -> float:
        """Return what a counter or gauge stands at, 0 where nothing was ever said."""
        return self._values.get(_series(metric, labels), 0)

    def observed(self, metric: Metric, **labels: str) -> tuple[float, ...]:
        """Return the values that a histogram counted, in their order."""
        return tuple(self._observed.get(_series(metric, labels), ()))


def _series(metric: Metric, labels: dict[str, str]) -> _Series:
    return metric.name, frozenset(labels.items())


def _is_defined(metric: Metric, kind: str, labels: dict[str, str]) -> bool:
    return metric in METRICS and metric.kind == kind and set(labels) == set(metric.labels)
