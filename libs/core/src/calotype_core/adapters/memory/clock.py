import asyncio
from datetime import UTC, datetime, timedelta

from calotype_core.ports.clock import Clock


class ManualClock(Clock):
    """A clock whose time moves by hand only; its sleepers wake when it has moved far enough."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = now
        self._seconds = 0.0
        self._sleepers: dict[asyncio.Future[None], float] = {}

    def now(self) -> datetime:
        """See Clock."""
        return self._now

    def monotonic(self) -> float:
        """See Clock."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        self._sleepers[woken] = self._seconds + seconds
        try:
            await woken
        finally:
            self._sleepers.pop(woken, None)

    def advance(self, seconds: float) -> None:
        """Move on; who has slept long enough runs once the caller lets go of the event loop."""
        self.turn_to(self._now + timedelta(seconds=seconds))
        self._seconds += seconds
        for woken, at in sorted(self._sleepers.items(), key=lambda one: one[1]):
            if at <= self._seconds and not woken.done():
                woken.set_result(None)

    def turn_to(self, now: datetime) -> None:
        """Put the time of day right or wrong, as an administrator may; no duration changes."""
        self._now = now

    @property
    def sleepers(self) -> int:
        """How many are asleep now, so that a test can wait until somebody is."""
        return sum(not woken.done() for woken in self._sleepers)
