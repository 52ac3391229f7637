"""Retry, cancel or delete a job: what is asked of it is announced, and done by whom it concerns."""

from dataclasses import dataclass
from typing import TypeVar

from calotype_core import codec
from calotype_core.domain.events import JobCancelled, JobChange, JobDeleted, JobRetried
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.job import JobRecord
from calotype_core.domain.manifest import manifest_key
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.job_records import JobReader
from calotype_core.young import YoungIds, id_of
from calotype_ingest.errors import (
    JobFinishedError,
    JobRunningError,
    NothingFailedError,
)

ChangeT = TypeVar("ChangeT", bound=JobChange)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobDesk:
    """What changing a job needs of the world."""

    jobs: JobReader
    log: EventLog
    clock: Clock

    async def retry(self, job_id: str, cause: str | None) -> JobRetried:
        """Ask for the failed images once more, or those that failed of this code.

        Raises JobRunningError, NothingFailedError, and what YoungIds says of an id; Unavailable.
        """
        job = await self._find(job_id)
        if not job.is_finished or job.total is None or job.instructions is None:
            raise JobRunningError(
                "The job is not finished: its failed images can be retried when it is. Wait for it,"
                " or cancel what has not begun (POST /jobs/{id}/cancel)."
            )
        count = job.causes.get(cause, 0) if cause else job.failed
        if not count:
            known = ", ".join(f"{code} ({many})" for code, many in job.causes.items())
            raise NothingFailedError(
                f"No image of the job has failed{f' of {cause[:80]!r}' if cause else ''}, so there"
                f" is nothing to retry. Its failures are: {known or 'none'}."
            )
        return await self._announce(
            JobRetried(
                job_id=job.job_id,
                generation=job.generation + 1,
                total=job.total,
                manifest_key=manifest_key(job.job_id),
                instructions=parse_instructions(job.instructions, presets={}),
                callback_url=job.callback_url,
                causes=(cause,) if cause else (),
                requested_at=self.clock.now(),
            )
        )

    async def cancel(self, job_id: str) -> JobCancelled:
        """Cancel what of the job has not begun; unlike remove, it never deletes anything.

        Raises JobFinishedError, and what YoungIds says of an id; Unavailable.
        """
        job = await self._find(job_id)
        if job.is_finished:
            raise JobFinishedError(
                "The job is finished, so that nothing of it is left to cancel. DELETE deletes it."
            )
        return await self._announce(JobCancelled(job_id=job.job_id, cancelled_at=self.clock.now()))

    async def remove(self, job_id: str) -> JobCancelled | JobDeleted:
        """Cancel what of the job has not begun; where it is finished, have all of it deleted.

        Raises what YoungIds says of an id; Unavailable.
        """
        job = await self._find(job_id)
        now = self.clock.now()
        if job.is_finished:
            return await self._announce(JobDeleted(job_id=job.job_id, deleted_at=now))
        return await self._announce(JobCancelled(job_id=job.job_id, cancelled_at=now))

    async def _find(self, text: str) -> JobRecord:
        job_id, young = id_of(text), YoungIds(clock=self.clock)
        job = await young.find(job_id, lambda: self.jobs.get(job_id))
        if job is None:
            raise young.unknown(job_id)
        return job

    async def _announce(self, change: ChangeT) -> ChangeT:
        await self.log.append([codec.encode(change, now=self.clock.now())])
        return change
