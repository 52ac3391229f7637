"""What the tests of the live half share: its parts over memory, and events to tell of."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from calotype_core import codec
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.domain.events import Event, ImageFailed, ImageProcessed, JobFinished
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import Failure, ImageMetadata, ImageRecord, Rendition
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.ports.event_log import Partition, Record
from calotype_core.young import YoungIds
from calotype_notifier.history import History
from calotype_notifier.job_news import JobNews
from calotype_notifier.live import Live
from calotype_notifier.sockets import Client, Sockets

BASE = "https://images.example"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "0" * 64
OLD_MS = 1_700_000_000_000
JOB, OTHER_JOB = make_id(OLD_MS, 100), make_id(OLD_MS, 200)
IMAGES = [make_id(OLD_MS, number) for number in range(4)]
METADATA = ImageMetadata(
    width=4, height=3, format="jpeg", size_bytes=9, colour_mode="rgb", orientation=1, sha256=SHA
)
RENDITION = Rendition(
    name="main", key="r/main", format="webp", width=4, height=3, size_bytes=5, sha256=SHA
)
CAUSE = Failure(code="corrupt", message="It is.")
PROCESSED = ImageProcessed(
    image_id=IMAGES[0],
    metadata=METADATA,
    renditions=(RENDITION,),
    job_id=JOB,
    position=0,
    accepted_at=NOW,
    processed_at=NOW,
)
FAILED = ImageFailed(
    image_id=IMAGES[1], failure=CAUSE, job_id=JOB, position=1, accepted_at=NOW, failed_at=NOW
)
FINISHED = JobFinished(job_id=JOB, completed=1, failed=1, finished_at=NOW)


def failed(number: int, job_id: str | None = None) -> ImageFailed:
    """Return the outcome of an image of its own number."""
    return ImageFailed(
        image_id=make_id(OLD_MS, number),
        failure=CAUSE,
        job_id=job_id,
        position=number if job_id else None,
        accepted_at=NOW,
        failed_at=NOW,
    )


class World:
    """The live half over memory, and its log as this test has it come."""

    def __init__(self, *, most_bytes: int = 10**6, most_sockets: int = 9) -> None:
        self.images = MemoryImageRecords()
        self.jobs = MemoryJobRecords()
        self.sockets = Sockets(most=most_sockets, metrics=MemoryMetrics())
        self.history = History(most_bytes=most_bytes, since=NOW - timedelta(minutes=10))
        self.history.is_ready()
        self.news = JobNews(sockets=self.sockets, history=self.history, jobs=self.jobs)
        self.clock = ManualClock()
        self.live = Live(
            sockets=self.sockets,
            history=self.history,
            news=self.news,
            images=self.images,
            jobs=self.jobs,
            young=YoungIds(clock=self.clock),
        )
        self.offset = 0

    def follower(self, *subject_ids: str, backlog: int = 99) -> Client:
        client = Client(base=BASE, backlog=backlog)
        self.sockets.join(client)
        for subject_id in subject_ids:
            self.sockets.follow(client, subject_id)
        return client

    async def happens(self, event: Event, *, after: float = 0) -> None:
        """Have the event heard, so many seconds after the tests' beginning."""
        self.offset += 1
        await self.live.hear(record_of(event, self.offset, NOW + timedelta(seconds=after)))

    async def job_ends(self) -> None:
        """Have the job's images and its end heard, and remembered."""
        async with self.telling():
            for event in (PROCESSED, FAILED, FINISHED):
                await self.happens(event)
            await until(lambda: self.history.end == 3)

    async def write_job(
        self, *statuses: Status, total: int | None = None, finished_at: datetime | None = None
    ) -> None:
        job = JobRecord(job_id=JOB, total=total or len(statuses), finished_at=finished_at)
        await self.jobs.update(JOB, lambda _: job)
        for at, status in enumerate(statuses):
            item = JobItem(position=at, image_id=IMAGES[at], generation=1, status=status)
            await self.jobs.update_item(JOB, at, lambda _, item=item: item)  # type: ignore[misc]  # bound now

    async def write_image(
        self, image_id: str, status: Status = Status.PROCESSING, *, generation: int = 1
    ) -> None:
        record = ImageRecord(image_id=image_id, generation=generation, status=status)
        await self.images.update(image_id, lambda _: record)

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Have jobs told of meanwhile."""
        stop = asyncio.Event()
        loops = [
            asyncio.create_task(one(stop)) for one in (self.news.tell_ends, self.news.tell_progress)
        ]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*loops)


async def until(met: Callable[[], bool]) -> None:
    """Let everything else go on until the condition is met."""
    async with asyncio.timeout(30):
        for _ in iter(met, True):
            await asyncio.sleep(0)


def record_of(event: Event, offset: int, appended_at: datetime, partition: int = 0) -> Record:
    message = codec.encode(event, now=NOW)
    return Record(
        partition=Partition(message.topic, partition),
        offset=offset,
        key=message.key,
        value=message.value,
        headers=message.headers,
        appended_at=appended_at,
    )


async def next_told(client: Client, count: int = 1) -> list[dict[str, Any]]:
    """Return the next things that the client is told, as it reads them."""
    texts: list[str] = []
    async with asyncio.timeout(30):
        while len(texts) < count:
            told = await client.next()
            assert told is not None
            texts.append(told.text)
    return [json.loads(text) for text in texts]


async def all_told(client: Client) -> list[dict[str, Any]]:
    """Return everything that the client has been told and has not read; it is told no more."""
    client.end()
    texts: list[str] = []
    while (told := await client.next()) is not None:
        texts.append(told.text)
    return [json.loads(text) for text in texts]
