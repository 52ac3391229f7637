import random

from calotype_core.adapters.local.ascending_ids import AscendingIds
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.ports.clock import Clock


class SeededIds(AscendingIds):
    """The same ids in the same order for the same seed, as long as the clock tells the same."""

    def __init__(self, seed: int = 0, clock: Clock | None = None) -> None:
        super().__init__(clock or ManualClock(), random.Random(seed).getrandbits)  # noqa: S311 - tests
