import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from pymongo.errors import DuplicateKeyError

from calotype_core.adapters.mongo.collections import JOB_PAGES, JOB_SECTIONS, JOBS
from calotype_core.adapters.mongo.connection import Collection, Mongo
from calotype_core.adapters.mongo.documents import Document, MongoDocuments
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.failpoints import reach
from calotype_core.ports.job_records import JobRecords

# Measured: docs/decisions/0009-a-job-is-counted-by-pages.md. They are the layout of what is stored.
PAGE_ITEMS = 100
SECTION_PAGES = 100

_JOBS = MongoDocuments(JobRecord, "job_id")
_ITEMS = MongoDocuments(JobItem, "position")
_JOB_FIELDS = [one.name for one in fields(JobRecord) if one.name != "job_id"]
_COUNTERS = frozenset({"announced", "completed", "failed"})
_WITHOUT_NOTES = {"notes": False}


class Sums(NamedTuple):
    """What the items of a page, a section or a job come to.

    version grows by one with each change: of two sums of one place, it tells which is newer.
    """

    version: int = 0
    announced: int = 0
    completed: int = 0
    failed: int = 0

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Sums":
        """Return the sums that a document, or a note of them, holds."""
        return cls(*(document[name] for name in cls._fields))

    @classmethod
    def of_step(cls, before: JobItem | None, after: JobItem) -> "Sums":
        """Return what one item's step adds."""
        job = JobRecord(job_id="").counting(before, after)
        return cls(1, job.announced, job.completed, job.failed)

    def plus(self, other: "Sums") -> "Sums":
        """Return both together."""
        return Sums(*(one + more for one, more in zip(self, other, strict=True)))

    def minus(self, other: "Sums") -> "Sums":
        """Return what came between the two."""
        return Sums(*(one - less for one, less in zip(self, other, strict=True)))


class Step(NamedTuple):
    """The sums of a part, a page or a section, before and after; the same if nothing changed."""

    number: int
    before: Sums
    after: Sums

    @property
    def added(self) -> Sums:
        """What the step adds to the whole: the difference, as one change."""
        changed = self.after != self.before
        return self.after.minus(self.before)._replace(version=int(changed))


class MongoJobRecords(JobRecords):
    """Jobs in MongoDB, counted by pages: an item and its page's sums change in one document.

    A section notes, page by page, the newest sums that it has taken over, and so does the job with
    its sections; the sums of each are at all times those of its notes, which change with them at
    once. So a step counts once, whoever takes it and however often, and what a crash has kept from
    being taken over, the same step again, or the next one on that page, brings along.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._jobs = mongo.collection(JOBS)
        self._sections = mongo.collection(JOB_SECTIONS)
        self._pages = mongo.collection(JOB_PAGES)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, job_id: str) -> JobRecord | None:
        """See JobReader."""
        async with self._mongo.answering():
            return _loaded(await self._jobs.find_one({"_id": job_id}, _WITHOUT_NOTES))

    async def items(self, job_id: str, *, start: int, limit: int) -> Sequence[JobItem]:
        """See JobReader."""
        # ":" comes behind every digit, and so behind every page of the job.
        ids = {"$gte": _part_id(job_id, start // PAGE_ITEMS), "$lt": f"{job_id}/:"}
        pages = self._pages.find({"_id": ids}, batch_size=limit // PAGE_ITEMS + 2)
        items: list[JobItem] = []
        async with self._mongo.answering():
            async for page in pages.sort("_id"):
                items += [item for item in _items_of(page) if item.position >= start]
                if len(items) >= limit:
                    await pages.close()
                    break
        return items[:limit]

    async def update(
        self, job_id: str, change: Callable[[JobRecord | None], JobRecord]
    ) -> JobRecord:
        """See JobRecords. The revision is that of the job's own facts; counting leaves it alone."""

        async def step() -> JobRecord | None:
            found = await self._jobs.find_one({"_id": job_id}, _WITHOUT_NOTES)
            before = _loaded(found)
            after = change(before)
            if after == before:
                return after
            revision = found.get("revision", 0) if found else 0
            fields = {"revision": revision + 1, **_JOBS.fields(after)}
            facts = {name: value for name, value in fields.items() if name not in _COUNTERS}
            written = await self._jobs.update_one(
                {"_id": job_id, **_still("revision", revision)}, {"$set": facts}, upsert=not found
            )
            if not (written.matched_count or written.upserted_id):
                return None
            # Read again, for what was counted in between: somebody has to see the last step.
            return _loaded(await self._jobs.find_one({"_id": job_id}, _WITHOUT_NOTES))

        return await self._mongo.settle(step)

    async def update_item(
        self, job_id: str, position: int, change: Callable[[JobItem | None], JobItem]
    ) -> JobRecord:
        """See JobRecords."""
        page_id = _part_id(job_id, position // PAGE_ITEMS)
        # Not for safety: tasks of one process need not find out that they are in each other's way.
        turn = self._turns.setdefault(page_id, asyncio.Lock())
        async with self._mongo.answering(), turn:
            page = await self._mongo.settle(lambda: self._change_item(page_id, position, change))
            if page.after != page.before:
                reach("query.paged")
            number = page.number // SECTION_PAGES
            section = await self._count(self._sections, _part_id(job_id, number), page)
            sums = Sums.of(section)
            # A guess, since a section may take several steps over at once: it is held against the
            # job's whole note. Only before the first one there is no note, and nothing to guess.
            before = sums.minus(page.added) if sums.version > 1 else Sums()
            step = Step(number, before, sums)
            return _JOBS.load(job_id, await self._count(self._jobs, job_id, step))

    async def _change_item(
        self, page_id: str, position: int, change: Callable[[JobItem | None], JobItem]
    ) -> Step | None:
        """Change the item and its page's sums; None where somebody else has changed the page."""
        number, place = position // PAGE_ITEMS, f"items.{position}"
        page = await self._pages.find_one({"_id": page_id}, [*Sums._fields, place])
        sums = Sums.of(page) if page else Sums()
        known = page["items"].get(str(position)) if page else None
        before = _ITEMS.load(position, known) if known else None
        after = change(before)
        if after == before:
            return Step(number, sums, sums)
        new = sums.plus(Sums.of_step(before, after))
        written = await self._pages.update_one(
            {"_id": page_id, **_still("version", sums.version)},
            {"$set": {**new._asdict(), place: _ITEMS.fields(after)}},
            upsert=not page,
        )
        return Step(number, sums, new) if written.matched_count or written.upserted_id else None

    async def _count(self, into: Collection, its_id: str, step: Step) -> Document:
        """Have a part's sums taken over by the whole, and return the whole."""
        if step.after != step.before:
            # Nearly always the whole knows the part as it was before: then this is all.
            with suppress(DuplicateKeyError):
                await _take_over(into, its_id, step)
        return await self._mongo.settle(lambda: _catch_up(into, its_id, step))


async def _take_over(into: Collection, its_id: str, step: Step) -> None:
    """Note the part's sums, and add what they add, where the part was known as it was before."""
    note, before = f"notes.{step.number}", step.before
    known = {f"{note}.{name}": value for name, value in before._asdict().items()}
    unknown = {note: {"$exists": False}}
    await into.update_one(
        {"_id": its_id, **(known if before.version else unknown)},
        {"$set": {note: step.after._asdict()}, "$inc": step.added._asdict()},
        upsert=not before.version,
    )


async def _catch_up(into: Collection, its_id: str, step: Step) -> Document | None:
    """Return the whole where it knows these sums of the part, or newer; else let it, and None."""
    wanted = [*Sums._fields, *_JOB_FIELDS, f"notes.{step.number}"]
    whole = await into.find_one({"_id": its_id}, wanted)
    note = whole.get("notes", {}).get(str(step.number)) if whole else None
    known = Sums.of(note) if note else Sums()
    if known.version >= step.after.version:
        return whole
    await _take_over(into, its_id, step._replace(before=known))
    return None


def _part_id(job_id: str, number: int) -> str:
    return f"{job_id}/{number:08d}"  # sorts as the parts do


def _still(field: str, version: int) -> Mapping[str, Any]:
    """Return the condition that the field has this version, or is not there (0)."""
    return {field: version} if version else {field: {"$exists": False}}


def _loaded(job: Mapping[str, Any] | None) -> JobRecord | None:
    return _JOBS.load(job["_id"], job) if job else None


def _items_of(page: Mapping[str, Any]) -> Sequence[JobItem]:
    items = sorted((int(position), item) for position, item in page["items"].items())
    return [_ITEMS.load(position, item) for position, item in items]
