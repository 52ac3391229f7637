"""Handing a job out, a window at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.domain.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    JobAccepted,
    JobExpanded,
    JobRetried,
)
from calotype_core.domain.expansion import Expansion
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Failure
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.manifest import Entry
from calotype_core.ports.object_store import ObjectMissingError
from calotype_ingest import manifest
from calotype_ingest.expand_job import CANCELLED, Step, begun, expand_job, room_for
from tests.unit.ingest.doors import DEFAULT, GIF, OTHER_GIF, World, gif, sha256

pytestmark = pytest.mark.anyio

DAMAGED = Failure(code="zip_entry_damaged", message="The entry is damaged.")


async def accepted_job(world: World) -> JobAccepted:
    job = (await world.receive(gif(), gif(OTHER_GIF), gif())).event
    assert isinstance(job, JobAccepted)
    return job


async def urls(count: int, damaged: int | None) -> AsyncIterator[Entry]:
    for at in range(count):
        if at == damaged:
            yield Entry(position=at, failure=DAMAGED, filename="d.jpg")
        else:
            url = f"https://shop.example/{at}.jpg"
            yield Entry(position=at, url=url, filename=f"{at}.jpg")


async def job_of_urls(world: World, count: int, *, damaged: int | None = None) -> JobAccepted:
    job_id = world.door.ids.new()
    return JobAccepted(
        job_id=job_id,
        total=count,
        manifest_key=await manifest.write(world.objects, job_id, urls(count, damaged)),
        instructions=DEFAULT,
        kind="urls",
        accepted_at=world.clock.now(),
    )


async def step(
    world: World, expansion: Expansion, room: int, jobs: MemoryJobRecords | None = None
) -> Step:
    return await expand_job(
        expansion,
        room=room,
        objects=world.objects,
        jobs=jobs or MemoryJobRecords(),
        now=world.clock.now(),
    )


def positions(events: Sequence[Event]) -> list[int | None]:
    return [one.position for one in events if isinstance(one, ImageAccepted | ImageFailed)]


async def test_a_job_becomes_its_images() -> None:
    """Each image of the manifest is accepted, in order, under an id that follows from the job."""
    world = World()
    job = await accepted_job(world)
    taken = await step(world, begun(job), room=10)
    assert [event.event_id for event in taken.events] == [
        f"{derive_id(job.job_id, position)}.accepted.1" for position in range(3)
    ]
    second = taken.events[1]
    assert isinstance(second, ImageAccepted)
    assert second.original is not None
    assert second == ImageAccepted(
        image_id=derive_id(job.job_id, 1),
        original=replace(second.original, sha256=sha256(OTHER_GIF), size_bytes=len(GIF)),
        filename="cat.gif",
        instructions=DEFAULT,
        job_id=job.job_id,
        position=1,
        accepted_at=job.accepted_at,
    )
    assert second.original.key in await world.stored()
    assert taken.after.closed_at == world.clock.now()


async def test_a_step_that_was_cut_short_runs_again() -> None:
    """A step taken again gives the same events, to the byte."""
    world = World()
    job = await accepted_job(world)
    first = await step(world, begun(job), room=2)
    world.clock.advance(3600)
    assert (await step(world, begun(job), room=2)).events == first.events


@pytest.mark.parametrize("room", [1, 2, 3, 7, 100])
async def test_windows_come_to_the_whole_job(room: int) -> None:
    """Window by window every image comes once, what could not be taken in as a failure."""
    world = World()
    expansion = begun(await job_of_urls(world, 7, damaged=4))
    events: list[Event] = []
    while expansion.closed_at is None:
        taken = await step(world, expansion, room)
        assert 0 < len(taken.events) <= room
        events += taken.events
        expansion = taken.after
    assert positions(events) == list(range(7))
    assert [one.failure for one in events if isinstance(one, ImageFailed)] == [DAMAGED]


async def test_cancelled_is_what_was_not_handed_out() -> None:
    """After a cancel the images that are left fail, each once, and say why."""
    world = World()
    begun_step = await step(world, begun(await job_of_urls(world, 5)), room=2)
    rest = await step(world, replace(begun_step.after, cancelled=True), room=1000)
    assert positions(rest.events) == [2, 3, 4]
    assert {one.failure for one in rest.events if isinstance(one, ImageFailed)} == {CANCELLED}
    assert rest.after.closed_at is not None


async def failing(jobs: MemoryJobRecords, job_id: str, codes: Mapping[int, str]) -> None:
    for position, code in codes.items():
        item = JobItem(
            position=position,
            image_id=derive_id(job_id, position),
            generation=1,
            status=Status.FAILED,
            failure_code=code,
        )
        await jobs.update_item(job_id, position, lambda _, item=item: item)  # type: ignore[misc]  # one each


async def retried(world: World, jobs: MemoryJobRecords, *causes: str) -> Expansion:
    """Return the retry of a job of 9 whose images 1, 5 and 8 have failed."""
    job = await job_of_urls(world, 9, damaged=5)
    codes = {1: "fetch_timeout", 5: DAMAGED.code, 8: "fetch_not_found"}
    await failing(jobs, job.job_id, codes)
    return begun(
        JobRetried(
            job_id=job.job_id,
            generation=2,
            total=job.total,
            manifest_key=job.manifest_key,
            instructions=job.instructions,
            causes=causes,
            requested_at=world.clock.now() + timedelta(hours=1),
        )
    )


async def test_a_retry_hands_out_what_has_failed() -> None:
    """Of a retried job only failed images come, anew; one that can do no better fails at once."""
    world, jobs = World(), MemoryJobRecords()
    expansion = await retried(world, jobs)
    events: list[Event] = []
    while expansion.next_position < expansion.total:
        taken = await step(world, expansion, 2, jobs)
        events += taken.events
        expansion = taken.after
    assert positions(events) == [1, 5, 8]
    assert [type(one) for one in events] == [ImageAccepted, ImageFailed, ImageAccepted]
    assert {one.generation for one in events if isinstance(one, ImageAccepted)} == {2}


async def test_a_retry_by_cause_leaves_the_others() -> None:
    """Images that failed of another cause are not handed out."""
    world, jobs = World(), MemoryJobRecords()
    taken = await step(world, await retried(world, jobs, "fetch_not_found"), 10, jobs)
    assert positions(taken.events) == [8]


async def test_a_retry_ends_once_all_of_it_is_on_record() -> None:
    """That a retry has been handed out is said when none of its images counts as failed before."""
    world, jobs = World(), MemoryJobRecords()
    handed = (await step(world, await retried(world, jobs, "fetch_timeout"), 10, jobs)).after
    waiting = await step(world, handed, 10, jobs)
    assert (waiting.events, waiting.after) == ((), handed)
    [item] = await jobs.items(handed.job_id, start=1, limit=1)
    again = replace(item, generation=2, status=Status.PROCESSING, failure_code=None)
    await jobs.update_item(handed.job_id, 1, lambda _: again)
    ended = await step(world, handed, 10, jobs)
    [told] = ended.events
    assert isinstance(told, JobExpanded)
    assert (told.generation, ended.after.closed_at) == (2, world.clock.now())


async def test_room_is_what_is_not_outstanding() -> None:
    """A job has as much room as its window leaves beside what was handed out and is not done."""
    expansion = replace(begun(await job_of_urls(World(), 100)), next_position=40)
    job = JobRecord(job_id=expansion.job_id, total=100, announced=40, completed=20, failed=5)
    assert room_for(expansion, None, 50) == 10
    assert room_for(expansion, job, 50) == 35
    assert room_for(replace(expansion, generation=2), job, 50) == 35
    assert room_for(replace(expansion, cancelled=True), job, 50) == 985


async def test_a_job_without_its_manifest_cannot_be_expanded() -> None:
    """A manifest that is gone is an error that no retry mends."""
    world = World()
    job = await accepted_job(world)
    await world.objects.delete(job.manifest_key)
    with pytest.raises(ObjectMissingError) as caught:
        await step(world, begun(job), 10)
    assert not caught.value.retry
