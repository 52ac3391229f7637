"""What the records in MongoDB promise where processes race, die and lose each other."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient

from calotype_core.adapters.mongo.collections import JOB_PAGES, JOB_SECTIONS, JOBS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.image_records import MongoImageRecords
from calotype_core.adapters.mongo.job_records import PAGE_ITEMS, SECTION_PAGES, MongoJobRecords
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.domain import lifecycle
from calotype_core.domain.image import ImageRecord
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.errors import Unavailable
from tests.mongo import command, fresh_database, losing, through_proxy

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]

# Items of one page, of neighbouring ones, and of another section.
POSITIONS = [0, 1, 2, PAGE_ITEMS - 1, PAGE_ITEMS, PAGE_ITEMS * SECTION_PAGES, 10**6]


@dataclass(frozen=True)
class Step:
    """What an event says of the item at a position."""

    position: int
    leads_to: Status
    generation: int = 1

    def __call__(self, item: JobItem | None) -> JobItem:
        state = lifecycle.follow(item.state if item else None, self)
        return JobItem(
            position=self.position,
            image_id=f"image{self.position}",
            generation=state.generation,
            status=state.status,
            failure_code="timed_out" if state.status is Status.FAILED else None,
        )


STORY = [
    *(Step(position, Status.PROCESSING) for position in POSITIONS),
    *(Step(position, Status.COMPLETED) for position in POSITIONS[1:]),
    Step(POSITIONS[0], Status.FAILED),
]
COUNTED = JobRecord(job_id="job", announced=7, completed=6, failed=1, causes={"timed_out": 1})


@pytest.fixture
def settings() -> Iterator[MongoSettings]:
    with fresh_database() as settings:
        yield settings


@asynccontextmanager
async def job_records(settings: MongoSettings) -> AsyncIterator[MongoJobRecords]:
    async with Mongo.open(settings, random=Random()) as mongo:
        yield MongoJobRecords(mongo)


async def tell(records: MongoJobRecords, step: Step) -> JobRecord:
    return await records.update_item("job", step.position, step)


async def check_counts(records: MongoJobRecords) -> None:
    items = await records.items("job", start=0, limit=100)
    assert [item.position for item in items] == POSITIONS
    statuses = [item.status for item in items]
    assert (statuses.count(Status.COMPLETED), statuses.count(Status.FAILED)) == (6, 1)
    assert await records.get("job") == COUNTED
    failed = await records.failures("job", start=0, limit=100, code="timed_out")
    assert [item.position for item in failed] == POSITIONS[:1]


async def test_two_processes_count_each_step_once(settings: MongoSettings) -> None:
    """A member that has lost its partition and does not know it counts nothing a second time."""
    async with job_records(settings) as ours, job_records(settings) as theirs:
        for seed in range(3):
            told = Random(seed).sample(STORY * 4, len(STORY) * 4)
            await asyncio.gather(
                *(tell(Random(n).choice([ours, theirs]), step) for n, step in enumerate(told))
            )
            await check_counts(ours)


async def test_one_of_the_last_sees_that_they_were_the_last(settings: MongoSettings) -> None:
    """Where a job's last steps are taken at the same time, one at least is told of its end."""
    total = JobRecord(job_id="job", total=len(POSITIONS))
    async with job_records(settings) as ours, job_records(settings) as theirs:
        told = await asyncio.gather(
            ours.update("job", lambda known: replace(known or total, total=total.total)),
            *(tell(Random(n).choice([ours, theirs]), step) for n, step in enumerate(STORY)),
        )
    assert any(job.is_finished for job in told)


async def test_a_page_is_written_for_all_who_wait(settings: MongoSettings) -> None:
    """Steps of one page at the same time share its writes, and each is told its own count."""
    steps = [Step(position, Status.COMPLETED) for position in range(PAGE_ITEMS)]
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongo_url)
    async with job_records(settings) as records:
        jobs = await asyncio.gather(*(tell(records, step) for step in steps))
    with client:
        page = client[settings.mongo_database][JOB_PAGES].find_one()
    assert page is not None
    assert page["version"] < PAGE_ITEMS / 2
    assert [job.completed for job in jobs] == list(range(1, PAGE_ITEMS + 1))


async def test_one_who_gives_up_leaves_the_others(settings: MongoSettings) -> None:
    """Whoever of those that wait for one page is cancelled, the steps of the others count."""
    async with job_records(settings) as records:
        for seed in range(5):
            random = Random(seed)
            told = random.sample(STORY * 4, len(STORY) * 4)
            tasks = [asyncio.create_task(tell(records, step)) for step in told]
            for _ in range(20):
                await asyncio.sleep(0.001)
                random.choice(tasks).cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            for step, job in zip(told, ended, strict=True):
                assert isinstance(job, JobRecord | asyncio.CancelledError)
                if isinstance(job, asyncio.CancelledError):
                    await tell(records, step)
            await check_counts(records)


async def test_what_cannot_be_written_is_not_the_others(settings: MongoSettings) -> None:
    """An item that no document can hold fails alone, whoever shares its page at that time."""

    def unwritable(_: JobItem | None) -> JobItem:
        return replace(Step(1, Status.PROCESSING)(None), filename="\ud800")

    async with job_records(settings) as records:
        told = await asyncio.gather(
            *(tell(records, Step(position, Status.COMPLETED)) for position in (0, 2)),
            records.update_item("job", 1, unwritable),
            *(tell(records, Step(position, Status.COMPLETED)) for position in (3, 4)),
            return_exceptions=True,
        )
        assert [isinstance(one, JobRecord) for one in told] == [True, True, False, True, True]
        assert await records.get("job") == JobRecord(job_id="job", announced=4, completed=4)


@pytest.mark.parametrize("left_behind", [[JOBS], [JOB_SECTIONS, JOBS]])
@pytest.mark.parametrize("repeated", [STORY[-1], Step(1, Status.PROCESSING)])
async def test_a_crash_between_two_writes_is_mended(
    settings: MongoSettings, left_behind: Sequence[str], repeated: Step
) -> None:
    """What a process that died had written of a step is counted with the next one on its page."""
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongo_url)
    database = client[settings.mongo_database]
    async with job_records(settings) as records:
        for step in STORY[:-1]:
            await tell(records, step)
        before = {name: list(database[name].find()) for name in left_behind}
        await tell(records, STORY[-1])
        for name, documents in before.items():
            for document in documents:
                database[name].replace_one({"_id": document["_id"]}, document)
        assert await records.get("job") == replace(COUNTED, failed=0, causes={})
        assert await tell(records, repeated) == COUNTED
        await check_counts(records)
    client.close()


@pytest.mark.parametrize("left_behind", [[JOBS], [JOB_SECTIONS, JOBS]])
@pytest.mark.parametrize("at", range(len(STORY)))
async def test_a_crash_at_any_step_is_mended(
    settings: MongoSettings, left_behind: Sequence[str], at: int
) -> None:
    """Whichever step died halfway: others go on before it comes again, and all count once."""
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongo_url)
    database = client[settings.mongo_database]
    async with job_records(settings) as records:
        for step in STORY[:at]:
            await tell(records, step)
        before = {name: list(database[name].find()) for name in left_behind}
        await tell(records, STORY[at])
        for name, documents in before.items():
            database[name].delete_many({})
            if documents:
                database[name].insert_many(documents)
        for step in (*STORY[at + 1 :], STORY[at]):
            await tell(records, step)
        await check_counts(records)
    client.close()


@pytest.mark.parametrize("collection", [JOB_PAGES, JOB_SECTIONS, JOBS])
async def test_a_step_whose_answer_was_lost(settings: MongoSettings, collection: str) -> None:
    """A write that was applied and not acknowledged is Unavailable; again, it counts once."""
    async with through_proxy(settings, retry=False) as (proxy, mongo):
        records = MongoJobRecords(mongo)
        for step in STORY[:-3]:
            await tell(records, step)
        for step in STORY[-3:]:
            with (
                losing(proxy, command("update", collection)),
                pytest.raises(Unavailable, match="CALOTYPE_MONGO_URL"),
            ):
                await tell(records, step)
            await tell(records, step)
        await check_counts(records)


@pytest.mark.parametrize("collection", [JOB_PAGES, JOB_SECTIONS, JOBS])
async def test_the_driver_repeats_a_step(settings: MongoSettings, collection: str) -> None:
    """Where the driver itself writes again what was not acknowledged, it counts once, too."""
    async with through_proxy(settings, retry=True) as (proxy, mongo):
        records = MongoJobRecords(mongo)
        for step in STORY[:-3]:
            await tell(records, step)
        for step in STORY[-3:]:
            with losing(proxy, command("update", collection)):
                await tell(records, step)
        await check_counts(records)


async def test_an_image_whose_answer_was_lost(settings: MongoSettings) -> None:
    """An image's record that was written and not acknowledged is the same after a repeat."""
    first = ImageRecord(image_id="image", generation=1, status=Status.PROCESSING)
    last = replace(first, status=Status.COMPLETED)
    async with through_proxy(settings, retry=False) as (proxy, mongo):
        records = MongoImageRecords(mongo)
        for name, record in [("insert", first), ("update", last)]:
            with losing(proxy, command(name, "images")), pytest.raises(Unavailable):
                await records.update("image", lambda _, record=record: record)  # type: ignore[misc]  # bound now
            await records.update("image", lambda _, record=record: record)  # type: ignore[misc]  # bound now
            assert await records.get("image") == record
