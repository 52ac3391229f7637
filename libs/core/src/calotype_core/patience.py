"""Waiting for what is away, for as long as it takes, unless whoever waits has to leave."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from random import Random
from typing import Any, TypeVar

from calotype_core import logs
from calotype_core.errors import Unavailable
from calotype_core.ports.clock import Clock

_T = TypeVar("_T")
_log = logs.get_logger(__name__)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T | None:
    """Return what the work returns; None where stop is set first, which cancels the work."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


class Patience:
    """Calls again what a dependency refused, after pauses that grow, with jitter."""

    def __init__(
        self, *, clock: Clock, random: Random, shortest_seconds: float, longest_seconds: float
    ) -> None:
        self._clock = clock
        self._random = random
        self._shortest = shortest_seconds
        self._longest = longest_seconds
        self._refused = 0  # calls that have been refused and go on being made
        self._resting: set[asyncio.Task[Any]] = set()
        self._leaving: set[asyncio.Task[Any]] = set()

    @property
    def waiting(self) -> bool:
        """True while a dependency keeps somebody waiting, or a further attempt is due."""
        return bool(self._resting or self._refused)

    async def until_there(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Return what the call returns; while it raises Unavailable, wait and call again."""
        tries = 0
        try:
            while True:
                try:
                    return await call()
                except Unavailable as error:
                    self._refused += not tries
                    tries += 1
                    _log.warning("waiting for a dependency", code=error.code, reason=error.message)
                    await self.rest(tries)
        finally:
            self._refused -= bool(tries)

    async def rest(self, tries: int) -> None:
        """Sleep as is due after so many tries; raises CancelledError in a task that has to leave.

        Who has to leave finishes what goes on, and does not wait for something else.
        """
        task = asyncio.current_task()
        if task is None or task in self._leaving:
            raise asyncio.CancelledError
        self._resting.add(task)
        try:
            await self._clock.sleep(self._pause(tries))
        finally:
            self._resting.discard(task)

    def leave(self, tasks: Collection[asyncio.Task[Any]]) -> None:
        """Have these tasks wait no more: those that rest are cancelled."""
        for task in tasks:
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
            if task in self._resting:
                task.cancel()

    def _pause(self, tries: int) -> float:
        exponential = self._shortest * 2.0 ** min(tries - 1, 16)
        return min(self._longest, exponential) * self._random.uniform(0.5, 1)
