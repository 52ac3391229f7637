"""Project events into records: a read model, which can be dropped and built again from the log."""

from collections.abc import Sequence
from dataclasses import replace

from calotype_core.domain.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageOutcome,
    ImageProcessed,
    JobAccepted,
    JobFinished,
)
from calotype_core.domain.job import JobRecord
from calotype_core.domain.projection import project_accepted, project_item, project_outcome
from calotype_core.failpoints import reach
from calotype_core.ports.clock import Clock
from calotype_core.ports.image_records import ImageRecords
from calotype_core.ports.job_records import JobRecords


async def project_image(
    event: Event, *, images: ImageRecords, jobs: JobRecords, clock: Clock
) -> Sequence[Event]:
    """Fold the event into its records, and return JobFinished where it was a job's last.

    May run twice for one event, and in any order; each record ends up the same.
    """
    match event:
        case ImageAccepted():
            await images.update(event.image_id, lambda known: project_accepted(known, event))
            return await _count(event, jobs=jobs, clock=clock)
        case ImageProcessed() | ImageFailed():
            await images.update(event.image_id, lambda known: project_outcome(known, event))
            return await _count(event, jobs=jobs, clock=clock)
        case JobAccepted():
            job = await jobs.update(event.job_id, lambda known: _accepted(known, event))
            return _finish(job, clock)
        case JobFinished():
            await jobs.update(event.job_id, lambda known: _finished(known, event))
    return ()


async def _count(
    event: ImageAccepted | ImageOutcome, *, jobs: JobRecords, clock: Clock
) -> Sequence[Event]:
    if event.job_id is None or event.position is None:
        return ()
    reach("query.projected")
    job = await jobs.update_item(
        event.job_id, event.position, lambda item: project_item(item, event)
    )
    return () if isinstance(event, ImageAccepted) else _finish(job, clock)


def _finish(job: JobRecord, clock: Clock) -> Sequence[Event]:
    # Said again when a last outcome is redelivered: its id is derived, so it is the same news.
    if not job.is_finished:
        return ()
    return [
        JobFinished(
            job_id=job.job_id,
            completed=job.completed,
            failed=job.failed,
            callback_url=job.callback_url,
            finished_at=clock.now(),
        )
    ]


def _accepted(known: JobRecord | None, event: JobAccepted) -> JobRecord:
    return replace(
        known or JobRecord(job_id=event.job_id),
        total=event.total,
        callback_url=event.callback_url,
        accepted_at=event.accepted_at,
    )


def _finished(known: JobRecord | None, event: JobFinished) -> JobRecord:
    job = known or JobRecord(job_id=event.job_id)
    return replace(job, finished_at=job.finished_at or event.finished_at)
