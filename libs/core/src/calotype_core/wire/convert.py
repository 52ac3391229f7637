"""Domain values to Protobuf messages and back, one pair of functions a value, in story order.

Reading raises ValueError where something is missing that the domain cannot do without: Protobuf
itself takes almost any bytes for some message, with every field at its default.
"""

from calotype_core.domain import events
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.wire import events_pb2 as pb
from calotype_core.wire import values


def write_job_accepted(event: events.JobAccepted) -> pb.JobAccepted:
    """Return the message of the event."""
    return pb.JobAccepted(
        job_id=event.job_id,
        total=event.total,
        manifest_key=event.manifest_key,
        instructions=event.instructions.canonical(),
        callback_url=event.callback_url,
        kind=event.kind,
        name=event.name,
        accepted_at=values.stamp(event.accepted_at),
    )


def read_job_accepted(message: pb.JobAccepted) -> events.JobAccepted:
    """Return the event in the message; raises ValueError."""
    return events.JobAccepted(
        job_id=values.needed(message.job_id, "job_id"),
        total=message.total,
        manifest_key=values.needed(message.manifest_key, "manifest_key"),
        instructions=values.instructions(message.instructions),
        callback_url=values.optional(message, "callback_url", message.callback_url),
        kind=message.kind or "files",
        name=values.optional(message, "name", message.name),
        accepted_at=values.time(message, "accepted_at", message.accepted_at),
    )


def write_job_retried(event: events.JobRetried) -> pb.JobRetried:
    """Return the message of the event."""
    return pb.JobRetried(
        job_id=event.job_id,
        generation=event.generation,
        total=event.total,
        manifest_key=event.manifest_key,
        instructions=event.instructions.canonical(),
        callback_url=event.callback_url,
        causes=event.causes,
        requested_at=values.stamp(event.requested_at),
    )


def read_job_retried(message: pb.JobRetried) -> events.JobRetried:
    """Return the event in the message; raises ValueError."""
    return events.JobRetried(
        job_id=values.needed(message.job_id, "job_id"),
        generation=message.generation,
        total=message.total,
        manifest_key=values.needed(message.manifest_key, "manifest_key"),
        instructions=values.instructions(message.instructions),
        callback_url=values.optional(message, "callback_url", message.callback_url),
        causes=tuple(message.causes),
        requested_at=values.time(message, "requested_at", message.requested_at),
    )


def write_job_expanded(event: events.JobExpanded) -> pb.JobExpanded:
    """Return the message of the event."""
    return pb.JobExpanded(
        job_id=event.job_id,
        generation=event.generation,
        expanded_at=values.stamp(event.expanded_at),
    )


def read_job_expanded(message: pb.JobExpanded) -> events.JobExpanded:
    """Return the event in the message; raises ValueError."""
    return events.JobExpanded(
        job_id=values.needed(message.job_id, "job_id"),
        generation=message.generation,
        expanded_at=values.time(message, "expanded_at", message.expanded_at),
    )


def write_job_cancelled(event: events.JobCancelled) -> pb.JobCancelled:
    """Return the message of the event."""
    return pb.JobCancelled(job_id=event.job_id, cancelled_at=values.stamp(event.cancelled_at))


def read_job_cancelled(message: pb.JobCancelled) -> events.JobCancelled:
    """Return the event in the message; raises ValueError."""
    return events.JobCancelled(
        job_id=values.needed(message.job_id, "job_id"),
        cancelled_at=values.time(message, "cancelled_at", message.cancelled_at),
    )


def write_job_deleted(event: events.JobDeleted) -> pb.JobDeleted:
    """Return the message of the event."""
    return pb.JobDeleted(job_id=event.job_id, deleted_at=values.stamp(event.deleted_at))


def read_job_deleted(message: pb.JobDeleted) -> events.JobDeleted:
    """Return the event in the message; raises ValueError."""
    return events.JobDeleted(
        job_id=values.needed(message.job_id, "job_id"),
        deleted_at=values.time(message, "deleted_at", message.deleted_at),
    )


def write_image_accepted(event: events.ImageAccepted) -> pb.ImageAccepted:
    """Return the message of the event."""
    return pb.ImageAccepted(
        image_id=event.image_id,
        generation=event.generation,
        original=values.write_original(event.original) if event.original else None,
        url=event.url,
        filename=event.filename,
        instructions=event.instructions.canonical(),
        focal_point=values.write_focal_point(event.focal_point),
        callback_url=event.callback_url,
        job_id=event.job_id,
        position=event.position,
        accepted_at=values.stamp(event.accepted_at),
    )


def read_image_accepted(message: pb.ImageAccepted) -> events.ImageAccepted:
    """Return the event in the message; raises ValueError."""
    return events.ImageAccepted(
        image_id=values.needed(message.image_id, "image_id"),
        generation=message.generation,
        original=values.read_original(message.original) if message.HasField("original") else None,
        url=values.optional(message, "url", message.url),
        filename=values.optional(message, "filename", message.filename),
        instructions=values.instructions(message.instructions),
        focal_point=values.read_focal_point(message, message.focal_point),
        callback_url=values.optional(message, "callback_url", message.callback_url),
        job_id=values.optional(message, "job_id", message.job_id),
        position=values.optional(message, "position", message.position),
        accepted_at=values.time(message, "accepted_at", message.accepted_at),
    )


def write_rendition_requested(event: events.RenditionRequested) -> pb.RenditionRequested:
    """Return the message of the event."""
    return pb.RenditionRequested(
        image_id=event.image_id,
        request_id=event.request_id,
        original=values.write_original(event.original),
        instructions=event.instructions.canonical(),
        focal_point=values.write_focal_point(event.focal_point),
        callback_url=event.callback_url,
        requested_at=values.stamp(event.requested_at),
    )


def read_rendition_requested(message: pb.RenditionRequested) -> events.RenditionRequested:
    """Return the event in the message; raises ValueError."""
    return events.RenditionRequested(
        image_id=values.needed(message.image_id, "image_id"),
        request_id=values.needed(message.request_id, "request_id"),
        original=values.read_original(message.original),
        instructions=values.instructions(message.instructions),
        focal_point=values.read_focal_point(message, message.focal_point),
        callback_url=values.optional(message, "callback_url", message.callback_url),
        requested_at=values.time(message, "requested_at", message.requested_at),
    )


def write_image_processed(event: events.ImageProcessed) -> pb.ImageProcessed:
    """Return the message of the event."""
    return pb.ImageProcessed(
        image_id=event.image_id,
        generation=event.generation,
        request_id=event.request_id,
        metadata=values.write_metadata(event.metadata),
        renditions=[values.write_rendition(one) for one in event.renditions],
        original=values.write_original(event.original) if event.original else None,
        attempts=event.attempts,
        callback_url=event.callback_url,
        job_id=event.job_id,
        position=event.position,
        accepted_at=values.stamp(event.accepted_at),
        processed_at=values.stamp(event.processed_at),
    )


def read_image_processed(message: pb.ImageProcessed) -> events.ImageProcessed:
    """Return the event in the message; raises ValueError."""
    return events.ImageProcessed(
        image_id=values.needed(message.image_id, "image_id"),
        generation=message.generation,
        request_id=values.optional(message, "request_id", message.request_id),
        metadata=values.read_metadata(message.metadata),
        renditions=tuple(values.read_rendition(one) for one in message.renditions),
        original=values.read_original(message.original) if message.HasField("original") else None,
        attempts=message.attempts,
        callback_url=values.optional(message, "callback_url", message.callback_url),
        job_id=values.optional(message, "job_id", message.job_id),
        position=values.optional(message, "position", message.position),
        accepted_at=values.time(message, "accepted_at", message.accepted_at),
        processed_at=values.time(message, "processed_at", message.processed_at),
    )


def write_image_failed(event: events.ImageFailed) -> pb.ImageFailed:
    """Return the message of the event."""
    return pb.ImageFailed(
        image_id=event.image_id,
        generation=event.generation,
        request_id=event.request_id,
        failure=values.write_failure(event.failure),
        filename=event.filename,
        url=event.url,
        attempts=event.attempts,
        callback_url=event.callback_url,
        job_id=event.job_id,
        position=event.position,
        accepted_at=values.stamp(event.accepted_at),
        failed_at=values.stamp(event.failed_at),
    )


def read_image_failed(message: pb.ImageFailed) -> events.ImageFailed:
    """Return the event in the message; raises ValueError."""
    return events.ImageFailed(
        image_id=values.needed(message.image_id, "image_id"),
        generation=message.generation,
        request_id=values.optional(message, "request_id", message.request_id),
        failure=values.read_failure(message.failure),
        filename=values.optional(message, "filename", message.filename),
        url=values.optional(message, "url", message.url),
        attempts=message.attempts,
        callback_url=values.optional(message, "callback_url", message.callback_url),
        job_id=values.optional(message, "job_id", message.job_id),
        position=values.optional(message, "position", message.position),
        accepted_at=values.time(message, "accepted_at", message.accepted_at),
        failed_at=values.time(message, "failed_at", message.failed_at),
    )


def write_job_finished(event: events.JobFinished) -> pb.JobFinished:
    """Return the message of the event."""
    return pb.JobFinished(
        job_id=event.job_id,
        generation=event.generation,
        completed=event.completed,
        failed=event.failed,
        callback_url=event.callback_url,
        finished_at=values.stamp(event.finished_at),
    )


def read_job_finished(message: pb.JobFinished) -> events.JobFinished:
    """Return the event in the message; raises ValueError."""
    return events.JobFinished(
        job_id=values.needed(message.job_id, "job_id"),
        generation=message.generation or 1,
        completed=message.completed,
        failed=message.failed,
        callback_url=values.optional(message, "callback_url", message.callback_url),
        finished_at=values.time(message, "finished_at", message.finished_at),
    )


def write_dead_letter(letter: DeadLetter) -> pb.DeadLetter:
    """Return the message of the dead letter."""
    return pb.DeadLetter(
        topic=letter.topic,
        key=letter.key,
        headers=letter.headers,
        value=letter.value,
        service=letter.service,
        cause=values.write_failure(letter.cause),
        attempts=letter.attempts,
        died_at=values.stamp(letter.died_at),
    )


def read_dead_letter(message: pb.DeadLetter) -> DeadLetter:
    """Return the dead letter in the message; raises ValueError."""
    return DeadLetter(
        topic=values.needed(message.topic, "topic"),
        key=message.key,
        headers=dict(message.headers),
        value=message.value,
        service=values.needed(message.service, "service"),
        cause=values.read_failure(message.cause),
        attempts=message.attempts,
        died_at=values.time(message, "died_at", message.died_at),
    )
