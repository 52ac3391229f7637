"""A job: many images asked for in one request, and the count of how they fare."""

from dataclasses import dataclass, replace
from datetime import datetime

from calotype_core.domain import lifecycle
from calotype_core.domain.lifecycle import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class JobItem:
    """One image's place in a job; position counts from 0, in the order of the request."""

    position: int
    image_id: str
    generation: int
    status: Status
    filename: str | None = None
    failure_code: str | None = None

    @property
    def state(self) -> lifecycle.State:
        """The item's place in the lifecycle, which is its image's."""
        return lifecycle.State(generation=self.generation, status=self.status)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRecord:
    """A job as a client sees it. Its counters change by each item's step, never by counting again.

    total is None until JobAccepted has been seen: an item's outcome may arrive first.
    """

    job_id: str
    total: int | None = None
    announced: int = 0
    completed: int = 0
    failed: int = 0
    callback_url: str | None = None
    accepted_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many images have not been handed to a processor yet."""
        return max(0, (self.total or 0) - self.announced)

    @property
    def running(self) -> int:
        """How many images have been handed to processors and have no outcome yet."""
        return self.announced - self.completed - self.failed

    @property
    def is_finished(self) -> bool:
        """True once every image has its outcome."""
        return self.total is not None and self.completed + self.failed >= self.total

    @property
    def status(self) -> Status:
        """Failed only where no image made it: one bad file does not fail the others' job."""
        if not self.is_finished:
            return Status.PROCESSING
        return Status.FAILED if self.failed and not self.completed else Status.COMPLETED

    def counting(self, before: JobItem | None, after: JobItem) -> "JobRecord":
        """Return the job after one of its items went from one state to another."""
        old = before.status if before else None
        new = after.status
        return replace(
            self,
            announced=self.announced + (before is None),
            completed=self.completed + (new is Status.COMPLETED) - (old is Status.COMPLETED),
            failed=self.failed + (new is Status.FAILED) - (old is Status.FAILED),
        )
