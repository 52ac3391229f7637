"""The one loop as a member of a group: partitions that move, logs that fall silent."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from calotype_core import codec
from calotype_core.adapters.local.log_readers import LocalSubscription, Positions
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.consumer import StuckError
from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import Record, Revoked, Subscription
from tests.unit.core.fates import (
    LANE,
    NOW,
    Fates,
    WatchedLog,
    accepted,
    consumer,
    run_until,
    watched,
)


class MovingLog(WatchedLog):
    """A log whose partition passes to another member, and comes back, whenever a test says so."""

    moving = False

    async def read(self, positions: Positions, limit: int) -> Sequence[Record]:
        return () if self.moving else await super().read(positions, limit)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, revoked: Revoked | None = None
    ) -> AsyncIterator[Subscription]:
        async with super().subscribe(group, topics) as subscription:
            self.revoked, self.subscription = revoked, subscription
            yield subscription

    async def move(self) -> None:
        assert self.revoked is not None
        self.moving = True
        await self.revoked([LANE])
        self.moving = False
        assert isinstance(self.subscription, LocalSubscription)
        committed = await self.committed("processor", [LANE.topic])
        self.subscription._positions.update(committed)  # noqa: SLF001 - back to what is committed
        self.wake([LANE.topic])


async def move_often(log: MovingLog) -> None:
    while True:
        await asyncio.sleep(0.002)
        await log.move()


@pytest.mark.anyio
@pytest.mark.parametrize("drain", [5.0, 0.0])
async def test_partitions_that_move(drain: float) -> None:
    """What was begun is ended and committed before its partition goes; what is late comes again."""
    events = [accepted(number) for number in range(20)]
    fates = Fates({one.event_id: ["slow"] for one in events})
    log = MovingLog(fates)
    await log.append([codec.encode(one, now=NOW) for one in events])
    running = asyncio.create_task(
        run_until(log.dry, consumer(log, MemoryAttempts(), drain_seconds=drain))
    )
    await asyncio.sleep(0)
    moving = asyncio.create_task(move_often(log))
    await running
    moving.cancel()
    assert fates.done == {one.event_id for one in events}
    assert not await log.letters()
    if drain:
        assert sorted(fates.begun) == sorted(fates.done)


class MuteLog(WatchedLog):
    """A log that hands out nothing to its first subscription, as a stuck client does."""

    mute = True

    async def read(self, positions: Positions, limit: int) -> Sequence[Record]:
        return () if self.mute else await super().read(positions, limit)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, revoked: Revoked | None = None
    ) -> AsyncIterator[Subscription]:
        async with super().subscribe(group, topics) as subscription:
            yield subscription
        self.mute = False


@pytest.mark.anyio
async def test_a_log_that_falls_silent() -> None:
    """Where there is more and nothing comes, the group is joined again."""
    log = MuteLog(Fates())
    await log.append([codec.encode(accepted(0), now=NOW)])
    running = consumer(log, MemoryAttempts(), silence_seconds=0.01, measure_every_seconds=0.001)
    await run_until(log.dry, running)
    assert log.fates.done == {accepted(0).event_id}


@pytest.mark.anyio
@pytest.mark.parametrize(("fate", "alive"), [("stuck", False), ("away", True), ("finish", True)])
async def test_a_stuck_loop_says_so(fate: str, *, alive: bool) -> None:
    """A loop that ends nothing is not alive, unless it waits for a dependency, or for events."""
    log = await watched(Fates({accepted(0).event_id: [fate] * 1_000_000}), [accepted(0)])
    running = consumer(
        log,
        MemoryAttempts(),
        stuck_seconds=0.05,
        measure_every_seconds=0.001,
        backoff_seconds=0.02,
        longest_backoff_seconds=0.02,
        drain_seconds=0,
    )
    stop = asyncio.Event()
    task = asyncio.create_task(running.run(stop))
    await asyncio.sleep(0.2)
    if alive:
        await running.check_alive()
    else:
        with pytest.raises(StuckError, match="start it again"):
            await running.check_alive()
    stop.set()
    await task


class CrowdedLog(WatchedLog):
    """A log whose group lets nobody in, as while its other members end what they have begun."""

    left = False

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, revoked: Revoked | None = None
    ) -> AsyncIterator[Subscription]:
        try:
            await asyncio.sleep(3600)
        finally:
            self.left = True
        async with super().subscribe(group, topics) as subscription:
            yield subscription


@pytest.mark.anyio
async def test_a_stop_does_not_wait_to_be_let_in() -> None:
    """Who is told to stop while waiting for a share of the partitions takes the wish back."""
    log, stop = CrowdedLog(Fates()), asyncio.Event()
    task = asyncio.create_task(consumer(log, MemoryAttempts()).run(stop))
    await asyncio.sleep(0.01)
    stop.set()
    await task
    assert log.left


class AbsentLog(WatchedLog):
    """A log that can be subscribed to, and asked nothing: its first servers have gone for good."""

    subscriptions = 0

    async def count(self, positions: Positions) -> Positions:
        if self.subscriptions == 1:
            raise Unavailable("it is away")
        return await super().count(positions)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, revoked: Revoked | None = None
    ) -> AsyncIterator[Subscription]:
        self.subscriptions += 1
        async with super().subscribe(group, topics) as subscription:
            yield subscription


@pytest.mark.anyio
@pytest.mark.parametrize(("absence", "again"), [(0.02, True), (60.0, False)])
async def test_a_log_that_is_away(absence: float, *, again: bool) -> None:
    """Whoever cannot ask the log stays a member for a while, however silent, then joins again."""
    log, stop = AbsentLog(Fates()), asyncio.Event()
    running = consumer(
        log,
        MemoryAttempts(),
        silence_seconds=0.01,
        absence_seconds=absence,
        measure_every_seconds=0.001,
    )
    task = asyncio.create_task(running.run(stop))
    await asyncio.sleep(0.2)
    stop.set()
    await task
    assert (log.subscriptions > 1) is again
