"""Project events into records: a read model, which can be dropped and built again from the log."""

from collections.abc import Sequence

from calotype_core.domain.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageOutcome,
    ImageProcessed,
    JobAccepted,
    JobCancelled,
    JobDeleted,
    JobExpanded,
    JobFinished,
    JobRetried,
)
from calotype_core.domain.job import JobRecord
from calotype_core.domain.projection import (
    project_accepted,
    project_item,
    project_job,
    project_outcome,
    project_requested,
)
from calotype_core.failpoints import reach
from calotype_core.ports.clock import Clock
from calotype_core.ports.image_records import ImageRecords
from calotype_core.ports.job_records import JobRecords
from calotype_core.ports.object_store import ObjectStore
from calotype_query.delete_job import delete_job


async def project_image(
    event: Event, *, images: ImageRecords, jobs: JobRecords, objects: ObjectStore, clock: Clock
) -> Sequence[Event]:
    """Fold the event into its records, and return JobFinished where it was a job's last.

    May run twice for one event, and in any order; each record ends up the same. Of a job that was
    deleted, everything goes.
    """
    match event:
        case ImageAccepted():
            await images.update(event.image_id, lambda known: project_accepted(known, event))
            return await _count(event, jobs=jobs, clock=clock)
        case ImageProcessed(request_id=str()):
            await images.update(event.image_id, lambda known: project_requested(known, event))
        case ImageFailed(request_id=str()):
            pass  # the request failed; the image is what it was
        case ImageProcessed() | ImageFailed():
            await images.update(event.image_id, lambda known: project_outcome(known, event))
            return await _count(event, jobs=jobs, clock=clock)
        case JobAccepted() | JobRetried() | JobExpanded():
            job = await jobs.update(event.job_id, lambda known: project_job(known, event))
            return _finish(job, 1 if isinstance(event, JobAccepted) else event.generation, clock)
        case JobCancelled() | JobFinished():
            await jobs.update(event.job_id, lambda known: project_job(known, event))
        case JobDeleted():
            await delete_job(event.job_id, images=images, jobs=jobs, objects=objects)
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
    return () if isinstance(event, ImageAccepted) else _finish(job, event.generation, clock)


def _finish(job: JobRecord, generation: int, clock: Clock) -> Sequence[Event]:
    """Return the news that the job is finished, where it is; generation is the latest event's."""
    # Said again when a last outcome is redelivered: its id is derived, so it is the same news.
    # Where an event has overtaken the retry that it is of, what is counted is half of another
    # generation: the retry itself, or its last event, will say it.
    if not job.is_finished or generation > job.generation:
        return ()
    return [
        JobFinished(
            job_id=job.job_id,
            generation=job.generation,
            completed=job.completed,
            failed=job.failed,
            callback_url=job.callback_url,
            finished_at=clock.now(),
        )
    ]
