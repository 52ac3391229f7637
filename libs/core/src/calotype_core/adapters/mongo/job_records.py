from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any
from weakref import WeakValueDictionary

from pymongo import ASCENDING, DESCENDING

from calotype_core.adapters.mongo.collections import JOB_PAGES, JOB_SECTIONS, JOBS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.documents import Document, MongoDocuments
from calotype_core.adapters.mongo.job_sums import CAUSES, COUNTERS, SUMS, Step, Sums, cause, count
from calotype_core.adapters.mongo.job_turns import Turn, Wish, fold
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.errors import Unavailable
from calotype_core.failpoints import reach
from calotype_core.ports.job_records import JobRecords

# Measured: docs/decisions/0009-a-job-is-counted-by-pages.md. They are the layout of what is stored.
PAGE_ITEMS = 100
SECTION_PAGES = 100
MAX_PAGES_READ = 50  # at once, in search of failures

_JOBS = MongoDocuments(JobRecord, "job_id")
_ITEMS = MongoDocuments(JobItem, "position")
_JOB_FIELDS = [one.name for one in fields(JobRecord) if one.name != "job_id"]
_COUNTED = {*COUNTERS, CAUSES}
_WITHOUT_NOTES = {"notes": False}


class MongoJobRecords(JobRecords):
    """Jobs in MongoDB, counted by pages: an item and its page's sums change in one document.

    A section notes, page by page, the newest sums that it has taken over, and so does the job with
    its sections; the sums of each are at all times those of its notes, which change with them at
    once. So a step counts once, whoever takes it and however often, and what a crash has kept from
    being taken over, the same step again, or the next one on that page, brings along.

    Group commit: tasks of one process that change the same page share its writes and the counting.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._jobs = mongo.collection(JOBS)
        self._sections = mongo.collection(JOB_SECTIONS)
        self._pages = mongo.collection(JOB_PAGES)
        self._turns: WeakValueDictionary[str, Turn] = WeakValueDictionary()

    async def get(self, job_id: str) -> JobRecord | None:
        """See JobReader."""
        async with self._mongo.answering():
            return _loaded(await self._jobs.find_one({"_id": job_id}, _WITHOUT_NOTES))

    async def items(self, job_id: str, *, start: int, limit: int) -> Sequence[JobItem]:
        """See JobReader."""
        pages = self._pages.find(
            {"_id": _parts(job_id, start // PAGE_ITEMS)}, batch_size=limit // PAGE_ITEMS + 2
        )
        items: list[JobItem] = []
        async with self._mongo.answering():
            async for page in pages.sort("_id"):
                items += [item for item in _items_of(page) if item.position >= start]
                if len(items) >= limit:
                    await pages.close()
                    break
        return items[:limit]

    async def failures(
        self, job_id: str, *, start: int, limit: int, code: str | None = None
    ) -> Sequence[JobItem]:
        """See JobReader. The sections' notes tell which pages are worth reading."""
        counter = "failed" if code is None else cause(code)
        items: list[JobItem] = []
        first = start // PAGE_ITEMS
        while len(items) < limit:
            numbers = await self._pages_with(counter, job_id, first, limit - len(items))
            if not numbers:
                break
            ids = [_part_id(job_id, number) for number in numbers]
            pages = await self._mongo.find(
                self._pages, {"_id": {"$in": ids}}, sort=[("_id", ASCENDING)], limit=len(ids)
            )
            failed = [one for page in pages for one in _items_of(page) if one.has_failed(code)]
            items += [one for one in failed if one.position >= start]
            first = numbers[-1] + 1
        return items[:limit]

    async def _pages_with(
        self, counter: str, job_id: str, first: int, wanted: int
    ) -> Sequence[int]:
        """Return the next pages that together count as many as wanted, or as many as are read."""
        where = {"_id": _parts(job_id, first // SECTION_PAGES)}
        sections = self._sections.find(where, ["notes"], batch_size=2).sort("_id")
        numbers: list[int] = []
        async with self._mongo.answering():
            async for section in sections:
                notes = {int(number): Sums.of(note) for number, note in section["notes"].items()}
                for number in sorted(one for one in notes if one >= first):
                    counted = notes[number].counts.get(counter, 0)
                    if counted > 0 and wanted > 0 and len(numbers) < MAX_PAGES_READ:
                        numbers.append(number)
                        wanted -= counted
                if wanted <= 0 or len(numbers) == MAX_PAGES_READ:
                    await sections.close()
                    break
        return numbers

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[JobRecord]:
        """See JobReader."""
        where = {} if before is None else {"_id": {"$lt": before}}
        found = await self._mongo.find(
            self._jobs, where, sort=[("_id", DESCENDING)], limit=limit, fields=_WITHOUT_NOTES
        )
        return [_job(one) for one in found]

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
            facts = {name: value for name, value in fields.items() if name not in _COUNTED}
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
        number = position // PAGE_ITEMS
        turn = self._turns.setdefault(_part_id(job_id, number), Turn())
        wish = Wish(position, change, JobRecord(job_id=job_id))
        turn.waiting.append(wish)
        try:
            async with self._mongo.answering(), turn.lock:
                if not wish.is_settled:
                    await self._serve(turn, job_id, number)
        finally:
            with suppress(ValueError):  # not there but where it was given up
                turn.waiting.remove(wish)
        if wish.error:
            raise wish.error
        return wish.job

    async def delete(self, job_id: str) -> None:
        """See JobRecords."""
        parts = {"_id": _parts(job_id, 0)}
        async with self._mongo.answering():
            await self._jobs.delete_one({"_id": job_id})
            await self._sections.delete_many(parts)
            await self._pages.delete_many(parts)

    async def _serve(self, turn: Turn, job_id: str, number: int) -> None:
        """Settle the wishes of all who wait; what is not settled in the end waits again."""
        wishes, turn.waiting = turn.waiting, []
        try:
            await self._settle(job_id, number, wishes)
        finally:  # cancelled: the next one to hold the lock goes on
            turn.waiting[:0] = [one for one in wishes if not one.is_settled]

    async def _settle(self, job_id: str, number: int, wishes: Sequence[Wish]) -> None:
        try:
            async with self._mongo.answering():
                await self._take(job_id, number, wishes)
        except Unavailable as error:
            for one in wishes:
                one.error = error
        except Exception as error:  # noqa: BLE001 - whatever it is, it is its caller's
            if len(wishes) == 1:
                wishes[0].error = error
                return
            for one in wishes:  # something of one that cannot be written is not the others' fault
                await self._settle(job_id, number, [one])

    async def _take(self, job_id: str, number: int, wishes: Sequence[Wish]) -> None:
        """Take the steps together: one write of the page, and one count of section and job."""
        page = await self._mongo.settle(lambda: self._change_items(job_id, number, wishes))
        if all(one.error for one in wishes):
            return
        if page.is_change:
            reach("query.paged")
        section = number // SECTION_PAGES
        whole = await count(self._mongo, self._sections, _part_id(job_id, section), page)
        sums = Sums.of(whole)
        # A guess, since a section may take several steps over at once: it is held against the
        # job's whole note. Only before the first one there is no note, and nothing to guess.
        before = sums.minus(page.added) if sums.version > 1 else Sums()
        step = Step(section, before, sums)
        job = await count(self._mongo, self._jobs, job_id, step, _JOB_FIELDS)
        for one in wishes:
            if not one.error:
                one.job = _job_without(job, page.after.minus(one.behind))
                one.is_counted = True

    async def _change_items(self, job_id: str, number: int, wishes: Sequence[Wish]) -> Step | None:
        """Change the items and their page's sums; None where somebody else has changed the page."""
        page_id = _part_id(job_id, number)
        places = {_place(one.position) for one in wishes}
        page = await self._pages.find_one({"_id": page_id}, [*SUMS, *places])
        before = Sums.of(page)
        items = {one.position: one for one in _items_of(page)} if page else {}
        sums, changed = fold(wishes, items, before)
        if not changed:
            return Step(number, before, before)
        after = replace(sums, version=before.version + 1)
        fields = {_place(one): _ITEMS.fields(items[one]) for one in changed}
        written = await self._pages.update_one(
            {"_id": page_id, **_still("version", before.version)},
            {"$set": {**after.fields, **fields}},
            upsert=not page,
        )
        return Step(number, before, after) if written.matched_count or written.upserted_id else None


def _job_without(job: Document, later: Sums) -> JobRecord:
    """Return the job as it was before later steps, which others are told of."""
    return _job({**job, **Sums.of(job).minus(later).document})


def _part_id(job_id: str, number: int) -> str:
    return f"{job_id}/{number:08d}"  # sorts as the parts do


def _parts(job_id: str, first: int) -> Mapping[str, str]:
    """Return the condition on the ids of a job's parts from that one on."""
    return {"$gte": _part_id(job_id, first), "$lt": f"{job_id}/:"}  # ":" comes behind every digit


def _place(position: int) -> str:
    return f"items.{position}"


def _still(field: str, version: int) -> Mapping[str, Any]:
    """Return the condition that the field has this version, or is not there (0)."""
    return {field: version} if version else {field: {"$exists": False}}


def _loaded(job: Mapping[str, Any] | None) -> JobRecord | None:
    return _job(job) if job else None


def _job(document: Mapping[str, Any]) -> JobRecord:
    causes = {code: n for code, n in document.get(CAUSES, {}).items() if n > 0}
    return _JOBS.load(document["_id"], {**document, CAUSES: causes})


def _items_of(page: Mapping[str, Any]) -> Sequence[JobItem]:
    items = sorted((int(position), item) for position, item in page["items"].items())
    return [_ITEMS.load(position, item) for position, item in items]
