"""Delete a job: its images and what was made of them, what it came in as, and its records."""

import asyncio

from calotype_core.domain.job import JobItem
from calotype_core.ports.image_records import ImageRecords
from calotype_core.ports.job_records import JobRecords
from calotype_core.ports.object_store import ObjectStore

_AT_ONCE = 50  # images


async def delete_job(
    job_id: str, *, images: ImageRecords, jobs: JobRecords, objects: ObjectStore
) -> None:
    """Return once nothing is left of the job. The same again goes on where a crash cut it short.

    The job's own record and items go last: until then they tell which images there are to delete.
    Raises Unavailable.
    """
    start = 0
    while page := await jobs.items(job_id, start=start, limit=_AT_ONCE):
        await asyncio.gather(*(_delete_image(one, images, objects) for one in page))
        start = page[-1].position + 1
    await _delete_below(f"jobs/{job_id}/", objects)
    await jobs.delete(job_id)


async def _delete_image(item: JobItem, images: ImageRecords, objects: ObjectStore) -> None:
    await objects.delete(f"originals/{item.image_id}")
    if item.url is not None:
        await _delete_below(f"originals/{item.image_id}/", objects)  # what was fetched
    await _delete_below(f"renditions/{item.image_id}/", objects)
    await images.delete(item.image_id)


async def _delete_below(prefix: str, objects: ObjectStore) -> None:
    for key in [key async for key in objects.list(prefix)]:
        await objects.delete(key)
