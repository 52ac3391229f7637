import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from calotype_core.ports.clock import Clock


class Budget:
    """The seconds that a piece of work may take, however many parts it is done in."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._left = seconds

    @property
    def left(self) -> float:
        """How many seconds are left; none, or less, where all have been spent."""
        return self._left

    @asynccontextmanager
    async def spending(self) -> AsyncIterator[None]:
        """Count what is done within; raises TimeoutError once nothing is left."""
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._left):
                yield
        finally:
            self._left -= self._clock.monotonic() - began
