"""What is owed for an event, put on record."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.deliveries import MemoryDeliveries
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.webhooks import MemoryWebhooks
from calotype_core.domain.events import Event, ImageFailed, ImageProcessed, JobDeleted, JobFinished
from calotype_core.domain.image import Failure, ImageMetadata, ImageRecord, Rendition
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.ports.deliveries import Delivery, Sought
from calotype_core.ports.webhooks import Webhook, WebhookState
from calotype_notifier.deliver_notification import Notifications
from calotype_notifier.notice import URLS_MAX

pytestmark = pytest.mark.anyio

BASE = "https://images.example"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "0" * 64
URL = "https://example.org/hook"
METADATA = ImageMetadata(
    width=4, height=3, format="jpeg", size_bytes=9, colour_mode="rgb", orientation=1, sha256=SHA
)
RENDITION = Rendition(
    name="main", key="r/main", format="webp", width=4, height=3, size_bytes=5, sha256=SHA
)
PROCESSED = ImageProcessed(
    image_id="image",
    metadata=METADATA,
    renditions=(RENDITION,),
    callback_url=URL,
    accepted_at=NOW,
    processed_at=NOW,
)
FAILED = ImageFailed(
    image_id="image",
    failure=Failure(code="corrupt", message="It is."),
    callback_url=URL,
    accepted_at=NOW,
    failed_at=NOW,
)
FINISHED = JobFinished(job_id="job", completed=1, failed=1, callback_url=URL, finished_at=NOW)
JOB = JobRecord(
    job_id="job", kind="csv", name="sale.csv", total=2, completed=1, failed=1, causes={"corrupt": 1}
)


class Stage:
    """The verb over memory; pokes counts how often the dispatcher was told to look."""

    def __init__(self) -> None:
        self.images, self.jobs = MemoryImageRecords(), MemoryJobRecords()
        self.webhooks, self.deliveries = MemoryWebhooks(), MemoryDeliveries()
        self.pokes = 0
        self.notifications = Notifications(
            images=self.images,
            jobs=self.jobs,
            webhooks=self.webhooks,
            deliveries=self.deliveries,
            clock=ManualClock(NOW),
            base=BASE,
            standing=(),
            poke=self.poke,
        )

    def poke(self) -> None:
        self.pokes += 1

    async def told(self, *events: Event) -> list[Delivery]:
        """Return what is owed once these have been heard."""
        for event in events:
            await self.notifications.deliver_notification(event)
        return [*await self.deliveries.newest(Sought(), limit=1_000)]

    async def subscribe(self, *kinds: str, state: WebhookState = WebhookState.ACTIVE) -> None:
        webhook = Webhook(
            webhook_id="hook",
            url="https://example.com/",
            event_types=kinds,
            secret="whsec_",  # noqa: S106 - none is needed
            state=state,
            created_at=NOW,
        )
        await self.webhooks.add(webhook, most=9)


def body_of(delivery: Delivery) -> Any:  # noqa: ANN401 - JSON
    return json.loads(delivery.body)


async def test_an_image_that_completed() -> None:
    """Its callback is owed where it is served, what it is, and what it came in as."""
    stage = Stage()
    record = ImageRecord(image_id="image", generation=1, status=Status.PROCESSING, filename="a.jpg")
    await stage.images.update("image", lambda _: record)
    (owed,) = await stage.told(PROCESSED)
    assert (owed.endpoint, owed.to, owed.event_type) == (f"callback:{URL}", URL, "image.completed")
    body = body_of(owed)
    assert (body["type"], body["timestamp"]) == ("image.completed", "2026-01-01T00:00:00Z")
    data = body["data"]
    assert (data["status"], data["imageId"], data["filename"]) == ("completed", "image", "a.jpg")
    assert data["url"] == f"{BASE}/image/image"
    assert data["renditions"][0]["url"] == f"{BASE}/image/image/main"
    assert data["metadata"]["colourMode"] == "rgb"
    assert stage.pokes == 1


async def test_an_image_that_failed() -> None:
    """Its callback is owed why."""
    (owed,) = await Stage().told(FAILED)
    assert body_of(owed) == {
        "type": "image.failed",
        "timestamp": "2026-01-01T00:00:00Z",
        "data": {
            "status": "failed",
            "imageId": "image",
            "failure": {"code": "corrupt", "message": "It is."},
        },
    }


@pytest.mark.parametrize("outcome", [PROCESSED, FAILED])
async def test_a_request_for_more(outcome: ImageProcessed | ImageFailed) -> None:
    """The callback of a request is owed its outcome, which is told as none of the image's."""
    stage = Stage()
    await stage.subscribe("image.completed", "image.failed")
    (owed,) = await stage.told(replace(outcome, request_id="r"))
    status = "completed" if outcome is PROCESSED else "failed"
    assert (owed.to, owed.event_type) == (URL, f"rendition.{status}")
    data = body_of(owed)["data"]
    assert (data["status"], data["imageId"], data["requestId"]) == (status, "image", "r")


async def test_a_request_by_two() -> None:
    """Whoever else asks for the same is told as well, and a webhook of it once."""
    stage = Stage()
    await stage.subscribe("rendition.completed")
    first = replace(PROCESSED, request_id="r")
    told = await stage.told(first, replace(first, callback_url="https://example.net/"))
    assert sorted(one.to for one in told) == [
        "https://example.com/",
        "https://example.net/",
        URL,
    ]


async def test_a_job() -> None:
    """Its callback is owed the counts, the causes, the CSV, and the URLs in input order."""
    stage = Stage()
    await stage.jobs.update("job", lambda _: JOB)
    for position, status in enumerate([Status.FAILED, Status.COMPLETED]):
        item = JobItem(position=position, image_id=f"i{position}", generation=1, status=status)
        await stage.jobs.update_item("job", position, lambda _, item=item: item)  # type: ignore[misc]  # the loop's own
    (owed,) = await stage.told(FINISHED)
    assert body_of(owed)["data"] == {
        "status": "completed",
        "jobId": "job",
        "name": "sale.csv",
        "generation": 1,
        "counts": {"total": 2, "completed": 1, "failed": 1},
        "causes": {"corrupt": 1},
        "outputCsvUrl": f"{BASE}/jobs/job/output.csv",
        "urls": [None, f"{BASE}/image/i1"],
        "urlsUrl": f"{BASE}/status/job",
    }


async def test_a_large_jobs_urls_are_capped() -> None:
    """Of a job's URLs the first thousand are told, and where all of them are."""
    stage = Stage()
    for position in range(URLS_MAX + 5):
        item = JobItem(
            position=position, image_id=f"i{position}", generation=1, status=Status.COMPLETED
        )
        await stage.jobs.update_item("job", position, lambda _, item=item: item)  # type: ignore[misc]  # the loop's own
    (owed,) = await stage.told(replace(FINISHED, completed=URLS_MAX + 5, failed=0))
    data = body_of(owed)["data"]
    assert len(data["urls"]) == URLS_MAX
    assert data["counts"]["total"] == URLS_MAX + 5


async def test_a_job_that_is_no_more() -> None:
    """Of a job that was deleted since, what the event itself says is told."""
    (owed,) = await Stage().told(FINISHED)
    data = body_of(owed)["data"]
    assert (data["counts"]["completed"], data["urls"], data["name"]) == (1, [], None)


async def test_a_jobs_images_do_not_call_its_callback() -> None:
    """The callback of a job is owed the job alone, once a generation."""
    stage = Stage()
    images = [replace(event, job_id="job", position=0) for event in (PROCESSED, FAILED)]
    again = replace(FINISHED, generation=2)
    told = await stage.told(*images, FINISHED, FINISHED, again)
    assert [one.event_type for one in told] == ["job.finished"] * 2
    assert len({one.delivery_id for one in told}) == 2


async def test_a_webhook_may_ask_for_a_jobs_images() -> None:
    """Who subscribed to the images of jobs is told of each, with its place in the job."""
    stage = Stage()
    await stage.subscribe("job.image.completed")
    (owed,) = await stage.told(replace(PROCESSED, job_id="job", position=7))
    assert (owed.endpoint, owed.event_type) == ("webhook:hook", "job.image.completed")
    assert (body_of(owed)["data"]["jobId"], body_of(owed)["data"]["position"]) == ("job", 7)


async def test_whatever_is_heard_twice_is_owed_once() -> None:
    """A second run of the verb owes nothing more."""
    stage = Stage()
    await stage.subscribe("image.completed", "image.failed")
    assert len(await stage.told(PROCESSED, PROCESSED)) == 2


@pytest.mark.parametrize("state", [*WebhookState])
async def test_for_whom_it_is_kept(state: WebhookState) -> None:
    """What happens is kept for a webhook that is paused, and not for one that is off."""
    stage = Stage()
    await stage.subscribe("image.failed", state=state)
    told = await stage.told(replace(FAILED, callback_url=None))
    assert len(told) == (state is not WebhookState.OFF)


async def test_nobody_asked() -> None:
    """Where nobody asked, nothing is owed, nothing is looked up, and nobody is woken."""
    stage = Stage()
    deleted = JobDeleted(job_id="job", deleted_at=NOW)
    assert not await stage.told(
        replace(PROCESSED, callback_url=None), replace(FINISHED, callback_url=None), deleted
    )
    assert stage.pokes == 0
