"""What every store of job records promises."""

import asyncio
import itertools
from collections import Counter
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
    code: str | None = None

    def __call__(self, item: JobItem | None) -> JobItem:
        state = lifecycle.follow(item.state if item else None, self)
        return JobItem(
            position=self.position,
            image_id=f"image{self.position}",
            generation=state.generation,
            status=state.status,
            failure_code=item.failure_code if item and item.state == state else self.code,
        )


def step(position: int, leads_to: Status, generation: int = 1, code: str | None = None) -> Step:
    return Step(position=position, leads_to=leads_to, generation=generation, code=code)


def failing(position: int, code: str = "timed_out", generation: int = 1) -> Step:
    return step(position, Status.FAILED, generation, code)


async def tell(records: JobRecords, job_id: str, one: Step) -> JobRecord:
    return await records.update_item(job_id, one.position, one)


def counts(job: JobRecord | None) -> tuple[int, int, int]:
    assert job is not None
    return job.announced, job.completed, job.failed


async def failed_at(
    records: JobRecords, job_id: str, start: int = 0, limit: int = 1000, code: str | None = None
) -> list[int]:
    found = await records.failures(job_id, start=start, limit=limit, code=code)
    assert all(one.has_failed(code) for one in found)
    return [one.position for one in found]


async def everything(records: JobRecords, job_id: str) -> list[JobItem]:
    return list(await records.items(job_id, start=0, limit=1000))


async def test_an_unknown_job_is_none(job_records: JobRecords) -> None:
    """Nothing is known of a job that was never written."""
    assert await job_records.get("job") is None
    assert await everything(job_records, "job") == []


async def test_a_record_is_kept_whole(job_records: JobRecords) -> None:
    """Every field of a record comes back as it was written."""
    job = JobRecord(
        job_id="job",
        kind="csv",
        name="products é.csv",
        total=3,
        generation=3,
        expanded=2,
        callback_url="https://é.example",
        accepted_at=AT,
        cancelled_at=AT,
        finished_at=AT,
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
        url="https://é.example/cat.jpg",
        failure_code="not_an_image",
        failure_message="Send “another” one.",
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


async def test_causes_are_counted(job_records: JobRecords) -> None:
    """A job knows of what how many of its items have failed; a retry takes its own away."""
    for one in (failing(0), failing(1, "not_found")):
        await tell(job_records, "job", one)
    job = await tell(job_records, "job", failing(205))
    assert job.causes == {"timed_out": 2, "not_found": 1}
    await tell(job_records, "job", step(0, Status.PROCESSING, generation=2))
    job = await tell(job_records, "job", step(1, Status.PROCESSING, generation=2))
    assert job.causes == {"timed_out": 1}
    job = await tell(job_records, "job", failing(0, "not_found", generation=2))
    assert job.causes == {"timed_out": 1, "not_found": 1}
    assert await job_records.get("job") == job
    assert await tell(job_records, "job", failing(0, "not_found", generation=2)) == job


async def test_failures_are_found_among_many(job_records: JobRecords) -> None:
    """Failures gives the failed items alone, in order, from a position on, as many as wanted."""
    for position in (0, 1, 250, 99_999):
        await tell(job_records, "job", step(position, Status.COMPLETED))
    for position in (12_345, 3, 2, 251, 12_399, 260):
        await tell(job_records, "job", failing(position))
    await tell(job_records, "other", failing(4))
    assert await failed_at(job_records, "job") == [2, 3, 251, 260, 12_345, 12_399]
    assert await failed_at(job_records, "job", 3, 2) == [3, 251]
    assert await failed_at(job_records, "job", 252, 2) == [260, 12_345]
    assert await failed_at(job_records, "job", 12_346) == [12_399]
    assert await failed_at(job_records, "job", 12_400) == []
    assert await failed_at(job_records, "job", 0, 0) == []
    assert await failed_at(job_records, "unknown") == []


async def test_failures_of_a_cause(job_records: JobRecords) -> None:
    """Where a code is given, only what failed of it is told."""
    for one in (failing(0), failing(1, "not_found"), failing(2), failing(500, "not_found")):
        await tell(job_records, "job", one)
    assert await failed_at(job_records, "job", code="not_found") == [1, 500]
    assert await failed_at(job_records, "job", 2, code="timed_out") == [2]
    assert await failed_at(job_records, "job", 1, 1, "timed_out") == [2]
    assert await failed_at(job_records, "job", code="too_large") == []


async def test_a_retried_item_is_no_failure(job_records: JobRecords) -> None:
    """What is begun anew has not failed, until it does again."""
    await tell(job_records, "job", failing(0))
    await tell(job_records, "job", step(0, Status.PROCESSING, generation=2))
    assert await failed_at(job_records, "job") == []
    await tell(job_records, "job", failing(0, "not_found", generation=2))
    assert await failed_at(job_records, "job", code="not_found") == [0]


async def test_all_of_many_failures(job_records: JobRecords) -> None:
    """Page by page, all failures of a job are told, each of them once."""
    positions = list(range(0, 9000, 97))
    await asyncio.gather(*(tell(job_records, "job", failing(one)) for one in positions))
    assert await failed_at(job_records, "job") == positions
    found: list[int] = []
    while page := await failed_at(job_records, "job", found[-1] + 1 if found else 0, 7):
        found += page
    assert found == positions


async def test_jobs_newest_first(job_records: JobRecords) -> None:
    """The list goes from the newest id to the oldest, a page at a time."""
    jobs = {one: JobRecord(job_id=one, total=0, accepted_at=AT) for one in ("b", "d", "a", "c")}
    for job_id, job in jobs.items():
        await job_records.update(job_id, lambda _, job=job: job)  # type: ignore[misc]  # bound now
    await tell(job_records, "c", failing(0))
    counted = replace(jobs["c"], announced=1, failed=1, causes={"timed_out": 1})
    assert await job_records.newest(2) == [jobs["d"], counted]
    assert [one.job_id for one in await job_records.newest(9, before="c")] == ["b", "a"]
    assert list(await job_records.newest(0)) == []


async def test_a_deleted_job_is_gone(job_records: JobRecords) -> None:
    """Nothing is left of a job that was deleted, and others stay; again, it is no error."""
    for position in (0, 1, 250, 12_345):
        await tell(job_records, "job", failing(position))
    other = await tell(job_records, "job2", failing(0))
    for _ in range(2):
        await job_records.delete("job")
        assert await job_records.get("job") is None
        assert await everything(job_records, "job") == []
        assert await failed_at(job_records, "job") == []
    assert await job_records.newest(9) == [other]
    assert counts(await tell(job_records, "job", step(0, Status.PROCESSING))) == (1, 0, 0)


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
    st.one_of(
        st.builds(step, st.integers(0, 4), st.sampled_from(Status), st.integers(1, 2)),
        st.builds(failing, st.integers(0, 4), st.sampled_from(["a", "b"]), st.integers(1, 2)),
    ),
    max_size=12,
)


async def test_steps_at_the_same_time(job_records: JobRecords) -> None:
    """Each of many steps at the same time is told a count that holds it, the last one all."""
    told = [
        one
        for position in range(30)
        for one in (step(position, Status.PROCESSING), failing(position))
    ]
    jobs = await asyncio.gather(*(tell(job_records, "job", one) for one in told))
    everybody = JobRecord(job_id="job", announced=30, failed=30, causes={"timed_out": 30})
    assert await job_records.get("job") == everybody
    assert everybody in jobs
    assert all(job.announced and job.failed <= job.announced for job in jobs)
    assert all(job.failed for job in jobs[1::2])


async def test_a_failing_change_fails_alone(job_records: JobRecords) -> None:
    """What one change raises is not the others' that come at the same time."""

    def change(_: JobItem | None) -> JobItem:
        raise LookupError("no such step")

    told = await asyncio.gather(
        tell(job_records, "job", failing(0)),
        job_records.update_item("job", 1, change),
        tell(job_records, "job", failing(2)),
        return_exceptions=True,
    )
    assert [type(one) for one in told] == [JobRecord, LookupError, JobRecord]
    assert counts(await job_records.get("job")) == (2, 0, 2)


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
        items = await everything(job_records, job_id)
        statuses = [item.status for item in items]
        completed, failed = statuses.count(Status.COMPLETED), statuses.count(Status.FAILED)
        assert counts(job) == (len(statuses), completed, failed)
        assert job.causes == Counter(one.failure_code for one in items if one.failure_code)
        assert list(await job_records.failures(job_id, start=0, limit=9)) == [
            one for one in items if one.has_failed()
        ]
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
        step(position, status, code="timed_out" if status is Status.FAILED else None)
        for position in range(8)
        for status in (Status.PROCESSING, Status.FAILED)
    ]
    async with open_job_records() as ours, open_job_records() as theirs:
        await asyncio.gather(
            *(tell(records, "job", one) for one in told for records in (ours, theirs))
        )
        everybody = JobRecord(job_id="job", announced=8, failed=8, causes={"timed_out": 8})
        assert await ours.get("job") == everybody
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
