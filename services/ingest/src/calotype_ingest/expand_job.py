"""Expand a job: one event an image, ids derived, so that half an expansion can simply run again."""

from collections.abc import Sequence

from calotype_core.domain.events import Event, ImageAccepted, JobAccepted
from calotype_core.domain.ids import derive_id
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest import manifest


async def expand_job(job: JobAccepted, *, objects: ObjectStore) -> Sequence[Event]:
    """Return the acceptance of each of the job's images, in the order of the request."""
    return [
        ImageAccepted(
            image_id=derive_id(job.job_id, one.position),
            original=one.original,
            filename=one.filename,
            instructions=job.instructions,
            job_id=job.job_id,
            position=one.position,
            accepted_at=job.accepted_at,
        )
        async for one in manifest.read(objects, job.manifest_key)
    ]
