"""What happened, in story order. Events are facts: frozen, in the past tense, never edited.

Their ids are derived from what they tell, so that a handler which runs twice announces the same
event twice and not two events.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from calotype_core.domain.image import Failure, FocalPoint, ImageMetadata, Original, Rendition
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.lifecycle import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class JobAccepted:
    """Many images were promised in one request; the manifest in the store lists them.

    kind is what they came in as: files, csv, zip or urls; name is its file's, if it has one.
    """

    job_id: str
    total: int
    manifest_key: str
    instructions: Instructions
    callback_url: str | None = None
    kind: str = "files"
    name: str | None = None
    accepted_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one acceptance a job."""
        return f"{self.job_id}.job-accepted"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRetried:
    """The job's failed images were asked for once more: all, or those that failed of these codes.

    generation is the one that they begin.
    """

    job_id: str
    generation: int
    total: int
    manifest_key: str
    instructions: Instructions
    callback_url: str | None = None
    causes: tuple[str, ...] = ()
    requested_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one retry a generation."""
        return f"{self.job_id}.job-retried.{self.generation}"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobExpanded:
    """Every image that a retry of the job is about has been handed out: more will not come."""

    job_id: str
    generation: int
    expanded_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one expansion a generation."""
        return f"{self.job_id}.job-expanded.{self.generation}"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobCancelled:
    """What was not handed out of the job by then will not be processed."""

    job_id: str
    cancelled_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: a job is cancelled once."""
        return f"{self.job_id}.job-cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobDeleted:
    """The job, its images and all that was made of them are to be gone."""

    job_id: str
    deleted_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: a job is deleted once."""
        return f"{self.job_id}.job-deleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageAccepted:
    """An image was promised. Its source is an original in the store, or a URL; exactly one."""

    leads_to: ClassVar[Status] = Status.PROCESSING

    image_id: str
    generation: int = 1
    original: Original | None = None
    url: str | None = None
    filename: str | None = None
    instructions: Instructions
    focal_point: FocalPoint | None = None
    callback_url: str | None = None
    job_id: str | None = None
    position: int | None = None
    accepted_at: datetime

    def __post_init__(self) -> None:
        if (self.original is None) == (self.url is None):
            raise ValueError("an image has one source: either an original or a url")

    @property
    def event_id(self) -> str:
        """Derived: one acceptance a generation."""
        return f"{self.image_id}.accepted.{self.generation}"


@dataclass(frozen=True, kw_only=True, slots=True)
class RenditionRequested:
    """More renditions were asked of an image that is already here."""

    image_id: str
    request_id: str
    original: Original
    instructions: Instructions
    focal_point: FocalPoint | None = None
    callback_url: str | None = None
    requested_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one event a request."""
        return f"{self.image_id}.requested.{self.request_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageProcessed:
    """The renditions are in the store and readable.

    original is told where the image came as a URL: it was fetched, and is in the store now.
    """

    leads_to: ClassVar[Status] = Status.COMPLETED

    image_id: str
    generation: int = 1
    request_id: str | None = None
    metadata: ImageMetadata
    renditions: tuple[Rendition, ...]
    original: Original | None = None
    attempts: int = 1
    callback_url: str | None = None
    job_id: str | None = None
    position: int | None = None
    accepted_at: datetime
    processed_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one outcome a generation, or a request."""
        return f"{self.image_id}.processed.{self.request_id or self.generation}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageFailed:
    """The image has no renditions and will have none, for the reason given.

    filename and url are told where nothing was accepted before: it could not be taken in at all.
    """

    leads_to: ClassVar[Status] = Status.FAILED

    image_id: str
    generation: int = 1
    request_id: str | None = None
    failure: Failure
    filename: str | None = None
    url: str | None = None
    attempts: int = 1
    callback_url: str | None = None
    job_id: str | None = None
    position: int | None = None
    accepted_at: datetime
    failed_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one outcome a generation, or a request."""
        return f"{self.image_id}.failed.{self.request_id or self.generation}"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobFinished:
    """Every image of the job has its outcome."""

    job_id: str
    generation: int = 1
    completed: int
    failed: int
    callback_url: str | None = None
    finished_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one finish a generation, so that a retried job may finish again."""
        return f"{self.job_id}.job-finished.{self.generation}"


ImageOutcome = ImageProcessed | ImageFailed
JobChange = JobRetried | JobExpanded | JobCancelled | JobDeleted
Event = JobAccepted | JobChange | ImageAccepted | RenditionRequested | ImageOutcome | JobFinished


def subject_of(event: object) -> dict[str, str]:
    """Return the ids that the event is about, under the names that logs and traces give them."""
    ids = {name: getattr(event, name, None) for name in ("image_id", "job_id")}
    return {name: one for name, one in ids.items() if one is not None}
