"""How the sums of a job's parts come to be those of the whole, each once (decision 0009)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from pymongo.errors import DuplicateKeyError

from calotype_core.adapters.mongo.connection import Collection, Mongo
from calotype_core.adapters.mongo.documents import Document
from calotype_core.domain.job import JobItem, JobRecord, causes_of_step

COUNTERS = ("announced", "completed", "failed")
CAUSES = "causes"
SUMS = ("version", *COUNTERS, CAUSES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """What the items of a page, a section or a job come to.

    version grows by one with each change: of two sums of one place, it tells which is newer. counts
    are by their place in a document: failed, causes.timed_out. One that falls to 0 stays, so that
    each newer version of a place's sums holds every count of the older ones.
    """

    version: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Mapping[str, Any] | None) -> "Sums":
        """Return the sums that a document, or a note of them, holds; nothing where it is new."""
        if not document or "version" not in document:
            return cls()
        causes = {cause(code): count for code, count in document.get(CAUSES, {}).items()}
        counts = {name: document[name] for name in COUNTERS}
        return cls(version=document["version"], counts={**counts, **causes})

    @classmethod
    def of_step(cls, before: JobItem | None, after: JobItem) -> "Sums":
        """Return what one item's step adds."""
        job = JobRecord(job_id="").counting(before, after)
        causes = {cause(code): change for code, change in causes_of_step(before, after).items()}
        return cls(counts={**{name: getattr(job, name) for name in COUNTERS}, **causes})

    @property
    def fields(self) -> Mapping[str, int]:
        """The version and the counts by their place in a document."""
        return {"version": self.version, **self.counts}

    @property
    def document(self) -> Document:
        """The version and the counts as a document holds them."""
        document: Document = {"version": self.version, **dict.fromkeys(COUNTERS, 0), CAUSES: {}}
        for name, count in self.counts.items():
            within, _, code = name.rpartition(".")
            (document[within] if within else document)[code] = count
        return document

    def plus(self, other: "Sums") -> "Sums":
        """Return both together."""
        return self._with(other, 1)

    def minus(self, other: "Sums") -> "Sums":
        """Return what came between the two."""
        return self._with(other, -1)

    def _with(self, other: "Sums", sign: int) -> "Sums":
        counts = dict(self.counts)
        for name, count in other.counts.items():
            counts[name] = counts.get(name, 0) + sign * count
        return Sums(version=self.version + sign * other.version, counts=counts)


@dataclass(frozen=True, slots=True)
class Step:
    """The sums of a part, a page or a section, before and after; the same if nothing changed."""

    number: int
    before: Sums
    after: Sums

    @property
    def is_change(self) -> bool:
        """True where there is something to take over."""
        return self.after.version != self.before.version

    @property
    def added(self) -> Sums:
        """What the step adds to the whole: the difference, as one change."""
        return replace(self.after.minus(self.before), version=int(self.is_change))


def cause(code: str) -> str:
    """Return the place of a failure code's count; codes are our own, and fit as names there."""
    return f"{CAUSES}.{code}"


async def count(
    mongo: Mongo, into: Collection, its_id: str, step: Step, wanted: Sequence[str] = ()
) -> Document:
    """Have a part's sums taken over by the whole; return its sums, and what else is wanted."""
    if step.is_change:
        # Nearly always the whole knows the part as it was before: then this is all.
        with suppress(DuplicateKeyError):
            await _take_over(into, its_id, step)
    return await mongo.settle(lambda: _catch_up(into, its_id, step, wanted))


async def _take_over(into: Collection, its_id: str, step: Step) -> None:
    """Note the part's sums, and add what they add, where the part was known as it was before."""
    note, before = f"notes.{step.number}", step.before
    known = {f"{note}.{name}": _equal(count) for name, count in before.fields.items()}
    unknown = {note: {"$exists": False}}
    await into.update_one(
        {"_id": its_id, **(known if before.version else unknown)},
        {"$set": {note: step.after.document}, "$inc": step.added.fields},
        upsert=not before.version,
    )


async def _catch_up(
    into: Collection, its_id: str, step: Step, wanted: Sequence[str]
) -> Document | None:
    """Return the whole where it knows these sums of the part, or newer; else let it, and None."""
    whole = await into.find_one({"_id": its_id}, [*SUMS, *wanted, f"notes.{step.number}"])
    known = Sums.of(whole.get("notes", {}).get(str(step.number)) if whole else None)
    if known.version >= step.after.version:
        return whole
    await _take_over(into, its_id, replace(step, before=known))
    return None


def _equal(count: int) -> object:
    """Return the condition that a count is this; a code that was not counted yet has none."""
    return count or {"$in": [0, None]}
