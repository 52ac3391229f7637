"""Time comes in through the door."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of day, and waiting."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that only grow, for durations."""

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
