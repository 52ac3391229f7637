"""What every service is, seen from outside: routes, loops and checks. One skeleton for all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from litestar.types import ControllerRouterHandler

from calotype_core.errors import CalotypeError

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
    # Called when the process is to stop: answers that would go on for ever end.
    leaving: Sequence[Callable[[], None]] = ()


class LoopEndedError(CalotypeError):
    """A loop ended that nobody had told to: start the process again."""

    code = "loop_ended"


async def run_loops(
    services: Sequence[Service], stop: asyncio.Event, *, ended: Callable[[], None]
) -> None:
    """Run every service's loops until stop is set; one that fails stops them all and is raised.

    ended is called when the first of them ends, whatever the reason. Raises LoopEndedError.
    """

    async def guarded(loop: Loop) -> None:
        task = asyncio.current_task()
        try:
            await loop(stop)
            if not stop.is_set():
                raise LoopEndedError("A loop ended although there is more to do.")
        except asyncio.CancelledError as error:
            # Clients of servers are known to cancel themselves: that is no orderly end of ours.
            if task is None or task.cancelling():
                raise
            raise LoopEndedError("A loop was cancelled, and by nobody of ours.") from error
        finally:
            stop.set()  # a loop that ends takes the others with it: half a product helps nobody
            ended()

    async with asyncio.TaskGroup() as group:
        for service in services:
            for loop in service.loops:
                group.create_task(guarded(loop))
