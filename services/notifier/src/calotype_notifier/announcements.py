"""What an event of ours tells others: its kind, whom it is about, and the body that is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from calotype_core.domain.events import ImageFailed, ImageOutcome, ImageProcessed, JobFinished
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.http.bodies import Body, failure_body, metadata_body, rendition_bodies
from calotype_core.links import image_url, job_csv_url, status_path
from calotype_notifier import catalogue
from calotype_notifier.catalogue import CountsData, Envelope, ImageData, JobData, Kind
from calotype_notifier.notice import urls_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcement:
    """An event, put into words once: every endpoint and every try is sent the same."""

    event_id: str
    kind: Kind
    subject_id: str
    body: str


def kind_of(event: ImageOutcome) -> Kind:
    """Return the kind of an outcome: an image's, or that of a request for more of it."""
    failed, alone = isinstance(event, ImageFailed), event.job_id is None
    if event.request_id is not None:
        return catalogue.RENDITION_FAILED if failed else catalogue.RENDITION_COMPLETED
    if alone:
        return catalogue.IMAGE_FAILED if failed else catalogue.IMAGE_COMPLETED
    return catalogue.JOB_IMAGE_FAILED if failed else catalogue.JOB_IMAGE_COMPLETED


def of_image(base: str, event: ImageOutcome, filename: str | None) -> Announcement:
    """Return what an image's outcome tells; base is the origin of its URLs."""
    if isinstance(event, ImageFailed):
        at, data = event.failed_at, _failed(event, filename or event.filename)
    else:
        at, data = event.processed_at, _completed(base, event, filename)
    return announce(event.event_id, kind_of(event), event.image_id, at, data)


def of_job(
    base: str, event: JobFinished, job: JobRecord | None, items: Sequence[JobItem]
) -> Announcement:
    """Return what a job's end tells; job is None where it has been deleted since."""
    known = job or JobRecord(job_id=event.job_id)
    data = JobData(
        status=_status(event).value,
        job_id=event.job_id,
        name=known.name,
        generation=event.generation,
        counts=CountsData(
            total=event.completed + event.failed, completed=event.completed, failed=event.failed
        ),
        causes=dict(known.causes),
        output_csv_url=job_csv_url(base, event.job_id),
        urls=urls_of(base, items),
        urls_url=f"{base}{status_path(event.job_id)}",
    )
    return announce(event.event_id, catalogue.JOB_FINISHED, event.job_id, event.finished_at, data)


def announce(event_id: str, kind: Kind, subject_id: str, at: datetime, data: Body) -> Announcement:
    """Return an announcement of that kind."""
    body = msgspec.json.encode(Envelope(type=kind.name, timestamp=at, data=data)).decode()
    return Announcement(event_id=event_id, kind=kind, subject_id=subject_id, body=body)


def _completed(base: str, event: ImageProcessed, filename: str | None) -> ImageData:
    return ImageData(
        status=Status.COMPLETED.value,
        image_id=event.image_id,
        filename=filename,
        url=image_url(base, event.image_id),
        renditions=rendition_bodies(base, event.image_id, event.renditions),
        metadata=metadata_body(event.metadata),
        job_id=event.job_id,
        position=event.position,
        request_id=event.request_id,
    )


def _failed(event: ImageFailed, filename: str | None) -> ImageData:
    return ImageData(
        status=Status.FAILED.value,
        image_id=event.image_id,
        filename=filename,
        failure=failure_body(event.failure),
        job_id=event.job_id,
        position=event.position,
        request_id=event.request_id,
    )


def _status(event: JobFinished) -> Status:
    return Status.FAILED if event.failed and not event.completed else Status.COMPLETED
