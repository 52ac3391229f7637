"""What happened, in story order. Events are facts: frozen, in the past tense, never edited.

Their ids are derived from what they tell, so that a handler which runs twice announces the same
event twice and not two events.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from calotype_core.domain.image import Failure, ImageMetadata, Original, Rendition
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.lifecycle import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class JobAccepted:
    """Many images were promised in one request; the manifest in the store lists them."""

    job_id: str
    total: int
    manifest_key: str
    instructions: Instructions
    callback_url: str | None = None
    accepted_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one acceptance a job."""
        return f"{self.job_id}.job-accepted"


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
    callback_url: str | None = None
    requested_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one event a request."""
        return f"{self.image_id}.requested.{self.request_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageProcessed:
    """The renditions are in the store and readable."""

    leads_to: ClassVar[Status] = Status.COMPLETED

    image_id: str
    generation: int = 1
    request_id: str | None = None
    metadata: ImageMetadata
    renditions: tuple[Rendition, ...]
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
    """The image has no renditions and will have none, for the reason given."""

    leads_to: ClassVar[Status] = Status.FAILED

    image_id: str
    generation: int = 1
    request_id: str | None = None
    failure: Failure
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
    completed: int
    failed: int
    callback_url: str | None = None
    finished_at: datetime

    @property
    def event_id(self) -> str:
        """Derived: one finish a count, so that a retried job may finish again."""
        return f"{self.job_id}.job-finished.{self.completed}-{self.failed}"


ImageOutcome = ImageProcessed | ImageFailed
Event = JobAccepted | ImageAccepted | RenditionRequested | ImageOutcome | JobFinished


def subject_of(event: object) -> dict[str, str]:
    """Return the ids that the event is about, under the names that logs and traces give them."""
    ids = {name: getattr(event, name, None) for name in ("image_id", "job_id")}
    return {name: one for name, one in ids.items() if one is not None}
