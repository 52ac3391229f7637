"""Domain values to Protobuf messages and back, one pair of functions a value, in story order.

Reading raises ValueError where something is missing that the domain cannot do without: Protobuf
itself takes almost any bytes for some message, with every field at its default.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from calotype_core.domain import events
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.image import Failure, ImageMetadata, Original, Rendition
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.wire import events_pb2 as pb

ValueT = TypeVar("ValueT")


def write_job_accepted(event: events.JobAccepted) -> pb.JobAccepted:
    """Return the message of the event."""
    return pb.JobAccepted(
        job_id=event.job_id,
        total=event.total,
        manifest_key=event.manifest_key,
        instructions=event.instructions.canonical(),
        callback_url=event.callback_url,
        accepted_at=_stamp(event.accepted_at),
    )


def read_job_accepted(message: pb.JobAccepted) -> events.JobAccepted:
    """Return the event in the message; raises ValueError."""
    return events.JobAccepted(
        job_id=_needed(message.job_id, "job_id"),
        total=message.total,
        manifest_key=_needed(message.manifest_key, "manifest_key"),
        instructions=_instructions(message.instructions),
        callback_url=_optional(message, "callback_url", message.callback_url),
        accepted_at=_time(message, "accepted_at", message.accepted_at),
    )


def write_image_accepted(event: events.ImageAccepted) -> pb.ImageAccepted:
    """Return the message of the event."""
    return pb.ImageAccepted(
        image_id=event.image_id,
        generation=event.generation,
        original=_write_original(event.original) if event.original else None,
        url=event.url,
        filename=event.filename,
        instructions=event.instructions.canonical(),
        callback_url=event.callback_url,
        job_id=event.job_id,
        position=event.position,
        accepted_at=_stamp(event.accepted_at),
    )


def read_image_accepted(message: pb.ImageAccepted) -> events.ImageAccepted:
    """Return the event in the message; raises ValueError."""
    return events.ImageAccepted(
        image_id=_needed(message.image_id, "image_id"),
        generation=message.generation,
        original=_read_original(message.original) if message.HasField("original") else None,
        url=_optional(message, "url", message.url),
        filename=_optional(message, "filename", message.filename),
        instructions=_instructions(message.instructions),
        callback_url=_optional(message, "callback_url", message.callback_url),
        job_id=_optional(message, "job_id", message.job_id),
        position=_optional(message, "position", message.position),
        accepted_at=_time(message, "accepted_at", message.accepted_at),
    )


def write_rendition_requested(event: events.RenditionRequested) -> pb.RenditionRequested:
    """Return the message of the event."""
    return pb.RenditionRequested(
        image_id=event.image_id,
        request_id=event.request_id,
        original=_write_original(event.original),
        instructions=event.instructions.canonical(),
        callback_url=event.callback_url,
        requested_at=_stamp(event.requested_at),
    )


def read_rendition_requested(message: pb.RenditionRequested) -> events.RenditionRequested:
    """Return the event in the message; raises ValueError."""
    return events.RenditionRequested(
        image_id=_needed(message.image_id, "image_id"),
        request_id=_needed(message.request_id, "request_id"),
        original=_read_original(message.original),
        instructions=_instructions(message.instructions),
        callback_url=_optional(message, "callback_url", message.callback_url),
        requested_at=_time(message, "requested_at", message.requested_at),
    )


def write_image_processed(event: events.ImageProcessed) -> pb.ImageProcessed:
    """Return the message of the event."""
    return pb.ImageProcessed(
        image_id=event.image_id,
        generation=event.generation,
        request_id=event.request_id,
        metadata=_write_metadata(event.metadata),
        renditions=[_write_rendition(one) for one in event.renditions],
        attempts=event.attempts,
        callback_url=event.callback_url,
        job_id=event.job_id,
        position=event.position,
        accepted_at=_stamp(event.accepted_at),
        processed_at=_stamp(event.processed_at),
    )


def read_image_processed(message: pb.ImageProcessed) -> events.ImageProcessed:
    """Return the event in the message; raises ValueError."""
    return events.ImageProcessed(
        image_id=_needed(message.image_id, "image_id"),
        generation=message.generation,
        request_id=_optional(message, "request_id", message.request_id),
        metadata=_read_metadata(message.metadata),
        renditions=tuple(_read_rendition(one) for one in message.renditions),
        attempts=message.attempts,
        callback_url=_optional(message, "callback_url", message.callback_url),
        job_id=_optional(message, "job_id", message.job_id),
        position=_optional(message, "position", message.position),
        accepted_at=_time(message, "accepted_at", message.accepted_at),
        processed_at=_time(message, "processed_at", message.processed_at),
    )


def write_image_failed(event: events.ImageFailed) -> pb.ImageFailed:
    """Return the message of the event."""
    return pb.ImageFailed(
        image_id=event.image_id,
        generation=event.generation,
        request_id=event.request_id,
        failure=_write_failure(event.failure),
        attempts=event.attempts,
        callback_url=event.callback_url,
        job_id=event.job_id,
        position=event.position,
        accepted_at=_stamp(event.accepted_at),
        failed_at=_stamp(event.failed_at),
    )


def read_image_failed(message: pb.ImageFailed) -> events.ImageFailed:
    """Return the event in the message; raises ValueError."""
    return events.ImageFailed(
        image_id=_needed(message.image_id, "image_id"),
        generation=message.generation,
        request_id=_optional(message, "request_id", message.request_id),
        failure=_read_failure(message.failure),
        attempts=message.attempts,
        callback_url=_optional(message, "callback_url", message.callback_url),
        job_id=_optional(message, "job_id", message.job_id),
        position=_optional(message, "position", message.position),
        accepted_at=_time(message, "accepted_at", message.accepted_at),
        failed_at=_time(message, "failed_at", message.failed_at),
    )


def write_job_finished(event: events.JobFinished) -> pb.JobFinished:
    """Return the message of the event."""
    return pb.JobFinished(
        job_id=event.job_id,
        completed=event.completed,
        failed=event.failed,
        callback_url=event.callback_url,
        finished_at=_stamp(event.finished_at),
    )


def read_job_finished(message: pb.JobFinished) -> events.JobFinished:
    """Return the event in the message; raises ValueError."""
    return events.JobFinished(
        job_id=_needed(message.job_id, "job_id"),
        completed=message.completed,
        failed=message.failed,
        callback_url=_optional(message, "callback_url", message.callback_url),
        finished_at=_time(message, "finished_at", message.finished_at),
    )


def write_dead_letter(letter: DeadLetter) -> pb.DeadLetter:
    """Return the message of the dead letter."""
    return pb.DeadLetter(
        topic=letter.topic,
        key=letter.key,
        headers=letter.headers,
        value=letter.value,
        service=letter.service,
        cause=_write_failure(letter.cause),
        attempts=letter.attempts,
        died_at=_stamp(letter.died_at),
    )


def read_dead_letter(message: pb.DeadLetter) -> DeadLetter:
    """Return the dead letter in the message; raises ValueError."""
    return DeadLetter(
        topic=_needed(message.topic, "topic"),
        key=message.key,
        headers=dict(message.headers),
        value=message.value,
        service=_needed(message.service, "service"),
        cause=_read_failure(message.cause),
        attempts=message.attempts,
        died_at=_time(message, "died_at", message.died_at),
    )


def _write_original(original: Original) -> pb.Original:
    return pb.Original(key=original.key, size_bytes=original.size_bytes, sha256=original.sha256)


def _read_original(message: pb.Original) -> Original:
    return Original(
        key=_needed(message.key, "original.key"),
        size_bytes=message.size_bytes,
        sha256=message.sha256,
    )


def _write_metadata(metadata: ImageMetadata) -> pb.ImageMetadata:
    return pb.ImageMetadata(
        width=metadata.width,
        height=metadata.height,
        format=metadata.format,
        size_bytes=metadata.size_bytes,
        colour_mode=metadata.colour_mode,
        orientation=metadata.orientation,
        sha256=metadata.sha256,
        pages=metadata.pages,
        has_alpha=metadata.has_alpha,
    )


def _read_metadata(message: pb.ImageMetadata) -> ImageMetadata:
    return ImageMetadata(
        width=_needed(message.width, "metadata.width"),
        height=_needed(message.height, "metadata.height"),
        format=message.format,
        size_bytes=message.size_bytes,
        colour_mode=message.colour_mode,
        orientation=message.orientation,
        sha256=message.sha256,
        pages=message.pages,
        has_alpha=message.has_alpha,
    )


def _write_rendition(rendition: Rendition) -> pb.Rendition:
    return pb.Rendition(
        name=rendition.name,
        key=rendition.key,
        format=rendition.format,
        width=rendition.width,
        height=rendition.height,
        size_bytes=rendition.size_bytes,
        sha256=rendition.sha256,
    )


def _read_rendition(message: pb.Rendition) -> Rendition:
    return Rendition(
        name=_needed(message.name, "rendition.name"),
        key=_needed(message.key, "rendition.key"),
        format=message.format,
        width=message.width,
        height=message.height,
        size_bytes=message.size_bytes,
        sha256=message.sha256,
    )


def _write_failure(failure: Failure) -> pb.Failure:
    return pb.Failure(code=failure.code, message=failure.message)


def _read_failure(message: pb.Failure) -> Failure:
    return Failure(code=_needed(message.code, "failure.code"), message=message.message)


# The images of a job share their instructions: parsed once, not 100,000 times.
@lru_cache(maxsize=64)
def _instructions(text: str) -> Instructions:
    return parse_instructions(text, presets={})


def _stamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def _time(message: Message, name: str, stamp: Timestamp) -> datetime:
    if not message.HasField(name):
        raise ValueError(f"{name} is missing")
    return stamp.ToDatetime(tzinfo=UTC)


def _optional(message: Message, name: str, value: ValueT) -> ValueT | None:
    return value if message.HasField(name) else None


def _needed(value: ValueT, name: str) -> ValueT:
    if not value:
        raise ValueError(f"{name} is missing")
    return value
