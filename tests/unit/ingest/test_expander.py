"""The loop that hands jobs out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from calotype_core import codec
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.expansions import MemoryExpansions
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.events import Event, ImageAccepted, ImageFailed, JobAccepted
from calotype_core.domain.ids import make_id
from calotype_core.domain.job import JobItem
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.manifest import Entry
from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import Message
from calotype_core.ports.object_store import StoreFullError
from calotype_core.topology import BULK_ACCEPTED, BULK_FINISHED
from calotype_ingest import manifest
from calotype_ingest.expand_job import begun
from calotype_ingest.expander import Expander
from tests.unit.ingest.doors import DEFAULT

pytestmark = pytest.mark.anyio

WINDOW = 8


async def urls(count: int) -> AsyncIterator[Entry]:
    for at in range(count):
        yield Entry(position=at, url=f"https://shop.example/{at}.jpg")


@dataclass
class World:
    clock: ManualClock = field(default_factory=ManualClock)
    objects: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    jobs: MemoryJobRecords = field(default_factory=MemoryJobRecords)
    expansions: MemoryExpansions = field(default_factory=MemoryExpansions)

    def __post_init__(self) -> None:
        self.log = MemoryEventLog(self.clock)

    def expander(self, log: MemoryEventLog | None = None) -> Expander:
        return Expander(
            objects=self.objects,
            log=log or self.log,
            jobs=self.jobs,
            expansions=self.expansions,
            clock=self.clock,
            window=WINDOW,
        )

    async def accept(self, number: int, total: int) -> str:
        job_id = make_id(1, number)
        event = JobAccepted(
            job_id=job_id,
            total=total,
            manifest_key=await manifest.write(self.objects, job_id, urls(total)),
            instructions=DEFAULT,
            accepted_at=self.clock.now(),
        )
        await self.expansions.open(begun(event))
        return job_id

    async def finish(self, job_id: str, *positions: int) -> None:
        for position in positions:
            item = JobItem(
                position=position, image_id="image", generation=1, status=Status.COMPLETED
            )
            await self.jobs.update_item(job_id, position, lambda _, item=item: item)  # type: ignore[misc]  # one each

    async def announced(self) -> Sequence[Event]:
        records = await self.log.read({BULK_ACCEPTED: 0, BULK_FINISHED: 0}, 10_000)
        return [codec.decode(record) for record in records]

    async def handed_out(self) -> list[tuple[str | None, int | None]]:
        return [
            (one.job_id, one.position)
            for one in await self.announced()
            if isinstance(one, ImageAccepted | ImageFailed)
        ]


async def test_a_job_waits_for_its_images() -> None:
    """No more of a job is handed out than its window; the next comes as images finish."""
    world = World()
    job_id = await world.accept(1, 100)
    expander = world.expander()
    for _ in range(3):
        assert await expander.round()
    assert [position for _, position in await world.handed_out()] == list(range(WINDOW))
    await world.finish(job_id, 3, 0, 5)
    await expander.round()
    assert [position for _, position in await world.handed_out()] == list(range(WINDOW + 3))


async def test_jobs_take_turns() -> None:
    """A small job that came after a large one is handed out at once, and not after it."""
    world = World()
    large, small = await world.accept(1, 10_000), await world.accept(2, 3)
    await world.expander().round()
    handed = [job_id for job_id, _ in await world.handed_out()]
    assert (handed.count(large), handed.count(small)) == (WINDOW, 3)


async def test_a_job_ends_when_all_of_it_is_handed_out() -> None:
    """Each image is handed out once; then nothing is pending any more."""
    world = World()
    job_id = await world.accept(1, 20)
    expander, done = world.expander(), 0
    while await expander.round():
        handed = [position for _, position in await world.handed_out()]
        await world.finish(job_id, *range(done, len(handed)))
        done = len(handed)
    assert [position for _, position in await world.handed_out()] == list(range(20))


class AwayStore(MemoryObjectStore):
    async def get(
        self, key: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes]:
        for away in ("away",):
            raise Unavailable(away)
        yield b""


class DyingLog(MemoryEventLog):
    """Appends, and does not live to say so."""

    async def append(self, messages: Sequence[Message]) -> None:
        await super().append(messages)
        raise StoreFullError("as if the process had died")


async def test_a_step_whose_end_nobody_heard_is_taken_again() -> None:
    """Who died after announcing a window leaves it to be announced again: the same events."""
    world = World()
    await world.accept(1, 5)
    log = DyingLog(world.clock)
    with pytest.raises(StoreFullError):
        await world.expander(log).round()
    world.clock.advance(61)
    await world.expander(log=world.log).round()
    told = [codec.decode(one).event_id for one in await log.read({BULK_ACCEPTED: 0}, 100)]
    assert [one.event_id for one in await world.announced()] == told


async def test_a_step_that_could_not_be_taken_is_not_held() -> None:
    """Where the store is away, the job is anybody's again at once, and not when its hold ends."""
    world = World()
    job_id = await world.accept(1, 5)
    world.objects = AwayStore()
    with pytest.raises(Unavailable):
        await world.expander().round()
    [open_one] = await world.expansions.pending(world.clock.now(), limit=9)
    assert (open_one.job_id, open_one.held_until, open_one.next_position) == (job_id, None, 0)


async def test_two_at_once_hand_out_once() -> None:
    """Two processes that look at the same time do not both hand a window out."""
    world = World()
    await world.accept(1, 5)
    await asyncio.gather(*(world.expander().round() for _ in range(5)))
    assert len(await world.handed_out()) == 5


async def test_a_cancelled_job_fails_what_is_left() -> None:
    """After a cancel what was not handed out fails, each image once, window or no window."""
    world = World()
    job_id = await world.accept(1, 50)
    expander = world.expander()
    await expander.round()
    assert await world.expansions.cancel(job_id)
    while await expander.round():
        pass
    events = await world.announced()
    assert sum(isinstance(one, ImageAccepted) for one in events) == WINDOW
    assert sum(isinstance(one, ImageFailed) for one in events) == 50 - WINDOW
    assert len(set(await world.handed_out())) == 50


async def test_a_job_without_its_manifest_holds_up_no_other() -> None:
    """A job whose manifest is gone is given up, and the others go on."""
    world = World()
    lost = await world.accept(1, 5)
    await world.objects.delete(f"jobs/{lost}/manifest.jsonl")
    other = await world.accept(2, 3)
    await world.expander().round()
    assert {job_id for job_id, _ in await world.handed_out()} == {other}
    assert [one.job_id for one in await world.expansions.pending(world.clock.now(), limit=9)] == []


async def test_the_loop_is_woken_and_stops() -> None:
    """A job that comes while the loop rests is handed out when it is woken, without a pause."""
    world, stop = World(), asyncio.Event()
    expander = world.expander()
    running = asyncio.create_task(expander.run(stop))
    await asyncio.sleep(0.01)
    await world.accept(1, 3)
    async with world.log.tail([BULK_ACCEPTED]) as tail:
        expander.wake()
        assert len(await tail.poll(10, 10.0)) == 3
    stop.set()
    await running
