"""Retrying, cancelling and deleting a job."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from calotype_core import codec
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.domain.events import Event, JobCancelled, JobDeleted, JobRetried
from calotype_core.domain.ids import make_id
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.topology import JOBS_ACCEPTED
from calotype_core.young import MalformedIdError, NotYetKnownError, UnknownIdError
from calotype_ingest.change_job import JobDesk
from calotype_ingest.errors import JobRunningError, NothingFailedError
from tests.unit.ingest.doors import DEFAULT

pytestmark = pytest.mark.anyio

JOB = make_id(1, 1)


class Desk:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.jobs = MemoryJobRecords()
        self.log = MemoryEventLog(self.clock)
        self.desk = JobDesk(jobs=self.jobs, log=self.log, clock=self.clock)

    async def job(self, *failures: str, total: int = 3) -> None:
        """Keep a job whose first image is done, and the next have failed of these causes."""
        record = JobRecord(
            job_id=JOB,
            total=total,
            instructions=DEFAULT.canonical(),
            accepted_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        await self.jobs.update(JOB, lambda _: record)
        for position, code in enumerate(["", *failures]):
            item = JobItem(
                position=position,
                image_id=make_id(1, position + 2),
                generation=1,
                status=Status.FAILED if code else Status.COMPLETED,
                failure_code=code or None,
            )
            await self.jobs.update_item(JOB, position, lambda _, item=item: item)  # type: ignore[misc]  # one each

    async def announced(self) -> Sequence[Event]:
        return [codec.decode(one) for one in await self.log.read({JOBS_ACCEPTED: 0}, 100)]


async def test_a_retry_is_the_next_generation() -> None:
    """A retry of a finished job is announced, with all that handing it out takes."""
    desk = Desk()
    await desk.job("fetch_timeout", "fetch_not_found")
    event = await desk.desk.retry(JOB, None)
    assert await desk.announced() == [event]
    assert isinstance(event, JobRetried)
    assert (event.generation, event.total, event.causes) == (2, 3, ())
    assert event.instructions == DEFAULT
    assert (await desk.desk.retry(JOB, "fetch_timeout")).causes == ("fetch_timeout",)


async def test_a_running_job_is_not_retried() -> None:
    """A job that has images to come says that it is not finished."""
    desk = Desk()
    await desk.job("fetch_timeout", total=9)
    with pytest.raises(JobRunningError):
        await desk.desk.retry(JOB, None)
    assert await desk.announced() == []


async def test_what_has_not_failed_is_not_retried() -> None:
    """Where nothing failed, or not of that cause, the causes that there are are told."""
    desk = Desk()
    await desk.job("fetch_timeout", "fetch_timeout")
    with pytest.raises(NothingFailedError, match=r"fetch_timeout \(2\)"):
        await desk.desk.retry(JOB, "fetch_not_found")


async def test_a_running_job_is_cancelled_and_a_finished_one_deleted() -> None:
    """The same request cancels what has not begun, and deletes all once it is finished."""
    running, finished = Desk(), Desk()
    await running.job("fetch_timeout", total=9)
    await finished.job("fetch_timeout", "fetch_timeout")
    assert isinstance(await running.desk.remove(JOB), JobCancelled)
    assert isinstance(await finished.desk.remove(JOB), JobDeleted)


YOUNG = make_id(int(ManualClock().now().timestamp() * 1000), 9)


@pytest.mark.parametrize(
    ("job_id", "error"),
    [(JOB, UnknownIdError), ("no id", MalformedIdError), (YOUNG, NotYetKnownError)],
)
async def test_an_unknown_job_is_said(job_id: str, error: type[Exception]) -> None:
    """An id of no job is not known, one that is young not yet, and what is no id is none."""
    desk = Desk()
    for asked in (desk.desk.retry(job_id, None), desk.desk.remove(job_id)):
        asking = asyncio.create_task(asked)
        while not asking.done():
            desk.clock.advance(1)
            await asyncio.sleep(0)
        assert isinstance(asking.exception(), error)
