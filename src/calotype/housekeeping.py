"""What runs beside the services in the all-in-one: expiry, and a watch on the loop and the disk."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from calotype.data_dir import prove_room
from calotype_core.housekeeping import Expiry, expiring, watching
from calotype_core.ports.clock import Clock
from calotype_core.ports.metrics import Metrics
from calotype_core.service import Service


def housekeeping(
    expiries: Sequence[Expiry], *, folder: Path, clock: Clock, metrics: Metrics
) -> Service:
    """Return the service that drops what is too old, hourly, and watches the loop and the disk."""

    async def has_room() -> None:
        await asyncio.to_thread(prove_room, folder)

    return Service(
        name="housekeeping",
        loops=[expiring(expiries, clock), watching(clock, metrics)],
        checks={"data_dir": has_room},
    )
