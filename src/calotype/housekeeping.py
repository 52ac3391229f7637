"""What runs beside the services in the all-in-one: expiry, and a watch on the event loop."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from calotype.data_dir import prove_room
from calotype_core import logs
from calotype_core.errors import Unavailable
from calotype_core.metric_defs import LOOP_LAG_SECONDS
from calotype_core.ports.clock import Clock
from calotype_core.ports.metrics import Metrics
from calotype_core.service import Service, pause

_log = logs.get_logger(__name__)
_EVERY_SECONDS = 3600.0
_WATCH_SECONDS = 1.0
_BLOCKED_SECONDS = 0.25
KEYS_KEPT = timedelta(days=1)

# Drops what is too old at the given time; returns how much.
Expiry = Callable[[datetime], Awaitable[int]]


def housekeeping(
    expiries: Sequence[Expiry], *, folder: Path, clock: Clock, metrics: Metrics
) -> Service:
    """Return the service that drops what is too old, hourly, and watches the loop and the disk."""

    async def expire(stop: asyncio.Event) -> None:
        while not stop.is_set():
            for expiry in expiries:
                with contextlib.suppress(Unavailable):  # the next hour will do
                    await expiry(clock.now())
            await pause(stop, _EVERY_SECONDS)

    async def watch(stop: asyncio.Event) -> None:
        while not stop.is_set():
            due = clock.monotonic() + _WATCH_SECONDS
            await pause(stop, _WATCH_SECONDS)
            late = max(0.0, clock.monotonic() - due)
            metrics.set(LOOP_LAG_SECONDS, late)
            if late > _BLOCKED_SECONDS:
                _log.warning("the event loop was blocked", seconds=round(late, 3))

    async def has_room() -> None:
        await asyncio.to_thread(prove_room, folder)

    return Service(name="housekeeping", loops=[expire, watch], checks={"data_dir": has_room})
