"""Records as clients see them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from calotype_core.domain.image import ImageRecord
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.http.bodies import (
    Body,
    FailureBody,
    MetadataBody,
    RenditionBody,
    TransitionBody,
    failure_body,
    metadata_body,
    rendition_bodies,
)
from calotype_core.links import image_url


class OriginalBody(Body, frozen=True, kw_only=True):
    """The bytes as they came in."""

    size_bytes: int
    sha256: str | None = None


class FocalPointBody(Body, frozen=True, kw_only=True):
    """Where the eye should rest: parts of width and height, 0 to 1, from the top left corner."""

    x: float
    y: float


class ImageStatusBody(Body, frozen=True, kw_only=True):
    """Where an image is; url and urls once it is completed, failure once it has failed."""

    status: str
    image_id: str
    url: str | None = None
    urls: dict[str, str] | None = None
    failure: FailureBody | None = None
    attempts: int = 0
    history: list[TransitionBody]
    filename: str | None = None
    job_id: str | None = None


class ImageBody(Body, frozen=True, kw_only=True):
    """Everything known about an image."""

    status: str
    image_id: str
    url: str | None = None
    filename: str | None = None
    renditions: list[RenditionBody]
    metadata: MetadataBody | None = None
    original: OriginalBody | None = None
    instructions: dict[str, Any] | None = None
    focal_point: FocalPointBody | None = None
    failure: FailureBody | None = None
    attempts: int = 0
    history: list[TransitionBody]
    job_id: str | None = None
    position: int | None = None


class ImagesBody(Body, frozen=True, kw_only=True):
    """A page of images, newest first; next is where the page after it is."""

    images: list[ImageBody]
    next: str | None = None


class JobItemBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """One image of a job, by its position in the request.

    inputUrl is where it came from, url where it is now.
    """

    position: int
    image_id: str
    status: str
    filename: str | None
    input_url: str | None
    url: str | None
    failure_code: str | None
    failure_message: str | None


class JobStatusBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """Where a job is. urls and items stand in the order of the request, a page at a time."""

    status: str
    job_id: str
    total: int | None
    waiting: int
    running: int
    completed: int
    failed: int
    accepted_at: datetime | None
    finished_at: datetime | None
    urls: list[str | None]
    items: list[JobItemBody]
    next: str | None = None


def image_status(base: str, record: ImageRecord) -> ImageStatusBody:
    """Return an image's status."""
    done = record.status is Status.COMPLETED
    urls = {one.name: image_url(base, record.image_id, one.name) for one in record.served}
    return ImageStatusBody(
        status=record.status,
        image_id=record.image_id,
        url=image_url(base, record.image_id) if done else None,
        urls=urls if done else None,
        failure=failure_body(record.failure),
        attempts=record.attempts,
        history=_history(record),
        filename=record.filename,
        job_id=record.job_id,
    )


def image(base: str, record: ImageRecord) -> ImageBody:
    """Return everything known about an image."""
    original = record.original
    return ImageBody(
        status=record.status,
        image_id=record.image_id,
        url=image_url(base, record.image_id) if record.served else None,
        filename=record.filename,
        renditions=rendition_bodies(base, record.image_id, record.served),
        metadata=metadata_body(record.metadata),
        original=OriginalBody(size_bytes=original.size_bytes, sha256=original.sha256 or None)
        if original
        else None,
        instructions=json.loads(record.instructions) if record.instructions else None,
        focal_point=_focal_point(record),
        failure=failure_body(record.failure),
        attempts=record.attempts,
        history=_history(record),
        job_id=record.job_id,
        position=record.position,
    )


def images(base: str, records: Sequence[ImageRecord], limit: int) -> ImagesBody:
    """Return a page of images; a full page may have one after it."""
    more = len(records) == limit
    return ImagesBody(
        images=[image(base, one) for one in records],
        next=f"/images?limit={limit}&before={records[-1].image_id}" if more else None,
    )


def job_status(base: str, job: JobRecord, items: Sequence[JobItem], limit: int) -> JobStatusBody:
    """Return a job's status, with this page of its items."""
    bodies = [job_item(base, one) for one in items]
    more = len(items) == limit and items[-1].position + 1 < (job.total or 0)
    return JobStatusBody(
        status=job.status,
        job_id=job.job_id,
        total=job.total,
        waiting=job.waiting,
        running=job.running,
        completed=job.completed,
        failed=job.failed,
        accepted_at=job.accepted_at,
        finished_at=job.finished_at,
        urls=[one.url for one in bodies],
        items=bodies,
        next=f"/status/{job.job_id}?start={items[-1].position + 1}&limit={limit}" if more else None,
    )


def job_item(base: str, item: JobItem) -> JobItemBody:
    """Return one image of a job."""
    done = item.status is Status.COMPLETED
    return JobItemBody(
        position=item.position,
        image_id=item.image_id,
        status=item.status,
        filename=item.filename,
        input_url=item.url,
        url=image_url(base, item.image_id) if done else None,
        failure_code=item.failure_code,
        failure_message=item.failure_message,
    )


def _focal_point(record: ImageRecord) -> FocalPointBody | None:
    focus = record.focal_point
    return FocalPointBody(x=focus.x, y=focus.y) if focus else None


def _history(record: ImageRecord) -> list[TransitionBody]:
    return [
        TransitionBody(status=one.status, at=one.at, generation=one.generation)
        for one in record.history
    ]
