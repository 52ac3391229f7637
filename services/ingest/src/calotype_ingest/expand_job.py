"""Hand a job out, a window at a time, so that jobs take turns whatever their size.

Ids are derived, so that a step which a crash has cut short simply runs again.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from calotype_core.domain.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    JobAccepted,
    JobExpanded,
    JobRetried,
)
from calotype_core.domain.expansion import Expansion
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Failure
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.manifest import Entry
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest import manifest

_CANCELLED_AT_ONCE = _SCANNED_AT_ONCE = 1000
CANCELLED = Failure(
    code="cancelled", message="The job was cancelled before this image's turn came."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What is to be announced next, and how far the job has been handed out after that.

    last is the position of the last image that a retry has handed out, if any.
    """

    events: Sequence[Event]
    after: Expansion
    last: int | None = None


def begun(event: JobAccepted | JobRetried) -> Expansion:
    """Return the expansion that the event asks for, at its start."""
    first = Expansion(
        job_id=event.job_id,
        generation=1,
        manifest_key=event.manifest_key,
        total=event.total,
        instructions=event.instructions.canonical(),
        callback_url=event.callback_url,
        accepted_at=event.requested_at if isinstance(event, JobRetried) else event.accepted_at,
    )
    if isinstance(event, JobAccepted):
        return first
    return replace(first, generation=event.generation, causes=event.causes)


def room_for(expansion: Expansion, job: JobRecord | None, window: int) -> int:
    """Return how many more images may be handed out now."""
    most = max(window, _CANCELLED_AT_ONCE) if expansion.cancelled else window
    if expansion.generation > 1:
        return most - job.running if job else 0
    finished = job.done if job else 0
    return most - (expansion.next_position - finished)


async def expand_job(
    expansion: Expansion, *, room: int, objects: ObjectStore, jobs: JobReader, now: datetime
) -> Step:
    """Return the next step: at most room images. Raises ObjectMissingError, Unavailable."""
    if expansion.generation == 1:
        return await _hand_out(expansion, room, objects, now)
    if expansion.next_position < expansion.total:
        return await _hand_out_failed(expansion, room, objects, jobs, now)
    return await _end_retry(expansion, jobs, now)


async def _hand_out(expansion: Expansion, room: int, objects: ObjectStore, now: datetime) -> Step:
    events: list[Event] = []
    byte = expansion.next_byte
    async with aclosing(_entries(objects, expansion)) as entries:
        async for entry, end in entries:
            events.append(_announced(expansion, entry, now))
            byte = end
            if len(events) >= room:
                break
    position = expansion.next_position + len(events)
    after = replace(expansion, next_position=position, next_byte=byte)
    return Step(
        events=events,
        after=replace(after, closed_at=now) if position >= expansion.total else after,
    )


async def _hand_out_failed(
    expansion: Expansion, room: int, objects: ObjectStore, jobs: JobReader, now: datetime
) -> Step:
    start = expansion.next_position
    failures = await jobs.failures(expansion.job_id, start=start, limit=room)
    wanted = {one.position for one in failures if _is_wanted(expansion, one)}
    stop = failures[-1].position + 1 if len(failures) == room else expansion.total
    events: list[Event] = []
    byte = expansion.next_byte
    async with aclosing(_entries(objects, expansion)) as entries:
        async for entry, end in entries:
            byte = end
            if entry.position in wanted:
                events.append(_announced(expansion, entry, now))
            if entry.position + 1 >= stop:
                break
    after = replace(expansion, next_position=stop, next_byte=byte)
    return Step(events=events, after=after, last=max(wanted, default=None))


async def _end_retry(expansion: Expansion, jobs: JobReader, now: datetime) -> Step:
    """Return the retry's end once all of it is known to be on its way, else a step on the spot.

    Before that its images still count as failed, and the job would seem to be finished.
    """
    start = 0
    while failures := await jobs.failures(expansion.job_id, start=start, limit=_SCANNED_AT_ONCE):
        if any(_is_wanted(expansion, one) for one in failures):
            return Step(events=(), after=expansion)
        start = failures[-1].position + 1
    told = JobExpanded(job_id=expansion.job_id, generation=expansion.generation, expanded_at=now)
    return Step(events=[told], after=replace(expansion, closed_at=now))


def _entries(objects: ObjectStore, expansion: Expansion) -> AsyncGenerator[tuple[Entry, int]]:
    return manifest.read(objects, expansion.manifest_key, start=expansion.next_byte)


def _is_wanted(expansion: Expansion, item: JobItem) -> bool:
    caused = not expansion.causes or item.failure_code in expansion.causes
    return caused and item.generation < expansion.generation


def _announced(expansion: Expansion, entry: Entry, now: datetime) -> Event:
    failure = entry.failure or (CANCELLED if expansion.cancelled else None)
    if failure is None:
        return _accepted(expansion, entry)
    return ImageFailed(
        image_id=derive_id(expansion.job_id, entry.position),
        generation=expansion.generation,
        failure=failure,
        filename=entry.filename,
        url=entry.url,
        job_id=expansion.job_id,
        position=entry.position,
        accepted_at=expansion.accepted_at,
        failed_at=now,
    )


def _accepted(expansion: Expansion, entry: Entry) -> ImageAccepted:
    return ImageAccepted(
        image_id=derive_id(expansion.job_id, entry.position),
        generation=expansion.generation,
        original=entry.original,
        url=entry.url,
        filename=entry.filename,
        instructions=_instructions(entry.instructions or expansion.instructions),
        job_id=expansion.job_id,
        position=entry.position,
        accepted_at=expansion.accepted_at,
    )


# A job's images share their instructions, nearly always: parsed once, not 100,000 times.
@lru_cache(maxsize=64)
def _instructions(canonical: str) -> Instructions:
    return parse_instructions(canonical, presets={})
