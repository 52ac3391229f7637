"""What Prometheus is shown."""

from calotype_core.adapters.prometheus.metrics import PrometheusMetrics
from calotype_core.metric_defs import IMAGES_TOTAL, METRICS


def test_every_definition_is_shown_with_its_meaning() -> None:
    """The text has each metric's name as metric_defs spells it, its kind and its meaning."""
    shown = PrometheusMetrics().render().decode()
    for metric in METRICS:
        assert f"# HELP {metric.name} {metric.meaning}\n" in shown
        assert f"# TYPE {metric.name} {metric.kind}\n" in shown


def test_numbers_are_shown() -> None:
    """The text has what was told, label by label."""
    metrics = PrometheusMetrics()
    metrics.add(IMAGES_TOTAL, state="failed")
    assert 'calotype_images_total{state="failed"} 1.0\n' in metrics.render().decode()


def test_the_process_is_shown() -> None:
    """The text has the interpreter's own numbers beside ours, in a text format."""
    metrics = PrometheusMetrics()
    assert "python_info{" in metrics.render().decode()
    assert metrics.content_type.startswith("text/plain")


def test_registries_are_apart() -> None:
    """Two in one process, as in tests, know nothing of each other."""
    one, other = PrometheusMetrics(), PrometheusMetrics()
    one.add(IMAGES_TOTAL, state="failed")
    assert 'state="failed"' not in other.render().decode()
