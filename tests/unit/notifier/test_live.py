from datetime import UTC, datetime

import pytest

from calotype_core import codec
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.domain.events import ImageFailed, ImageProcessed, JobFinished
from calotype_core.domain.image import Failure, ImageMetadata, ImageRecord, Rendition
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.ports.event_log import Partition, Record
from calotype_notifier.live import Live
from calotype_notifier.notice import Notice
from calotype_notifier.sockets import Client, Sockets

pytestmark = pytest.mark.anyio

BASE = "https://images.example"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "0" * 64
METADATA = ImageMetadata(
    width=4, height=3, format="jpeg", size_bytes=9, colour_mode="rgb", orientation=1, sha256=SHA
)
RENDITION = Rendition(
    name="main", key="r/main", format="webp", width=4, height=3, size_bytes=5, sha256=SHA
)
CAUSE = Failure(code="corrupt", message="It is.")
PROCESSED = ImageProcessed(
    image_id="image-0",
    metadata=METADATA,
    renditions=(RENDITION,),
    job_id="job",
    position=0,
    accepted_at=NOW,
    processed_at=NOW,
)
FAILED = ImageFailed(
    image_id="image-1", failure=CAUSE, job_id="job", position=1, accepted_at=NOW, failed_at=NOW
)
FINISHED = JobFinished(job_id="job", completed=1, failed=1, finished_at=NOW)
COMPLETED_NOTICE = {
    "status": "completed",
    "imageId": "image-0",
    "url": f"{BASE}/image/image-0",
    "renditions": [
        {
            "name": "main",
            "url": f"{BASE}/image/image-0/main",
            "format": "webp",
            "width": 4,
            "height": 3,
            "sizeBytes": 5,
            "sha256": SHA,
        }
    ],
    "metadata": {
        "width": 4,
        "height": 3,
        "format": "jpeg",
        "sizeBytes": 9,
        "colourMode": "rgb",
        "orientation": 1,
        "sha256": SHA,
        "pages": 1,
        "hasAlpha": False,
    },
}
FAILED_NOTICE = {
    "status": "failed",
    "imageId": "image-1",
    "failure": {"code": "corrupt", "message": "It is."},
}


class World:
    """The notifier's parts over memory."""

    def __init__(self) -> None:
        self.images = MemoryImageRecords()
        self.jobs = MemoryJobRecords()
        self.sockets = Sockets(most=9, metrics=MemoryMetrics())
        self.live = Live(sockets=self.sockets, images=self.images, jobs=self.jobs)

    def follower(self, *subject_ids: str) -> Client:
        client = Client(base=BASE, backlog=9)
        self.sockets.join(client)
        for subject_id in subject_ids:
            self.sockets.follow(client, subject_id)
        return client

    async def write_job(self, *statuses: Status) -> None:
        job = JobRecord(job_id="job", total=2)
        await self.jobs.update("job", lambda _: job)
        for position, status in enumerate(statuses):
            item = JobItem(
                position=position, image_id=f"image-{position}", generation=1, status=status
            )
            await self.jobs.update_item("job", position, lambda _, item=item: item)  # type: ignore[misc]  # bound now


def told(client: Client) -> list[Notice | None]:
    return [client.unread.get_nowait() for _ in range(client.unread.qsize())]


async def test_followers_of_an_image_are_told_its_outcome() -> None:
    """Who follows an image is told what became of it, and who follows another is not."""
    world = World()
    first, second = world.follower("image-0"), world.follower("image-1")
    await world.live.tell(PROCESSED)
    await world.live.tell(FAILED)
    assert told(first) == [{**COMPLETED_NOTICE, "jobId": "job", "position": 0}]
    assert told(second) == [{**FAILED_NOTICE, "jobId": "job", "position": 1}]


async def test_followers_of_a_job_are_told_of_its_images() -> None:
    """Who follows a job is told of each of its images, with its place in the job."""
    world = World()
    client = world.follower("job")
    await world.live.tell(PROCESSED)
    await world.live.tell(FAILED)
    assert [(one or {})["position"] for one in told(client)] == [0, 1]


async def test_who_follows_image_and_job_is_told_once() -> None:
    """A client that follows an image and its job gets one notice of it."""
    world = World()
    client = world.follower("image-0", "job")
    await world.live.tell(PROCESSED)
    assert len(told(client)) == 1


async def test_a_single_image_is_in_no_job() -> None:
    """The notice of an image that is in no job says nothing of jobs."""
    world = World()
    client = world.follower("image-1")
    alone = ImageFailed(image_id="image-1", failure=CAUSE, accepted_at=NOW, failed_at=NOW)
    await world.live.tell(alone)
    assert told(client) == [FAILED_NOTICE]


async def test_followers_of_a_job_are_told_its_end() -> None:
    """When a job has finished, its followers get its counts, and its URLs in input order."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED)
    client = world.follower("job")
    await world.live.tell(FINISHED)
    assert told(client) == [
        {
            "status": "completed",
            "jobId": "job",
            "total": 2,
            "completed": 1,
            "failed": 1,
            "urls": [f"{BASE}/image/image-0", None],
        }
    ]


async def test_the_present_of_a_job_that_goes_on() -> None:
    """A job that is not finished tells its counts, and no URLs yet."""
    world = World()
    await world.write_job(Status.COMPLETED)
    client = world.follower()
    await world.live.tell_present(client, "job")
    assert told(client) == [
        {"status": "processing", "jobId": "job", "total": 2, "completed": 1, "failed": 0}
    ]


async def test_the_present_of_an_image() -> None:
    """A newcomer is told where an image is: processing, completed or failed."""
    world = World()
    done = ImageRecord(
        image_id="image-0",
        generation=1,
        status=Status.COMPLETED,
        metadata=METADATA,
        renditions=(RENDITION,),
    )
    failed = ImageRecord(image_id="image-1", generation=1, status=Status.FAILED, failure=CAUSE)
    begun = ImageRecord(image_id="image-2", generation=1, status=Status.PROCESSING)
    client = world.follower()
    for record in (done, failed, begun):
        await world.images.update(record.image_id, lambda _, record=record: record)  # type: ignore[misc]  # bound now
        await world.live.tell_present(client, record.image_id)
    assert told(client) == [
        COMPLETED_NOTICE,
        FAILED_NOTICE,
        {"status": "processing", "imageId": "image-2"},
    ]


async def test_nothing_is_told_of_what_is_unknown() -> None:
    """Of an id that has no record yet nothing is told; its outcome will be."""
    world = World()
    client = world.follower("image-0")
    await world.live.tell_present(client, "image-0")
    assert told(client) == []
    await world.live.tell(PROCESSED)
    assert len(told(client)) == 1


async def test_a_record_of_the_log_is_told() -> None:
    """What is heard from the log is delivered as the event that it holds."""
    world = World()
    client = world.follower("image-1")
    message = codec.encode(FAILED, now=NOW)
    await world.live.hear(
        Record(
            partition=Partition(message.topic, 0),
            offset=1,
            key=message.key,
            value=message.value,
            headers=message.headers,
            appended_at=NOW,
        )
    )
    assert [(one or {})["status"] for one in told(client)] == ["failed"]
