"""What an upload is answered, word for word as clients were promised it."""

from datetime import datetime

from calotype_core.domain.events import ImageFailed, ImageProcessed
from calotype_core.http.bodies import (
    Body,
    MetadataBody,
    RenditionBody,
    metadata_body,
    rendition_bodies,
)
from calotype_core.links import image_url
from calotype_ingest.errors import ImageFailedError


class CompletedBody(Body, frozen=True, kw_only=True):
    """The image was done within the request (200)."""

    status: str
    image_id: str
    url: str
    renditions: list[RenditionBody]
    metadata: MetadataBody | None


class ProcessingBody(Body, frozen=True, kw_only=True):
    """The image, or the job, was accepted and is not done yet (202)."""

    status: str
    message: str
    image_id: str | None = None
    job_id: str | None = None


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


def processing_job(job_id: str) -> ProcessingBody:
    """Return the answer for several images."""
    return ProcessingBody(
        status="processing",
        job_id=job_id,
        message=f"Bulk upload queued, check /status/{job_id}",
    )


def failed(event: ImageFailed) -> ImageFailedError:
    """Return the error for an image that could not be processed; its status says the same."""
    return ImageFailedError(
        event.failure.message,
        code=event.failure.code,
        image_id=event.image_id,
    )
