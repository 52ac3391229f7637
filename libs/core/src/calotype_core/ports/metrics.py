"""Where numbers go."""

from typing import Protocol

from calotype_core.metric_defs import Metric


class Metrics(Protocol):
    """Takes numbers about what metric_defs defines, and only that; never fails, never waits."""

    def add(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Count a value in a histogram."""
