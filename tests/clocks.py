"""A clock for what sleeps against a real server: nobody waits, and yet the time has passed."""

import asyncio

from calotype_core.adapters.system.clock import SystemClock


class HastyClock(SystemClock):
    """The machine's clock, but for sleep, which is over at once and puts the clock on."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._ahead = 0.0

    def monotonic(self) -> float:
        """See Clock."""
        return super().monotonic() + self._ahead

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        self.slept.append(seconds)
        self.put_on(seconds)
        await asyncio.sleep(0)

    def put_on(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self._ahead += seconds
