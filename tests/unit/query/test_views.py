from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from calotype_core.domain.image import (
    Failure,
    FocalPoint,
    ImageMetadata,
    ImageRecord,
    Original,
    Rendition,
    Transition,
)
from calotype_core.domain.instructions import MAIN, Instructions, Recipe
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_query import views

BASE = "https://images.example"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "0" * 64
DONE = ImageRecord(
    image_id="image",
    generation=1,
    status=Status.COMPLETED,
    filename="cat.jpg",
    original=Original(key="originals/image", size_bytes=9, sha256=SHA),
    instructions=Instructions(renditions={MAIN: Recipe()}).canonical(),
    metadata=ImageMetadata(
        width=4, height=3, format="jpeg", size_bytes=9, colour_mode="rgb", orientation=6, sha256=SHA
    ),
    renditions=tuple(
        Rendition(name=name, key=name, format="webp", width=4, height=3, size_bytes=5, sha256=SHA)
        for name in ("main", "100x100")
    ),
    attempts=1,
    history=(
        Transition(status=Status.PROCESSING, at=NOW),
        Transition(status=Status.COMPLETED, at=NOW),
    ),
)
BEGUN = ImageRecord(image_id="image", generation=1, status=Status.PROCESSING)
FAILED = replace(BEGUN, status=Status.FAILED, failure=Failure(code="corrupt", message="It is."))


def shown(body: msgspec.Struct) -> Any:  # noqa: ANN401 - JSON
    return msgspec.json.decode(msgspec.json.encode(body))


def test_an_images_focal_point() -> None:
    """Where the eye should rest is shown where it is known."""
    pointed = replace(DONE, focal_point=FocalPoint(x=0.25, y=1))
    assert shown(views.image(BASE, pointed))["focalPoint"] == {"x": 0.25, "y": 1.0}
    assert "focalPoint" not in shown(views.image(BASE, DONE))


def test_a_completed_images_status() -> None:
    """A completed image has its URL, and one a rendition."""
    assert shown(views.image_status(BASE, DONE)) == {
        "status": "completed",
        "imageId": "image",
        "url": f"{BASE}/image/image",
        "urls": {"main": f"{BASE}/image/image/main", "100x100": f"{BASE}/image/image/100x100"},
        "attempts": 1,
        "history": [
            {"status": "processing", "at": "2026-01-01T00:00:00Z", "generation": 1},
            {"status": "completed", "at": "2026-01-01T00:00:00Z", "generation": 1},
        ],
        "filename": "cat.jpg",
    }


def test_the_status_of_an_image_that_is_not_done() -> None:
    """An image that is being processed, or has failed, has no URL; a failed one says why."""
    assert shown(views.image_status(BASE, BEGUN)) == {
        "status": "processing",
        "imageId": "image",
        "history": [],
    }
    failed = shown(views.image_status(BASE, FAILED))
    assert failed["failure"] == {"code": "corrupt", "message": "It is."}
    assert "url" not in failed


def test_everything_that_is_known_of_an_image() -> None:
    """The full view has what was asked, what came in and what was made, and no key."""
    told = shown(views.image(BASE, DONE))
    assert told["original"] == {"sizeBytes": 9, "sha256": SHA}
    assert told["instructions"] == {
        "renditions": [{"name": "main", "steps": [], "format": "auto", "stripMetadata": True}]
    }
    assert told["metadata"]["colourMode"] == "rgb"
    assert told["renditions"][1] == {
        "name": "100x100",
        "url": f"{BASE}/image/image/100x100",
        "format": "webp",
        "width": 4,
        "height": 3,
        "sizeBytes": 5,
        "sha256": SHA,
    }
    assert "originals/" not in str(told)


def test_a_full_page_says_where_the_next_one_is() -> None:
    """A page with as many images as were asked for has a next one, a shorter one is the last."""
    records = [replace(DONE, image_id=name) for name in ("b", "a")]
    assert views.images(BASE, records, 2).next == "/images?limit=2&before=a"
    assert views.images(BASE, records, 3).next is None
    assert shown(views.images(BASE, [], 3)) == {"images": []}


def items(*statuses: Status) -> list[JobItem]:
    return [
        JobItem(position=position, image_id=f"image-{position}", generation=1, status=status)
        for position, status in enumerate(statuses)
    ]


def test_a_jobs_status() -> None:
    """A job has its counts, and its URLs in the order of the request, none where there is none."""
    job = JobRecord(job_id="job", total=4, announced=3, completed=1, failed=1, accepted_at=NOW)
    known = items(Status.COMPLETED, Status.FAILED, Status.PROCESSING)
    told = shown(views.job_status(BASE, job, known, 10))
    assert told["urls"] == [f"{BASE}/image/image-0", None, None]
    assert {
        name: told[name] for name in ("waiting", "running", "completed", "failed", "total")
    } == {
        "waiting": 1,
        "running": 1,
        "completed": 1,
        "failed": 1,
        "total": 4,
    }
    assert told["items"][1] == {
        "position": 1,
        "imageId": "image-1",
        "status": "failed",
        "filename": None,
        "inputUrl": None,
        "url": None,
        "failureCode": None,
        "failureMessage": None,
    }
    assert (told["status"], told["finishedAt"], told["next"]) == ("processing", None, None)


def test_a_jobs_items_come_a_page_at_a_time() -> None:
    """A full page that does not reach the end says where the next one begins."""
    job = JobRecord(job_id="job", total=3)
    known = items(Status.COMPLETED, Status.COMPLETED, Status.COMPLETED)
    assert views.job_status(BASE, job, known[:2], 2).next == "/status/job?start=2&limit=2"
    assert views.job_status(BASE, job, known[2:], 2).next is None
    assert views.job_status(BASE, job, known, 3).next is None
    assert views.job_status(BASE, JobRecord(job_id="job"), [], 3).next is None
