"""What every store of job records promises."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calotype_core.domain import lifecycle
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.ports.job_records import JobRecords

pytestmark = pytest.mark.anyio

OpenRecords = Callable[[], AbstractAsyncContextManager[JobRecords]]
FRESH = itertools.count()
AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """What an event says of the item at a position."""

    position: int
    leads_to: Status
    generation: int

    def __call__(self, item: JobItem | None) -> JobItem:
        state = lifecycle.follow(item.state if item else None, self)
        return JobItem(
            position=self.position,
            image_id=f"image{self.position}",
            generation=state.generation,
            status=state.status,
        )


def step(position: int, leads_to: Status, generation: int = 1) -> Step:
    return Step(position=position, leads_to=leads_to, generation=generation)


async def tell(records: JobRecords, job_id: str, one: Step) -> JobRecord:
    return await records.update_item(job_id, one.position, one)


def counts(job: JobRecord | None) -> tuple[int, int, int]:
    assert job is not None
    return job.announced, job.completed, job.failed


async def everything(records: JobRecords, job_id: str) -> list[JobItem]:
    return list(await records.items(job_id, start=0, limit=1000))


async def test_an_unknown_job_is_none(job_records: JobRecords) -> None:
    """Nothing is known of a job that was never written."""
    assert await job_records.get("job") is None
    assert await everything(job_records, "job") == []


async def test_a_record_is_kept_whole(job_records: JobRecords) -> None:
    """Every field of a record comes back as it was written."""
    job = JobRecord(
        job_id="job", total=3, callback_url="https://é.example", accepted_at=AT, finished_at=AT
    )
    assert await job_records.update("job", lambda _: job) == job
    assert await job_records.get("job") == job


async def test_an_item_is_kept_whole(job_records: JobRecords) -> None:
    """Every field of an item comes back as it was written."""
    item = JobItem(
        position=2,
        image_id="image",
        generation=3,
        status=Status.FAILED,
        filename="cat.jpg",
        failure_code="not_an_image",
    )
    await job_records.update_item("job", 2, lambda _: item)
    assert await everything(job_records, "job") == [item]


async def test_items_come_in_the_order_of_the_request(job_records: JobRecords) -> None:
    """Items gives the known ones from a position on, in order, as many as asked for."""
    for position in (3, 0, 12, 1):
        await tell(job_records, "job", step(position, Status.PROCESSING))
    await tell(job_records, "other", step(2, Status.PROCESSING))
    page = await job_records.items("job", start=1, limit=2)
    assert [item.position for item in page] == [1, 3]
    rest = await job_records.items("job", start=4, limit=10)
    assert [item.position for item in rest] == [12]
    assert list(await job_records.items("job", start=0, limit=0)) == []


async def test_items_far_apart(job_records: JobRecords) -> None:
    """Items gives the known ones of a large job, however many are missing in between."""
    for position in (99_999, 100, 99, 12_345):
        await tell(job_records, "job", step(position, Status.PROCESSING))
    found = await job_records.items("job", start=100, limit=2)
    assert [item.position for item in found] == [100, 12_345]
    assert [item.position for item in await everything(job_records, "job")][-1] == 99_999


async def test_a_step_is_counted(job_records: JobRecords) -> None:
    """The job's counters follow its items, and each update returns them."""
    told = [
        counts(await tell(job_records, "job", step(position, status)))
        for position, status in [
            (0, Status.PROCESSING),
            (1, Status.PROCESSING),
            (0, Status.COMPLETED),
            (1, Status.FAILED),
        ]
    ]
    assert told == [(1, 0, 0), (2, 0, 0), (2, 1, 0), (2, 1, 1)]
    assert counts(await job_records.get("job")) == (2, 1, 1)


async def test_a_step_again_is_not_counted_again(job_records: JobRecords) -> None:
    """An event that comes twice counts once, and still returns the job."""
    outcome = step(0, Status.COMPLETED)
    first = await tell(job_records, "job", outcome)
    assert await tell(job_records, "job", outcome) == first


async def test_counting_leaves_the_rest_of_the_job(job_records: JobRecords) -> None:
    """An item may be counted before the job is known, and the job's own facts join the count."""
    await tell(job_records, "job", step(0, Status.COMPLETED))
    job = await job_records.update(
        "job", lambda known: replace(known or JobRecord(job_id="job"), total=1, accepted_at=AT)
    )
    assert job == JobRecord(job_id="job", total=1, announced=1, completed=1, accepted_at=AT)
    assert await tell(job_records, "job", step(0, Status.COMPLETED)) == job


async def test_a_failing_change_changes_nothing(job_records: JobRecords) -> None:
    """What a change raises passes through; neither the item nor the count has changed."""

    def change(_: JobItem | None) -> JobItem:
        raise LookupError("no such step")

    await tell(job_records, "job", step(0, Status.PROCESSING))
    with pytest.raises(LookupError, match="no such step"):
        await job_records.update_item("job", 1, change)
    assert len(await everything(job_records, "job")) == 1
    assert counts(await job_records.get("job")) == (1, 0, 0)


STEPS = st.lists(
    st.builds(step, st.integers(0, 4), st.sampled_from(Status), st.integers(1, 2)),
    max_size=12,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
@given(steps=STEPS)
async def test_a_jobs_counts_are_the_sum_of_its_items(
    job_records: JobRecords, steps: Sequence[Step]
) -> None:
    """Whatever comes, twice and in any order, the counters equal a count of the items."""
    job_id = f"job{next(FRESH)}"
    for one in steps:
        job = await tell(job_records, job_id, one)
        statuses = [item.status for item in await everything(job_records, job_id)]
        completed, failed = statuses.count(Status.COMPLETED), statuses.count(Status.FAILED)
        assert counts(job) == (len(statuses), completed, failed)
        assert job == await job_records.get(job_id)


async def test_jobs_outlive_the_process(open_job_records: OpenRecords) -> None:
    """Items and counts are there after closing and opening again, and a repeat counts nothing."""
    outcome = step(0, Status.COMPLETED)
    async with open_job_records() as records:
        job = await tell(records, "job", outcome)
    async with open_job_records() as records:
        assert await records.get("job") == job
        assert await tell(records, "job", outcome) == job
        assert len(await everything(records, "job")) == 1


async def test_two_processes_count_a_step_once(open_job_records: OpenRecords) -> None:
    """Steps that two processes take at the same time are counted once, and none is lost."""
    told = [
        step(position, status)
        for position in range(8)
        for status in (Status.PROCESSING, Status.COMPLETED)
    ]
    async with open_job_records() as ours, open_job_records() as theirs:
        await asyncio.gather(
            *(tell(records, "job", one) for one in told for records in (ours, theirs))
        )
        assert counts(await ours.get("job")) == (8, 8, 0)
        assert await theirs.get("job") == await ours.get("job")
        assert len(await everything(theirs, "job")) == 8


async def test_facts_and_counts_at_the_same_time(open_job_records: OpenRecords) -> None:
    """A job's own facts and its counters do not undo one another."""
    async with open_job_records() as ours, open_job_records() as theirs:
        await asyncio.gather(
            *(tell(ours, "job", step(position, Status.FAILED)) for position in range(8)),
            theirs.update("job", lambda job: replace(job or JobRecord(job_id="job"), total=8)),
        )
        job = await ours.get("job")
    assert job == JobRecord(job_id="job", total=8, announced=8, failed=8)
