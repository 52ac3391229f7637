"""The read model as a fold: (what was known, what happened) -> what is known."""

from dataclasses import replace
from datetime import datetime

from calotype_core.domain import lifecycle
from calotype_core.domain.events import (
    ImageAccepted,
    ImageFailed,
    ImageOutcome,
    ImageProcessed,
    JobAccepted,
    JobCancelled,
    JobExpanded,
    JobFinished,
    JobRetried,
)
from calotype_core.domain.image import ImageRecord, Requested, Transition
from calotype_core.domain.job import MESSAGE_CHARS, JobItem, JobRecord
from calotype_core.domain.lifecycle import Status

JobStep = JobAccepted | JobRetried | JobExpanded | JobCancelled | JobFinished


def project_accepted(record: ImageRecord | None, event: ImageAccepted) -> ImageRecord:
    """Return the record with all that the acceptance tells; an outcome seen before it stands."""
    known = record or _first_seen(event)
    history = _remember(known.history, event, event.accepted_at)
    if event.generation < known.generation:
        return replace(known, history=history)
    return replace(
        _in_state(known, lifecycle.follow(record.state if record else None, event)),
        job_id=event.job_id,
        position=event.position,
        filename=event.filename,
        original=event.original or known.original,  # what was fetched already stays known
        url=event.url,
        instructions=event.instructions.canonical(),
        focal_point=event.focal_point,
        callback_url=event.callback_url,
        history=history,
    )


def project_outcome(record: ImageRecord | None, event: ImageOutcome) -> ImageRecord:
    """Return the record after an image's outcome; the first outcome of a generation stands."""
    known = record or _first_seen(event)
    state = lifecycle.follow(record.state if record else None, event)
    if record and event.generation < record.generation:
        return _late(record, event)
    if record and state == record.state:
        return record
    told = replace(_in_state(known, state), attempts=event.attempts)
    history = _remember(known.history, event, _ended_at(event))
    if isinstance(event, ImageFailed):
        return replace(
            told,
            failure=event.failure,
            filename=event.filename or told.filename,
            url=event.url or told.url,
            history=history,
        )
    return replace(
        told,
        metadata=event.metadata,
        renditions=event.renditions,
        original=event.original or told.original,
        failure=None,
        history=history,
    )


def project_requested(record: ImageRecord | None, event: ImageProcessed) -> ImageRecord:
    """Return the record with what a request added to the image, which otherwise is what it was.

    A request that failed changes nothing. What was requested stays, whatever becomes of the image:
    its own renditions of the same names hide it. Of two requests for one name the earlier stands.
    """
    # Seen before anything else of the image, which was complete when it was asked for.
    known = record or ImageRecord(image_id=event.image_id, generation=0, status=Status.COMPLETED)
    first = {one.rendition.name: one for one in known.requested}
    for made in event.renditions:
        one = Requested(rendition=made, at=event.accepted_at)
        first[made.name] = min(first.get(made.name, one), one, key=_asked)
    return replace(
        known,
        metadata=known.metadata or event.metadata,
        requested=tuple(sorted(first.values(), key=_asked)),
    )


def _asked(one: Requested) -> tuple[datetime, str]:
    return one.at, one.rendition.key


def project_item(item: JobItem | None, event: ImageAccepted | ImageOutcome) -> JobItem:
    """Return an image's place in its job after the event."""
    state = lifecycle.follow(item.state if item else None, event)
    source = None if isinstance(event, ImageProcessed) else event
    known = item or JobItem(
        position=event.position or 0,
        image_id=event.image_id,
        generation=state.generation,
        status=state.status,
    )
    told = replace(
        known,
        generation=state.generation,
        status=state.status,
        filename=(source.filename if source else None) or known.filename,
        url=(source.url if source else None) or known.url,
    )
    if item is not None and state == item.state:
        return told
    failure = event.failure if isinstance(event, ImageFailed) else None
    return replace(
        told,
        failure_code=failure.code if failure else None,
        failure_message=failure.message[:MESSAGE_CHARS] if failure else None,
    )


def project_job(job: JobRecord | None, event: JobStep) -> JobRecord:
    """Return the job after what was told of it as a whole; its items are counted elsewhere."""
    known = job or JobRecord(job_id=event.job_id)
    match event:
        case JobAccepted():
            return replace(
                known,
                kind=event.kind,
                name=event.name,
                total=event.total,
                instructions=event.instructions.canonical(),
                callback_url=event.callback_url,
                accepted_at=event.accepted_at,
            )
        case JobRetried():
            return _in_generation(known, event.generation)
        case JobExpanded():
            return replace(known, expanded=max(known.expanded, event.generation))
        case JobCancelled():
            return replace(known, cancelled_at=_earliest(known.cancelled_at, event.cancelled_at))
        case JobFinished():
            return _finished(known, event)


def _in_generation(job: JobRecord, generation: int) -> JobRecord:
    if generation <= job.generation:
        return job
    return replace(job, generation=generation, finished_at=None)  # it is processing again


def _finished(job: JobRecord, event: JobFinished) -> JobRecord:
    """Return the job with its finish, unless it has been retried since."""
    current = _in_generation(job, event.generation)
    if event.generation < current.generation:
        return current
    return replace(current, finished_at=_earliest(current.finished_at, event.finished_at))


def _earliest(known: datetime | None, told: datetime) -> datetime:
    # The same news may be told again later, under the same id.
    return min(known or told, told)


def _first_seen(event: ImageAccepted | ImageOutcome) -> ImageRecord:
    return ImageRecord(
        image_id=event.image_id,
        generation=event.generation,
        status=event.leads_to,
        job_id=event.job_id,
        position=event.position,
    )


def _in_state(record: ImageRecord, state: lifecycle.State) -> ImageRecord:
    if state.generation > record.generation:  # begun anew: how the last one failed is history
        record = replace(record, failure=None, attempts=0)
    return replace(record, generation=state.generation, status=state.status)


def _late(record: ImageRecord, event: ImageOutcome) -> ImageRecord:
    """Return the record with an earlier generation's outcome in its history, and nowhere else."""
    ended = (one.generation for one in record.history if one.status.is_terminal)
    if event.generation in ended:
        return record
    return replace(record, history=_remember(record.history, event, _ended_at(event)))


def _ended_at(event: ImageOutcome) -> datetime:
    return event.failed_at if isinstance(event, ImageFailed) else event.processed_at


def _remember(
    history: tuple[Transition, ...], step: lifecycle.Step, at: datetime
) -> tuple[Transition, ...]:
    if any(one.generation == step.generation and one.status is step.leads_to for one in history):
        return history
    entered = Transition(status=step.leads_to, at=at, generation=step.generation)
    # The acceptance may be seen after the outcome: the story is told in its own order all the same.
    return tuple(
        sorted((*history, entered), key=lambda one: (one.generation, one.status.is_terminal))
    )
