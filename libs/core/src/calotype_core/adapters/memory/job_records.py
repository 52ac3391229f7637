from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.ports.job_records import JobRecords


class MemoryJobRecords(JobRecords):
    """Jobs in dictionaries, gone with the process."""

    def __init__(self) -> None:
        self._jobs: dict[str, JobRecord] = {}
        self._items: defaultdict[str, dict[int, JobItem]] = defaultdict(dict)

    async def get(self, job_id: str) -> JobRecord | None:
        """See JobReader."""
        return self._jobs.get(job_id)

    async def items(self, job_id: str, *, start: int, limit: int) -> Sequence[JobItem]:
        """See JobReader."""
        return list(islice(self._from(job_id, start), limit))

    async def failures(
        self, job_id: str, *, start: int, limit: int, code: str | None = None
    ) -> Sequence[JobItem]:
        """See JobReader."""
        return list(
            islice((one for one in self._from(job_id, start) if one.has_failed(code)), limit)
        )

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[JobRecord]:
        """See JobReader."""
        ids = sorted((one for one in self._jobs if before is None or one < before), reverse=True)
        return [self._jobs[job_id] for job_id in ids[:limit]]

    async def update(
        self, job_id: str, change: Callable[[JobRecord | None], JobRecord]
    ) -> JobRecord:
        """See JobRecords."""
        job = self._jobs[job_id] = change(self._jobs.get(job_id))
        return job

    async def update_item(
        self, job_id: str, position: int, change: Callable[[JobItem | None], JobItem]
    ) -> JobRecord:
        """See JobRecords."""
        before = self._items[job_id].get(position)
        after = change(before)
        job = self._jobs.get(job_id, JobRecord(job_id=job_id))
        if after != before:
            self._items[job_id][position] = after
            job = self._jobs[job_id] = job.counting(before, after)
        return job

    async def delete(self, job_id: str) -> None:
        """See JobRecords."""
        self._jobs.pop(job_id, None)
        self._items.pop(job_id, None)

    def _from(self, job_id: str, start: int) -> Iterator[JobItem]:
        known = self._items.get(job_id, {})
        return (known[at] for at in sorted(at for at in known if at >= start))
