"""A job that is retried, as its events tell it, and a projector to tell it to."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

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
    JobExpanded,
    JobFinished,
    JobRetried,
)
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Failure, ImageMetadata, Original
from calotype_core.domain.instructions import MAIN, Instructions, Recipe
from calotype_query.project_image import project_image

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB_ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"  # of 2022
ASKED = Instructions(renditions={MAIN: Recipe()})
SHA = "0" * 64
TOTAL = 3


def job_accepted(*, total: int = TOTAL, kind: str = "csv", name: str | None = None) -> JobAccepted:
    return JobAccepted(
        job_id=JOB_ID,
        total=total,
        manifest_key=f"jobs/{JOB_ID}/manifest.jsonl",
        instructions=ASKED,
        callback_url="https://example.com/",
        kind=kind,
        name=name,
        accepted_at=NOW,
    )


def retried(generation: int = 2) -> JobRetried:
    return JobRetried(
        job_id=JOB_ID,
        generation=generation,
        total=TOTAL,
        manifest_key=f"jobs/{JOB_ID}/manifest.jsonl",
        instructions=ASKED,
        requested_at=NOW + timedelta(hours=generation),
    )


def expanded(generation: int = 2) -> JobExpanded:
    return JobExpanded(job_id=JOB_ID, generation=generation, expanded_at=NOW)


def accepted(position: int, generation: int = 1) -> ImageAccepted:
    return ImageAccepted(
        image_id=derive_id(JOB_ID, position),
        generation=generation,
        url=url_of(position),
        filename=f"{position}.jpg",
        instructions=ASKED,
        job_id=JOB_ID,
        position=position,
        accepted_at=NOW + timedelta(hours=generation),
    )


def processed(position: int, generation: int = 1) -> ImageProcessed:
    image_id = derive_id(JOB_ID, position)
    metadata = ImageMetadata(
        width=1, height=1, format="gif", size_bytes=1, colour_mode="rgb", orientation=1, sha256=SHA
    )
    return ImageProcessed(
        image_id=image_id,
        generation=generation,
        metadata=metadata,
        renditions=(),
        original=Original(key=f"originals/{image_id}", size_bytes=1, sha256=SHA),
        job_id=JOB_ID,
        position=position,
        accepted_at=NOW,
        processed_at=NOW + timedelta(hours=generation),
    )


def failed(position: int, generation: int = 1, code: str = "not_found") -> ImageFailed:
    return ImageFailed(
        image_id=derive_id(JOB_ID, position),
        generation=generation,
        failure=Failure(code=code, message="It is not there."),
        filename=f"{position}.jpg",
        url=url_of(position),
        job_id=JOB_ID,
        position=position,
        accepted_at=NOW,
        failed_at=NOW + timedelta(hours=generation),
    )


def url_of(position: int) -> str:
    return f"https://shop.example/{position}.jpg"


class World:
    """The records, the store, and the log as far as the projector sees it."""

    def __init__(self) -> None:
        self.images = MemoryImageRecords()
        self.jobs = MemoryJobRecords()
        self.objects = MemoryObjectStore()
        self.clock = ManualClock(NOW)

    async def project(self, *events: Event) -> Sequence[JobFinished]:
        """Tell these events; return what is announced of them."""
        announced: list[JobFinished] = []
        for event in events:
            told = await project_image(
                event,
                images=self.images,
                jobs=self.jobs,
                objects=self.objects,
                clock=self.clock,
            )
            announced += [one for one in told if isinstance(one, JobFinished)]
        return announced

    async def put(self, key: str, data: bytes = b"bytes") -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield data

        await self.objects.put(key, chunks(), content_type="text/csv")
