"""A job as a whole: retried, cancelled and deleted, its events in any order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.events import (
    Event,
    ImageAccepted,
    JobCancelled,
    JobDeleted,
    JobExpanded,
    JobFinished,
)
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.errors import Unavailable
from tests.unit.query.job_stories import (
    ASKED,
    JOB_ID,
    NOW,
    TOTAL,
    World,
    accepted,
    expanded,
    failed,
    job_accepted,
    processed,
    retried,
    url_of,
)

pytestmark = pytest.mark.anyio

# One makes it at once, one when it is retried, one never does.
FIRST: tuple[Event, ...] = (
    job_accepted(name="products.csv"),
    *(accepted(position) for position in range(TOTAL)),
    processed(0),
    failed(1),
    failed(2, code="corrupt"),
)
AGAIN: tuple[Event, ...] = (
    retried(),
    accepted(1, 2),
    accepted(2, 2),
    expanded(),
    processed(1, 2),
    failed(2, 2, code="corrupt"),
)


async def state_of(world: World) -> tuple[JobRecord | None, Sequence[JobItem]]:
    return await world.jobs.get(JOB_ID), await world.jobs.items(JOB_ID, start=0, limit=TOTAL + 1)


async def told(world: World, *events: Event) -> list[JobFinished]:
    """Tell the events; return what was announced of them, which has been told as well."""
    announced = [one for event in events for one in await world.project(event)]
    await world.project(*announced)
    return announced


def in_its_place(events: Sequence[Event]) -> Sequence[Event]:
    """Return the events with JobExpanded behind the acceptances of its generation, as it is."""
    ends = [one for one in events if isinstance(one, JobExpanded)]
    others = [one for one in events if not isinstance(one, JobExpanded)]
    begins = [at for at, one in enumerate(others) if is_of_retry(one)]
    firsts = {others[at].event_id: at for at in reversed(begins)}
    at = max(firsts.values()) + 1
    # Its repetitions come wherever they come after that.
    return [*others[:at], ends[0], *others[at:], *ends[1:]]


def is_of_retry(event: Event) -> bool:
    return isinstance(event, ImageAccepted) and event.generation > 1


def shuffled(*events: Event, again: Sequence[Event] = ()) -> st.SearchStrategy[Sequence[Event]]:
    """Return the events in any order, and some of them, or of those others, again."""
    more = st.lists(st.sampled_from([*events, *again]), max_size=6)
    return more.flatmap(lambda repeated: st.permutations([*events, *repeated]))


@given(shuffled(*FIRST, *AGAIN))
async def test_a_retried_job_folds_to_the_same_in_any_order(mix: Sequence[Event]) -> None:
    """Shuffled and repeated, a retried job comes to one record, and is finished at the end."""
    straight, mixed = World(), World()
    await told(straight, *FIRST, *AGAIN)
    announced = await told(mixed, *in_its_place(mix))
    assert await state_of(mixed) == await state_of(straight)
    last = [one for one in announced if one.generation == 2]
    assert {(one.completed, one.failed) for one in last} == {(2, 1)}
    assert {one.event_id for one in last} == {f"{JOB_ID}.job-finished.2"}


@given(shuffled(*FIRST), shuffled(*AGAIN, again=FIRST))
async def test_a_job_finishes_once_a_generation(
    before: Sequence[Event], after: Sequence[Event]
) -> None:
    """Who deduplicates by id hears of each finish once, and never before all of its outcomes.

    A job can be retried once its finish is on record, so that no retry comes before that; whatever
    was told before may be told again at any time.
    """
    world = World()
    first = await told(world, *before)
    assert {(one.generation, one.completed, one.failed) for one in first} == {(1, 1, 2)}
    due = {event.event_id for event in AGAIN}
    ids = {one.event_id for one in first}
    for event in in_its_place([*after, *first]):
        announced = await told(world, event)
        due.discard(event.event_id)
        ids |= {one.event_id for one in announced}
        assert not due or all(one.generation == 1 for one in announced)
    assert ids == {f"{JOB_ID}.job-finished.{generation}" for generation in (1, 2)}


async def test_a_job_knows_what_it_came_as() -> None:
    """The record has the kind, the name and the instructions of the acceptance."""
    world = World()
    await world.project(*FIRST)
    job = await world.jobs.get(JOB_ID)
    assert job is not None
    assert (job.kind, job.name) == ("csv", "products.csv")
    assert job.instructions == ASKED.canonical()
    assert job.causes == {"not_found": 1, "corrupt": 1}


async def test_a_retried_job_is_processing_again() -> None:
    """From the retry until its images have been handed out and have ended, nothing is finished."""
    world = World()
    await told(world, *FIRST)
    *before, last = AGAIN
    for event in before:
        assert await told(world, event) == []
        job = await world.jobs.get(JOB_ID)
        assert job is not None
        assert (job.status, job.finished_at, job.generation) == (Status.PROCESSING, None, 2)
    [finished] = await told(world, last)
    assert (finished.generation, finished.completed, finished.failed) == (2, 2, 1)


async def test_a_late_finish_does_not_end_a_retry() -> None:
    """The news that the job was finished, heard after it was retried, is of the time before."""
    world = World()
    [finished] = await world.project(*FIRST)
    await world.project(retried(), finished)
    job = await world.jobs.get(JOB_ID)
    assert job is not None
    assert (job.finished_at, job.generation) == (None, 2)


async def test_outcomes_that_overtake_their_retry_finish_nothing() -> None:
    """A retry whose every event comes before it is finished by it, not by the others."""
    world = World()
    await told(world, *FIRST)
    retry, *others = AGAIN
    assert await told(world, *others) == []
    [finished] = await told(world, retry)
    assert finished.generation == 2


async def test_a_cancelled_job_says_since_when() -> None:
    """A job is cancelled once, at the earliest time that is told; it ends as its images do."""
    world = World()
    await world.project(*FIRST[:-1])
    for later in (1, 0, 2):
        at = NOW + timedelta(seconds=later)
        assert await world.project(JobCancelled(job_id=JOB_ID, cancelled_at=at)) == []
    job = await world.jobs.get(JOB_ID)
    assert job is not None
    assert (job.cancelled_at, job.status) == (NOW, Status.PROCESSING)
    [finished] = await world.project(failed(2, code="cancelled"))
    assert (finished.completed, finished.failed) == (1, 2)


async def test_what_could_not_be_taken_in_has_its_name() -> None:
    """An image that failed before it was accepted is in the job with its name and its URL."""
    world = World()
    await world.project(failed(1))
    [item] = await world.jobs.items(JOB_ID, start=0, limit=1)
    assert (item.filename, item.url) == ("1.jpg", url_of(1))


async def filled(world: World) -> None:
    await world.project(*FIRST)
    for position in range(TOTAL):
        image_id = accepted(position).image_id
        original = f"originals/{image_id}/0123" if position % 2 else f"originals/{image_id}"
        for key in (original, f"renditions/{image_id}/main-1.webp"):
            await world.put(key)
    for name in ("input.csv", "sheet.json", "manifest.jsonl"):
        await world.put(f"jobs/{JOB_ID}/{name}")


async def test_of_a_deleted_job_nothing_is_left() -> None:
    """Its images' originals, renditions and records go, its own files and records, nothing else."""
    world = World()
    await filled(world)
    alone = replace(accepted(0), image_id="alone", job_id=None, position=None)
    await world.project(alone)
    others = {"originals/alone", "renditions/alone/main-1.webp", "jobs/another/input.csv"}
    for key in others:
        await world.put(key)
    gone = JobDeleted(job_id=JOB_ID, deleted_at=NOW)
    assert await world.project(gone, gone) == []
    assert {key async for key in world.objects.list("")} == others
    assert await state_of(world) == (None, [])
    assert [one.image_id for one in await world.images.newest(9)] == ["alone"]


async def test_a_removal_that_was_cut_short_is_ended_by_the_next() -> None:
    """Where the store refuses half-way, the job is still there; the same event deletes the rest."""
    world = World()
    await filled(world)
    delete, left = world.objects.delete, 4

    async def refusing(key: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Unavailable("The store is away.")
        await delete(key)

    gone = JobDeleted(job_id=JOB_ID, deleted_at=NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.objects, "delete", refusing)
        with pytest.raises(Unavailable):
            await world.project(gone)
    assert await world.jobs.get(JOB_ID) is not None
    await world.project(gone)
    assert [key async for key in world.objects.list("")] == []
    assert await state_of(world) == (None, [])
