"""What runs beside the services: dropping what is too old, and a watch on the event loop."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from calotype_core import logs
from calotype_core.errors import Unavailable
from calotype_core.metric_defs import LOOP_LAG_SECONDS
from calotype_core.ports.clock import Clock
from calotype_core.ports.metrics import Metrics
from calotype_core.service import Loop

_log = logs.get_logger(__name__)
_EVERY_SECONDS = 3600.0
_WATCH_SECONDS = 1.0
_BLOCKED_SECONDS = 0.25
KEYS_KEPT = timedelta(days=1)
# Longer than the log keeps what would begin them anew.
EXPANSIONS_KEPT = timedelta(days=8)
DELIVERIES_KEPT = timedelta(days=30)

# Drops what is too old at the given time; returns how much.
Expiry = Callable[[datetime], Awaitable[int]]


def expiring(expiries: Sequence[Expiry], clock: Clock) -> Loop:
    """Return the loop that drops what is too old, hourly."""

    async def expire(stop: asyncio.Event) -> None:
        while not stop.is_set():
            for expiry in expiries:
                with contextlib.suppress(Unavailable):  # the next hour will do
                    await expiry(clock.now())
            await pause(stop, _EVERY_SECONDS)

    return expire


def watching(clock: Clock, metrics: Metrics) -> Loop:
    """Return the loop that tells how late the event loop is."""

    async def watch(stop: asyncio.Event) -> None:
        while not stop.is_set():
            due = clock.monotonic() + _WATCH_SECONDS
            await pause(stop, _WATCH_SECONDS)
            late = max(0.0, clock.monotonic() - due)
            metrics.set(LOOP_LAG_SECONDS, late)
            if late > _BLOCKED_SECONDS:
                _log.warning("the event loop was blocked", seconds=round(late, 3))

    return watch


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Return after that many seconds, or as soon as stop is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
