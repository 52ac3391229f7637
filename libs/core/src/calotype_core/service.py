"""What every service is, seen from outside: routes, loops and checks. One skeleton for all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from litestar.types import ControllerRouterHandler

# Runs until the event is set, then finishes what it began and returns.
Loop = Callable[[asyncio.Event], Awaitable[None]]
# Returns where all is well; raises CalotypeError with what is missing.
Check = Callable[[], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A service as its main sees it; a main runs one of them, the all-in-one runs four."""

    name: str
    routes: Sequence[ControllerRouterHandler] = ()
    loops: Sequence[Loop] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)  # whether it can do its work now
    alive: Sequence[Check] = ()  # whether it gets on with its work; a new process would, if not


async def run_loops(
    services: Sequence[Service], stop: asyncio.Event, *, ended: Callable[[], None]
) -> None:
    """Run every service's loops until stop is set; one that fails stops them all and is raised.

    ended is called when the first of them ends, whatever the reason.
    """

    async def guarded(loop: Loop) -> None:
        try:
            await loop(stop)
        finally:
            stop.set()  # a loop that ends takes the others with it: half a product helps nobody
            ended()

    async with asyncio.TaskGroup() as group:
        for service in services:
            for loop in service.loops:
                group.create_task(guarded(loop))
