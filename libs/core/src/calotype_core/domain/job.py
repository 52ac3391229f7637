"""A job: many images asked for in one request, and the count of how they fare."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from calotype_core.domain import lifecycle
from calotype_core.domain.lifecycle import Status

MESSAGE_CHARS = 200  # of a failure's message that an item keeps; the image's record has all of it


@dataclass(frozen=True, kw_only=True, slots=True)
class JobItem:
    """One image's place in a job; position counts from 0, in the order of the request."""

    position: int
    image_id: str
    generation: int
    status: Status
    filename: str | None = None
    url: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None

    @property
    def state(self) -> lifecycle.State:
        """The item's place in the lifecycle, which is its image's."""
        return lifecycle.State(generation=self.generation, status=self.status)

    def has_failed(self, code: str | None = None) -> bool:
        """Return whether it has failed, of this cause if one is given."""
        return self.status is Status.FAILED and code in (None, self.failure_code)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRecord:
    """A job as a client sees it. Its counters change by each item's step, never by counting again.

    total is None until JobAccepted has been seen: an item's outcome may arrive first. kind says
    what it came as (files, csv, zip, urls), name under which name, causes why how many items have
    failed. The generation grows with each retry; expanded is the last one of which every item has
    been handed out.
    """

    job_id: str
    kind: str | None = None
    name: str | None = None
    total: int | None = None
    instructions: str | None = None
    generation: int = 1
    expanded: int = 1
    announced: int = 0
    completed: int = 0
    failed: int = 0
    causes: Mapping[str, int] = field(default_factory=dict)
    callback_url: str | None = None
    accepted_at: datetime | None = None
    cancelled_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many images have not been handed to a processor yet."""
        return max(0, (self.total or 0) - self.announced)

    @property
    def running(self) -> int:
        """How many images have been handed to processors and have no outcome yet."""
        return self.announced - self.done

    @property
    def done(self) -> int:
        """How many images have their outcome, whichever it is."""
        return self.completed + self.failed

    @property
    def is_finished(self) -> bool:
        """True once every image has its outcome, and a retry has handed out all that it will."""
        if self.total is None or self.expanded < self.generation:
            return False
        return self.done >= self.total

    @property
    def status(self) -> Status:
        """Failed only where no image made it: one bad file does not fail the others' job."""
        if not self.is_finished:
            return Status.PROCESSING
        return Status.FAILED if self.failed and not self.completed else Status.COMPLETED

    def rate(self, now: datetime) -> float | None:
        """Return the images a second from acceptance until the finish, or until now.

        None before the first outcome, and once retried: nothing tells when that began.
        """
        if self.accepted_at is None or not self.done or self.generation > 1:
            return None
        seconds = ((self.finished_at or now) - self.accepted_at).total_seconds()
        return self.done / seconds if seconds > 0 else None

    def seconds_left(self, now: datetime) -> float | None:
        """Return an estimate of the seconds until the finish, if it goes on as it went so far."""
        if self.is_finished:
            return 0.0
        rate = self.rate(now)
        if self.total is None or rate is None:
            return None
        return max(0, self.total - self.done) / rate

    def counting(self, before: JobItem | None, after: JobItem) -> "JobRecord":
        """Return the job after one of its items went from one state to another."""
        old = before.status if before else None
        new = after.status
        causes = Counter(self.causes)
        causes.update(causes_of_step(before, after))
        return replace(
            self,
            announced=self.announced + (before is None),
            completed=self.completed + (new is Status.COMPLETED) - (old is Status.COMPLETED),
            failed=self.failed + (new is Status.FAILED) - (old is Status.FAILED),
            causes=dict(+causes),  # without those that nothing fails of any more
        )


def causes_of_step(before: JobItem | None, after: JobItem) -> Mapping[str, int]:
    """Return by how much an item's step changes the count of each failure code."""
    changes: Counter[str] = Counter()
    for item, sign in ((before, -1), (after, 1)):
        if item and item.status is Status.FAILED and item.failure_code:
            changes[item.failure_code] += sign
    return changes
