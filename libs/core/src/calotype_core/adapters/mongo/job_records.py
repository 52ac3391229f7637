from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any, NamedTuple

from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from calotype_core.adapters.mongo.collections import JOB_PAGES, JOBS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.documents import MongoDocuments
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.failpoints import reach
from calotype_core.ports.job_records import JobRecords

PAGE_ITEMS = 200  # docs/decisions/0007-a-job-is-counted-by-pages.md has the measurements

_JOBS = MongoDocuments(JobRecord, "job_id")
_ITEMS = MongoDocuments(JobItem, "position")
_JOB_FIELDS = [one.name for one in fields(JobRecord) if one.name != "job_id"]
_COUNTERS = frozenset({"announced", "completed", "failed"})
_WITHOUT_PAGES = {"pages": False}


class Sums(NamedTuple):
    """What a page's items come to. A page's version stands for its sums, whoever reads it."""

    version: int = 0
    announced: int = 0
    completed: int = 0
    failed: int = 0

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Sums":
        """Return the sums that a page, or a job's note of it, holds."""
        return cls(*(document[name] for name in cls._fields))

    @classmethod
    def of_one(cls, before: JobItem | None, after: JobItem) -> "Sums":
        """Return what one item's step adds, itself being one version."""
        job = JobRecord(job_id="").counting(before, after)
        return cls(1, job.announced, job.completed, job.failed)

    def minus(self, other: "Sums") -> "Sums":
        """Return what came between the two."""
        return Sums(*(one - less for one, less in zip(self, other, strict=True)))


class Step(NamedTuple):
    """A page's sums before and after; the same where an item was told what it knew."""

    page: int
    before: Sums
    after: Sums


class MongoJobRecords(JobRecords):
    """Jobs in MongoDB, and their items in pages: an item and its page's sums change at once.

    A job notes, page by page, the newest sums that it has taken over, and its counters are at all
    times the sums of these notes, which change with them at once. So a step counts once, whoever
    takes it and however often; what a crash leaves between the two, the page's next step brings in.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._jobs = mongo.collection(JOBS)
        self._pages = mongo.collection(JOB_PAGES)

    async def get(self, job_id: str) -> JobRecord | None:
        """See JobReader."""
        async with self._mongo.answering():
            return _loaded(await self._jobs.find_one({"_id": job_id}, _WITHOUT_PAGES))

    async def items(self, job_id: str, *, start: int, limit: int) -> Sequence[JobItem]:
        """See JobReader."""
        # ":" comes behind every digit, and so behind every page of the job.
        ids = {"$gte": _page_id(job_id, start // PAGE_ITEMS), "$lt": f"{job_id}/:"}
        pages = self._pages.find({"_id": ids}, batch_size=limit // PAGE_ITEMS + 2)
        items: list[JobItem] = []
        async with self._mongo.answering():
            async for page in pages.sort("_id", ASCENDING):
                items += [item for item in _items_of(page) if item.position >= start]
                if len(items) >= limit:
                    await pages.close()
                    break
        return items[:limit]

    async def update(
        self, job_id: str, change: Callable[[JobRecord | None], JobRecord]
    ) -> JobRecord:
        """See JobRecords. The version is that of the job's own facts; counting leaves it alone."""

        async def step() -> JobRecord | None:
            found = await self._jobs.find_one({"_id": job_id}, _WITHOUT_PAGES)
            before = _loaded(found)
            after = change(before)
            if after == before:
                return after
            version = found["version"] if found else 0
            document = {"version": version + 1, **_JOBS.fields(after)}
            if not found:
                await self._jobs.insert_one({"_id": job_id, **document})
                return after
            facts = {name: value for name, value in document.items() if name not in _COUNTERS}
            return await self._change_job({"_id": job_id, "version": version}, {"$set": facts})

        return await self._mongo.settle(step)

    async def update_item(
        self, job_id: str, position: int, change: Callable[[JobItem | None], JobItem]
    ) -> JobRecord:
        """See JobRecords."""
        async with self._mongo.answering():
            step = await self._mongo.settle(lambda: self._change_item(job_id, position, change))
            if step.after != step.before:
                reach("query.paged")
                # Nearly always the job knows the page as it was before: then one write will do.
                with suppress(DuplicateKeyError):
                    if job := await self._take_over(job_id, step):
                        return job
            return await self._mongo.settle(lambda: self._catch_up(job_id, step))

    async def _change_item(
        self, job_id: str, position: int, change: Callable[[JobItem | None], JobItem]
    ) -> Step | None:
        """Change the item and its page's sums; None where somebody else has changed the item."""
        number, place = position // PAGE_ITEMS, f"items.{position}"
        page_id = _page_id(job_id, number)
        page = await self._pages.find_one({"_id": page_id}, [*Sums._fields, place])
        known = page.get("items", {}).get(str(position)) if page else None
        before = _ITEMS.load(position, known) if known else None
        after = change(before)
        if page and after == before:
            return Step(number, Sums.of(page), Sums.of(page))
        version = known["version"] if known else 0
        added = Sums.of_one(before, after)
        page = await self._pages.find_one_and_update(
            {"_id": page_id, **_still(place, version)},
            {
                "$set": {place: {"version": version + 1, **_ITEMS.fields(after)}},
                "$inc": added._asdict(),
            },
            projection=Sums._fields,
            upsert=not version,
            return_document=ReturnDocument.AFTER,
        )
        return Step(number, Sums.of(page).minus(added), Sums.of(page)) if page else None

    async def _take_over(self, job_id: str, step: Step) -> JobRecord | None:
        """Note the page's sums in the job; None where it does not know the page as before."""
        note = f"pages.{step.page}"
        added = step.after.minus(step.before)._asdict()
        return await self._change_job(
            {"_id": job_id, **_still(note, step.before.version)},
            {
                "$set": {note: step.after._asdict()},
                "$inc": {name: added[name] for name in _COUNTERS},
                "$setOnInsert": {"version": 0},
            },
            upsert=not step.before.version,
        )

    async def _catch_up(self, job_id: str, step: Step) -> JobRecord | None:
        """Take the page's sums over unless the job knows newer ones; None to look again."""
        wanted = [*_JOB_FIELDS, f"pages.{step.page}"]
        job = await self._jobs.find_one({"_id": job_id}, wanted)
        note = job.get("pages", {}).get(str(step.page)) if job else None
        known = Sums.of(note) if note else Sums()
        if known.version >= step.after.version:
            return _loaded(job)
        return await self._take_over(job_id, step._replace(before=known))

    async def _change_job(
        self, where: Mapping[str, Any], update: Mapping[str, Any], *, upsert: bool = False
    ) -> JobRecord | None:
        return _loaded(
            await self._jobs.find_one_and_update(
                where,
                update,
                projection=_WITHOUT_PAGES,
                upsert=upsert,
                return_document=ReturnDocument.AFTER,
            )
        )


def _page_id(job_id: str, number: int) -> str:
    return f"{job_id}/{number:08d}"  # sorts as the pages do


def _still(place: str, version: int) -> Mapping[str, Any]:
    """Return the condition that what stands there has this version, or is not there (0)."""
    return {f"{place}.version": version} if version else {place: {"$exists": False}}


def _loaded(job: Mapping[str, Any] | None) -> JobRecord | None:
    return _JOBS.load(job["_id"], job) if job else None


def _items_of(page: Mapping[str, Any]) -> Sequence[JobItem]:
    items = sorted((int(position), item) for position, item in page["items"].items())
    return [_ITEMS.load(position, item) for position, item in items]
