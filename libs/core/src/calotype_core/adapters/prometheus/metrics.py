import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from calotype_core.metric_defs import DURATION_BUCKETS, METRICS, Metric
from calotype_core.ports.metrics import Metrics

Family = TypeVar("Family", Counter, Gauge, Histogram)

_log = logging.getLogger(__name__)


class PrometheusMetrics(Metrics):
    """The metrics in a registry of their own, beside the process's; drops what is not defined."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._counters = self._families("counter", Counter)
        self._gauges = self._families("gauge", Gauge)
        self._histograms = {
            one.name: Histogram(
                one.name, one.meaning, one.labels, registry=self.registry, buckets=DURATION_BUCKETS
            )
            for one in METRICS
            if one.kind == "histogram"
        }

    def add(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        """See Metrics."""
        with _never_failing(metric):
            _child(self._counters[metric.name], labels).inc(amount)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """See Metrics."""
        with _never_failing(metric):
            _child(self._gauges[metric.name], labels).set(value)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """See Metrics."""
        with _never_failing(metric):
            _child(self._histograms[metric.name], labels).observe(value)

    def render(self) -> bytes:
        """Return every number in the text format; it is of content_type."""
        return generate_latest(self.registry)

    def _families(self, kind: str, family: type[Family]) -> dict[str, Family]:
        return {
            one.name: family(one.name, one.meaning, one.labels, registry=self.registry)
            for one in METRICS
            if one.kind == kind
        }


def _child(family: Family, labels: dict[str, str]) -> Family:
    return family.labels(**labels) if labels else family


@contextmanager
def _never_failing(metric: Metric) -> Iterator[None]:
    try:
        yield
    except (KeyError, ValueError):  # no such metric, other labels, a counter that would fall
        _log.warning("dropped a number about %s: not as metric_defs has it", metric.name)
