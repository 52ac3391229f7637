"""What is told, word for word, whichever channel it goes through."""

from collections.abc import Sequence
from typing import Any

import msgspec

from calotype_core.domain.events import ImageFailed, ImageProcessed
from calotype_core.domain.image import Failure, ImageMetadata, ImageRecord, Rendition
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.http.bodies import failure_body, metadata_body, rendition_bodies
from calotype_core.links import image_url

URLS_MAX = 1_000  # in one message; /status/{jobId} has the rest, page by page
Notice = dict[str, Any]
RESET: Notice = {
    "reset": True,
    "message": "More has happened since that event than is remembered here. What follows is the"
    " present, and all that happens from now on.",
}


def of_outcome(base: str, event: ImageProcessed | ImageFailed) -> Notice:
    """Return the notice of an image's outcome."""
    lineage = {"jobId": event.job_id, "position": event.position} if event.job_id else {}
    if isinstance(event, ImageFailed):
        return {**_failed(event.image_id, event.failure), **lineage}
    return {**_completed(base, event.image_id, event.renditions, event.metadata), **lineage}


def of_image(base: str, record: ImageRecord) -> Notice:
    """Return the notice of an image's present state."""
    if record.status is Status.FAILED:
        return _failed(record.image_id, record.failure)
    if record.status is Status.COMPLETED:
        return _completed(base, record.image_id, record.served, record.metadata)
    return {"status": Status.PROCESSING.value, "imageId": record.image_id}


def of_job(base: str, job: JobRecord, items: Sequence[JobItem]) -> Notice:
    """Return the notice of a job's present state; urls once it is finished, in input order."""
    notice = of_progress(job)
    if job.is_finished:
        notice["urls"] = urls_of(base, items)
    return notice


def urls_of(base: str, items: Sequence[JobItem]) -> list[str | None]:
    """Return where a job's images are served, None where there is none."""
    return [
        image_url(base, one.image_id) if one.status is Status.COMPLETED else None for one in items
    ]


def of_progress(job: JobRecord) -> Notice:
    """Return the notice of how far a job is."""
    counts = {"total": job.total, "completed": job.completed, "failed": job.failed}
    return {"status": job.status.value, "jobId": job.job_id, **counts}


def _completed(
    base: str,
    image_id: str,
    renditions: tuple[Rendition, ...],
    metadata: ImageMetadata | None,
) -> Notice:
    return {
        "status": Status.COMPLETED.value,
        "imageId": image_id,
        "url": image_url(base, image_id),
        "renditions": msgspec.to_builtins(rendition_bodies(base, image_id, renditions)),
        "metadata": msgspec.to_builtins(metadata_body(metadata)),
    }


def _failed(image_id: str, failure: Failure | None) -> Notice:
    told = msgspec.to_builtins(failure_body(failure))
    return {"status": Status.FAILED.value, "imageId": image_id, "failure": told}
