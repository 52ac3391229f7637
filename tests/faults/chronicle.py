"""How often each fault was withstood, and how long the way back to work was."""

import os
from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

RUNS = int(os.environ.get("CALOTYPE_FAULT_RUNS", "1"))


class Recovery(NamedTuple):
    """Seconds from the end of a fault, or from the moment at which whatever died is back."""

    back: float  # to the first image that was completed
    done: float  # to when nothing waited any more, with what was uploaded meanwhile


class Chronicle:
    """Recoveries, by fault."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, list[Recovery]] = defaultdict(list)

    def note(self, fault: str, recovery: Recovery) -> None:
        """Remember a run that was withstood."""
        self._seen[fault].append(recovery)

    def table(self) -> Iterator[str]:
        """Yield the lines of a table."""
        yield "| fault | runs | first image done, median | worst | all done, median | worst |"
        yield "|---|---|---|---|---|---|"
        for fault, recoveries in self._seen.items():
            cells = [fault.replace("_", " "), str(len(recoveries))]
            for seconds in zip(*recoveries, strict=True):
                cells += [f"{median(seconds):.1f} s", f"{max(seconds):.1f} s"]
            yield f"| {' | '.join(cells)} |"
