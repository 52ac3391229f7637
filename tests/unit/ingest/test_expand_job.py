from dataclasses import replace

import pytest

from calotype_core.domain.events import ImageAccepted, JobAccepted
from calotype_core.domain.ids import derive_id
from calotype_core.ports.object_store import ObjectMissingError
from calotype_ingest.expand_job import expand_job
from tests.unit.ingest.doors import DEFAULT, GIF, OTHER_GIF, World, gif, sha256

pytestmark = pytest.mark.anyio


async def accepted_job(world: World) -> JobAccepted:
    job = (await world.receive(gif(), gif(OTHER_GIF), gif())).event
    assert isinstance(job, JobAccepted)
    return job


async def test_a_job_becomes_its_images() -> None:
    """Each image of the manifest is accepted, in order, under an id that follows from the job."""
    world = World()
    job = await accepted_job(world)
    events = await expand_job(job, objects=world.objects)
    assert [event.event_id for event in events] == [
        f"{derive_id(job.job_id, position)}.accepted.1" for position in range(3)
    ]
    second = events[1]
    assert isinstance(second, ImageAccepted)
    assert second.original is not None
    assert second == ImageAccepted(
        image_id=derive_id(job.job_id, 1),
        original=replace(second.original, sha256=sha256(OTHER_GIF), size_bytes=len(GIF)),
        filename="cat.gif",
        instructions=DEFAULT,
        job_id=job.job_id,
        position=1,
        accepted_at=job.accepted_at,
    )
    assert second.original.key in await world.stored()


async def test_half_an_expansion_can_run_again() -> None:
    """Expanding a job again gives the same events, to the byte."""
    world = World()
    job = await accepted_job(world)
    first = await expand_job(job, objects=world.objects)
    world.clock.advance(3600)
    assert await expand_job(job, objects=world.objects) == first


async def test_a_job_without_its_manifest_cannot_be_expanded() -> None:
    """A manifest that is gone is an error that no retry mends."""
    world = World()
    job = await accepted_job(world)
    await world.objects.delete(job.manifest_key)
    with pytest.raises(ObjectMissingError) as caught:
        await expand_job(job, objects=world.objects)
    assert not caught.value.retry
