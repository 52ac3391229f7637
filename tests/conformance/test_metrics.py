"""What every taker of metrics promises."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from calotype_core import metric_defs
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.prometheus.metrics import PrometheusMetrics
from calotype_core.metric_defs import METRICS, Metric
from calotype_core.ports.metrics import Metrics

Read = Callable[[Metric, dict[str, str]], float]


@dataclass(frozen=True)
class Taken:
    """A taker of metrics, and the way to read one: a value, or the sum of a histogram."""

    metrics: Metrics
    read: Read


def in_memory() -> Taken:
    metrics = MemoryMetrics()

    def read(metric: Metric, labels: dict[str, str]) -> float:
        return metrics.value(metric, **labels) + sum(metrics.observed(metric, **labels))

    return Taken(metrics, read)


def in_prometheus() -> Taken:
    metrics = PrometheusMetrics()

    def read(metric: Metric, labels: dict[str, str]) -> float:
        name = f"{metric.name}_sum" if metric.kind == "histogram" else metric.name
        return metrics.registry.get_sample_value(name, labels) or 0

    return Taken(metrics, read)


@pytest.fixture(params=[in_memory, in_prometheus], ids=["memory", "prometheus"])
def taken(request: pytest.FixtureRequest) -> Taken:
    made: Taken = request.param()
    return made


def say(metrics: Metrics, metric: Metric, value: float, labels: dict[str, str]) -> None:
    if metric.kind == "counter":
        metrics.add(metric, value, **labels)
    elif metric.kind == "gauge":
        metrics.set(metric, value, **labels)
    else:
        metrics.observe(metric, value, **labels)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_definition_can_be_told(taken: Taken, metric: Metric) -> None:
    """Whatever metric_defs defines is taken, by its name and labels."""
    labels = dict.fromkeys(metric.labels, "é")
    say(taken.metrics, metric, 2.5, labels)
    assert taken.read(metric, labels) == 2.5


def test_counters_add_up(taken: Taken) -> None:
    """A counter grows by each amount, one by default, label by label."""
    taken.metrics.add(metric_defs.IMAGES_TOTAL, state="failed")
    taken.metrics.add(metric_defs.IMAGES_TOTAL, 2, state="failed")
    taken.metrics.add(metric_defs.IMAGES_TOTAL, state="completed")
    assert taken.read(metric_defs.IMAGES_TOTAL, {"state": "failed"}) == 3
    assert taken.read(metric_defs.IMAGES_TOTAL, {"state": "completed"}) == 1


def test_gauges_stand_where_they_were_set(taken: Taken) -> None:
    """A gauge is what it was last set to."""
    taken.metrics.set(metric_defs.SOCKETS_OPEN, 3)
    taken.metrics.set(metric_defs.SOCKETS_OPEN, 1)
    assert taken.read(metric_defs.SOCKETS_OPEN, {}) == 1


def test_what_is_not_defined_is_dropped(taken: Taken) -> None:
    """A metric, a label, a kind or an amount that cannot be is dropped, and nothing is raised."""
    taken.metrics.add(Metric("calotype_other_total", "counter", "Another."))
    taken.metrics.add(metric_defs.IMAGES_TOTAL)
    taken.metrics.add(metric_defs.IMAGES_TOTAL, image="0190")
    taken.metrics.add(metric_defs.UPLOAD_BYTES_TOTAL, state="failed")
    taken.metrics.add(metric_defs.UPLOAD_BYTES_TOTAL, -1)
    taken.metrics.set(metric_defs.UPLOAD_BYTES_TOTAL, 1)
    taken.metrics.observe(metric_defs.UPLOAD_BYTES_TOTAL, 1)
    assert taken.read(metric_defs.UPLOAD_BYTES_TOTAL, {}) == 0
