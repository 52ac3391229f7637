from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageProcessed,
    JobAccepted,
    JobFinished,
    RenditionRequested,
)
from calotype_core.domain.image import Failure, ImageMetadata, Original, Rendition
from calotype_core.domain.instructions import MAIN, Instructions, Recipe
from calotype_core.domain.lifecycle import Status
from calotype_query.project_image import project_image

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "0" * 64
ORIGINAL = Original(key="originals/a", size_bytes=1, sha256=SHA)
ASKED = Instructions(renditions={MAIN: Recipe()})
RENDITION = Rendition(
    name="more", key="r/more", format="webp", width=1, height=1, size_bytes=1, sha256=SHA
)
JOB = JobAccepted(
    job_id="job",
    total=3,
    manifest_key="jobs/job/manifest.jsonl",
    instructions=ASKED,
    callback_url="https://example.com/",
    accepted_at=NOW,
)


def accepted(position: int) -> ImageAccepted:
    return ImageAccepted(
        image_id=f"image-{position}",
        original=ORIGINAL,
        filename=f"{position}.jpg",
        instructions=ASKED,
        job_id="job",
        position=position,
        accepted_at=NOW,
    )


def processed(position: int) -> ImageProcessed:
    metadata = ImageMetadata(
        width=1, height=1, format="gif", size_bytes=1, colour_mode="rgb", orientation=1, sha256=SHA
    )
    return ImageProcessed(
        image_id=f"image-{position}",
        metadata=metadata,
        renditions=(),
        job_id="job",
        position=position,
        accepted_at=NOW,
        processed_at=NOW,
    )


def failed(position: int) -> ImageFailed:
    return ImageFailed(
        image_id=f"image-{position}",
        failure=Failure(code="corrupt", message="It is."),
        job_id="job",
        position=position,
        accepted_at=NOW,
        failed_at=NOW,
    )


class World:
    """The records, and the log as far as the projector sees it."""

    def __init__(self) -> None:
        self.images = MemoryImageRecords()
        self.jobs = MemoryJobRecords()
        self.objects = MemoryObjectStore()
        self.clock = ManualClock(NOW)

    async def project(self, *events: Event) -> Sequence[Event]:
        announced: list[Event] = []
        for event in events:
            announced += await project_image(
                event,
                images=self.images,
                jobs=self.jobs,
                objects=self.objects,
                clock=self.clock,
            )
        return announced


STORY: tuple[Event, ...] = (
    JOB,
    *(accepted(position) for position in range(3)),
    processed(0),
    failed(1),
    processed(2),
)


def finishes(announced: Iterable[Event]) -> set[str]:
    assert all(isinstance(event, JobFinished) for event in announced)
    return {event.event_id for event in announced}


shuffled = st.lists(st.sampled_from(STORY), max_size=10).flatmap(
    lambda again: st.permutations([*STORY, *again])
)


@given(shuffled)
async def test_a_job_finishes_in_any_order(told: Sequence[Event]) -> None:
    """Shuffled and repeated, a job's events come to the same records, and to one finish."""
    world = World()
    announced = await world.project(*told)
    assert finishes(announced) == {"job.job-finished.1"}
    job = await world.jobs.get("job")
    assert job is not None
    assert (job.total, job.announced, job.completed, job.failed) == (3, 3, 2, 1)
    assert (job.status, job.waiting, job.running) == (Status.COMPLETED, 0, 0)
    items = await world.jobs.items("job", start=0, limit=10)
    assert [(item.status, item.failure_code) for item in items] == [
        (Status.COMPLETED, None),
        (Status.FAILED, "corrupt"),
        (Status.COMPLETED, None),
    ]


async def test_a_job_is_not_finished_before_its_last_outcome() -> None:
    """Nothing is announced while an image is without its outcome."""
    world = World()
    assert await world.project(*STORY[:-1]) == []
    [finished] = await world.project(STORY[-1])
    assert finished == JobFinished(
        job_id="job",
        completed=2,
        failed=1,
        callback_url="https://example.com/",
        finished_at=NOW,
    )


async def test_a_job_whose_acceptance_comes_last_is_finished_by_it() -> None:
    """Outcomes that overtook the job's acceptance are counted, and it finishes the job."""
    world = World()
    assert await world.project(*STORY[1:]) == []
    assert finishes(await world.project(JOB)) == {"job.job-finished.1"}


async def test_a_last_outcome_that_comes_again_is_the_same_news() -> None:
    """Redelivered, a last outcome announces the same event id, and the job's time stays."""
    world = World()
    [finished] = await world.project(*STORY)
    await world.project(finished)
    world.clock.advance(60)
    [again] = await world.project(STORY[-1])
    await world.project(again)
    assert again.event_id == finished.event_id
    job = await world.jobs.get("job")
    assert job is not None
    assert job.finished_at == NOW


async def test_an_acceptance_announces_nothing() -> None:
    """An image's acceptance that is redelivered after the end does not announce it again."""
    world = World()
    await world.project(*STORY)
    assert await world.project(accepted(0)) == []


async def test_an_image_alone_is_in_no_job() -> None:
    """A single image has its record, and no job is written for it."""
    world = World()
    alone = replace(accepted(0), job_id=None, position=None)
    done = replace(processed(0), job_id=None, position=None)
    assert await world.project(alone, done) == []
    record = await world.images.get("image-0")
    assert record is not None
    assert (record.status, record.filename) == (Status.COMPLETED, "0.jpg")
    assert await world.jobs.get("job") is None


async def test_an_images_record_is_its_fold() -> None:
    """An image of a job has a record of its own that knows its place in it."""
    world = World()
    await world.project(*STORY)
    record = await world.images.get("image-1")
    assert record is not None
    assert (record.job_id, record.position, record.status) == ("job", 1, Status.FAILED)
    assert record.failure == Failure(code="corrupt", message="It is.")


async def test_a_request_for_more_changes_nothing_yet() -> None:
    """That more renditions were asked for is no state of an image."""
    world = World()
    request = RenditionRequested(
        image_id="image-0",
        request_id="r",
        original=ORIGINAL,
        instructions=ASKED,
        requested_at=NOW + timedelta(seconds=1),
    )
    assert await world.project(request) == []
    assert await world.images.get("image-0") is None


@pytest.mark.parametrize("known", [(), (accepted(0), processed(0))])
async def test_a_request_that_failed_changes_nothing(known: Sequence[Event]) -> None:
    """A request's failure is none of its image, whether or not the image was heard of before."""
    world = World()
    await world.project(*known)
    before = await world.images.get("image-0")
    request = replace(failed(0), request_id="r", job_id=None, position=None)
    assert await world.project(request) == []
    assert await world.images.get("image-0") == before


async def test_a_request_counts_in_no_job() -> None:
    """More renditions of a job's image are in its record, and its job is what it was."""
    world = World()
    await world.project(*STORY)
    job = await world.jobs.get("job")
    more = replace(
        processed(0), request_id="r", job_id=None, position=None, renditions=(RENDITION,)
    )
    assert await world.project(more) == []
    record = await world.images.get("image-0")
    assert record is not None
    assert (record.job_id, record.served) == ("job", (RENDITION,))
    assert await world.jobs.get("job") == job
