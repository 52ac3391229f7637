"""What an upload is answered, word for word as clients were promised it."""

from datetime import datetime

from calotype_core.domain.events import ImageFailed, ImageProcessed, JobAccepted
from calotype_core.domain.sheets import Report
from calotype_core.http.bodies import (
    Body,
    MetadataBody,
    RenditionBody,
    metadata_body,
    rendition_bodies,
)
from calotype_core.links import image_url
from calotype_ingest.accept_upload import Accepted
from calotype_ingest.errors import ImageFailedError


class SheetProblemBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """What is wrong in a CSV: the row as a spreadsheet counts, and the column's name."""

    row: int
    column: str
    issue: str


class CompletedBody(Body, frozen=True, kw_only=True):
    """The image was done within the request (200)."""

    status: str
    image_id: str
    url: str
    renditions: list[RenditionBody]
    metadata: MetadataBody | None


class ProcessingBody(Body, frozen=True, kw_only=True):
    """The image, or the job, was accepted and is not done yet (202).

    total counts a job's images. rowsLeft counts the rows of a CSV that were left out for their
    problems, which errors tells (the first 1,000 of errorCount).
    """

    status: str
    message: str
    image_id: str | None = None
    job_id: str | None = None
    total: int | None = None
    rows_left: int | None = None
    error_count: int | None = None
    errors: list[SheetProblemBody] | None = None


class JobChangeBody(Body, frozen=True, kw_only=True):
    """What was asked of a job is on its way (202)."""

    status: str
    job_id: str
    message: str


class TriedBody(Body, frozen=True, kw_only=True):
    """What a dry run found (200): nothing was kept of it; rows are a CSV's, images all kinds'."""

    status: str
    message: str
    images: int
    rows: int | None = None
    rows_left: int | None = None
    error_count: int | None = None
    errors: list[SheetProblemBody] | None = None


class PresignedBody(Body, frozen=True, kw_only=True):
    """Where one image may be sent to, without us between, and where its status will be (201)."""

    upload_url: str
    method: str
    key: str
    expires_at: datetime
    status_url: str


def completed(base: str, event: ImageProcessed) -> CompletedBody:
    """Return the answer for an image that was done in time."""
    return CompletedBody(
        status="completed",
        image_id=event.image_id,
        url=image_url(base, event.image_id),
        renditions=rendition_bodies(base, event.image_id, event.renditions),
        metadata=metadata_body(event.metadata),
    )


def processing_image(image_id: str) -> ProcessingBody:
    """Return the answer for an image that is not done yet."""
    return ProcessingBody(
        status="processing",
        image_id=image_id,
        message=f"Image is being processed, check /status/{image_id}",
    )


def processing_job(event: JobAccepted, report: Report | None) -> ProcessingBody:
    """Return the answer for several images, with what was left out of a CSV, if anything."""
    left = report if report and report.problem_count else None
    return ProcessingBody(
        status="processing",
        job_id=event.job_id,
        message=f"Bulk upload queued, check /status/{event.job_id}",
        total=event.total,
        rows_left=left.rows_left if left else None,
        error_count=left.problem_count if left else None,
        errors=_problems(left) if left else None,
    )


def tried(accepted: Accepted) -> TriedBody:
    """Return the answer to a dry run that would have been accepted."""
    event, report = accepted.event, accepted.report
    return TriedBody(
        status="valid",
        message="This would be accepted; nothing was made of it.",
        images=event.total if isinstance(event, JobAccepted) else 1,
        rows=report.rows if report else None,
        rows_left=report.rows_left if report else None,
        error_count=report.problem_count if report else None,
        errors=_problems(report) if report and report.problems else None,
    )


def _problems(report: Report) -> list[SheetProblemBody]:
    return [
        SheetProblemBody(row=one.row, column=one.column, issue=one.issue) for one in report.problems
    ]


def failed(event: ImageFailed) -> ImageFailedError:
    """Return the error for an image that could not be processed; its status says the same."""
    return ImageFailedError(
        event.failure.message,
        code=event.failure.code,
        image_id=event.image_id,
    )
