"""How often each fault was withstood, and how long the way back to work was."""

import os
import statistics
from collections import defaultdict
from collections.abc import Iterator

RUNS = int(os.environ.get("CALOTYPE_FAULT_RUNS", "3"))


class Chronicle:
    """Seconds from the end of a fault to the first image that was completed, by fault."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)

    def note(self, fault: str, seconds: float) -> None:
        """Remember a run that was withstood."""
        self._seconds[fault].append(seconds)

    def table(self) -> Iterator[str]:
        """Yield the lines of a table."""
        if self._seconds:
            yield "| fault | runs | back to work, median | worst |"
            yield "|---|---|---|---|"
        for fault, seconds in self._seconds.items():
            middle, worst = statistics.median(seconds), max(seconds)
            yield f"| {fault.replace('_', ' ')} | {len(seconds)} | {middle:.1f} s | {worst:.1f} s |"
