from collections import defaultdict
from collections.abc import Callable, Sequence

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
        known = self._items[job_id]
        return [known[at] for at in sorted(at for at in known if at >= start)[:limit]]

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
