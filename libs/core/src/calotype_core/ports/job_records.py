"""The read model of jobs."""

from collections.abc import Callable, Sequence
from typing import Protocol

from calotype_core.domain.job import JobItem, JobRecord


class JobReader(Protocol):
    """Looking jobs up."""

    async def get(self, job_id: str) -> JobRecord | None:
        """Return the job's record, or None where nothing is known of it (yet)."""

    async def items(self, job_id: str, *, start: int, limit: int) -> Sequence[JobItem]:
        """Return up to limit known items from position start on, in the order of the request."""

    async def failures(
        self, job_id: str, *, start: int, limit: int, code: str | None = None
    ) -> Sequence[JobItem]:
        """Return up to limit failed items from position start on, in the order of the request.

        Only those of a failure code, if given. Every failure that the job has counted is among
        them. Costs what the failures cost, not what the job's size does.
        """

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[JobRecord]:
        """Return up to limit records, newest id first; only ids smaller than before, if given."""


class JobRecords(JobReader, Protocol):
    """Looking up, the two ways to write, and removal."""

    async def update(
        self, job_id: str, change: Callable[[JobRecord | None], JobRecord]
    ) -> JobRecord:
        """Replace the record by what change makes of it, atomically, and return that.

        change is pure, may be called more than once, and leaves the counters alone; what is
        returned has counted every step that was counted before. Raises Unavailable.
        """

    async def update_item(
        self, job_id: str, position: int, change: Callable[[JobItem | None], JobItem]
    ) -> JobRecord:
        """Replace one item and count its step in the job, once, and return the job.

        change is pure and may be called more than once. Costs the same whatever the job's size. A
        step that repeats changes nothing, not even where two processes take it at the same time;
        a crash within is mended by calling again. Raises Unavailable.
        """

    async def delete(self, job_id: str) -> None:
        """Drop the job and its items; an unknown job is no error.

        The record goes first, so that half a removal is not seen; calling again finishes it. What
        is told of the job from then on begins a new one. Raises Unavailable.
        """
