"""Empty the inbox, in rounds: a notification may be lost, come twice or late; a listing has all."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from random import Random

from calotype_core import logs
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.housekeeping import pause
from calotype_core.ports.inbox import Arrival
from calotype_ingest.accept_object import InboxDoor, accept_object

_log = logs.get_logger(__name__)
_AT_ONCE = 8
_BATCH = 500


class InboxEmptier:
    """Accepts what is in the inbox, each arrival once as far as this process knows.

    It remembers what it announced and could not remove, so that it is not announced in every round;
    and what it leaves: too large, not ours to read, or met with an error of ours.
    """

    def __init__(self, door: InboxDoor, random: Random) -> None:
        self._door = door
        self._random = random
        self._busy: set[Arrival] = set()
        self._announced: set[Arrival] = set()
        self._left: set[Arrival] = set()
        self._away = 0  # arrivals in a row for which something was away

    async def keep_emptying(self, stop: asyncio.Event, *, every_seconds: float) -> None:
        """Empty the inbox again and again until stop is set; what was begun is finished."""
        while not stop.is_set():
            try:
                await self.empty(stop)
            except Unavailable as error:
                _log.warning("the inbox waits", code=error.code, reason=error.message)
            await pause(stop, every_seconds)

    async def empty(self, stop: asyncio.Event) -> None:
        """Accept what waits now, as far as what we need for it is there. Raises Unavailable."""
        kept: set[Arrival] = set()
        self._away = 0
        async with aclosing(_batches(self._door.inbox.list())) as batches:
            async for batch in batches:
                await self._accept_all(batch, stop)
                if self._is_over(stop):
                    return
                kept.update(one for one in batch if one in self._announced or one in self._left)
        self._announced &= kept
        self._left &= kept

    async def accept(self, arrival: Arrival) -> None:
        """Accept the arrival, unless that has been done, or is being done. Raises Unavailable."""
        if arrival in self._busy or arrival in self._left:
            return
        self._busy.add(arrival)
        try:
            await self._accept(arrival)
        except Unavailable:
            raise
        except CalotypeError as error:
            self._leave(arrival, error)
        except Exception:  # noqa: BLE001 - whatever it is, the others go on
            self._left.add(arrival)
            _log.exception("left in the inbox, for an error of ours", key=repr(arrival.key))
        finally:
            self._busy.discard(arrival)

    async def _accept(self, arrival: Arrival) -> None:
        if arrival not in self._announced:
            if not await accept_object(arrival, self._door):
                return
            if self._door.is_too_large(arrival):
                self._left.add(arrival)
                _log.warning(
                    "left in the inbox: too large",
                    key=repr(arrival.key),
                    size_bytes=arrival.size_bytes,
                )
                return
            self._announced.add(arrival)
        await self._door.inbox.remove(arrival)
        self._announced.discard(arrival)

    def _leave(self, arrival: Arrival, error: CalotypeError) -> None:
        self._left.add(arrival)
        _log.warning(
            "left in the inbox", key=repr(arrival.key), code=error.code, reason=error.message
        )

    async def _accept_all(self, batch: Sequence[Arrival], stop: asyncio.Event) -> None:
        # Several processes may be at the same batch: each in an order of its own finds most of what
        # it comes to later gone.
        waiting = iter(self._random.sample(batch, len(batch)))

        async def work() -> None:
            for arrival in waiting:
                if self._is_over(stop):
                    return
                await self._try(arrival)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(_AT_ONCE, len(batch))):
                group.create_task(work())

    def _is_over(self, stop: asyncio.Event) -> bool:
        # So many in a row are no single object's fault: the next round tries again.
        return stop.is_set() or self._away >= _AT_ONCE

    async def _try(self, arrival: Arrival) -> None:
        try:
            await self.accept(arrival)
            self._away = 0
        except Unavailable as error:
            _log.warning("an arrival waits", code=error.code, reason=error.message)
            self._away += 1


async def _batches(arrivals: AsyncIterator[Arrival]) -> AsyncGenerator[Sequence[Arrival], None]:
    batch: list[Arrival] = []
    async with aclosing(arrivals) as closing:  # type: ignore[type-var]  # our listings are generators
        async for arrival in closing:
            batch.append(arrival)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    yield batch
