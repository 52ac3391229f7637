"""What one item's step costs in MongoDB, by the job's size, alone and with others at the same time.

    python -m bench.counting mongodb://127.0.0.1:27017 PID

What counts is the processor time of the server (whose process id that is) and of this process: it
hardly changes with what else the machine does, and jobs of every size take turns besides. The time
that passes does change, with the machine and its disk: three writes to it are in every step that
nobody shares. Steps at the same time are of neighbouring items, as a job's are.
"""

import argparse
import asyncio
import uuid
from collections.abc import Sequence
from random import Random, SystemRandom
from time import perf_counter
from typing import Any

import msgspec
from pymongo import MongoClient

from bench import machine
from calotype_core.adapters.mongo import job_records
from calotype_core.adapters.mongo.collections import JOB_PAGES, JOB_SECTIONS, JOBS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.job_records import MongoJobRecords
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.domain.job import JobItem
from calotype_core.domain.lifecycle import Status

SIZES = (1_000, 10_000, 100_000)  # items
# Items a page and pages a section; the last one comes to a job of pages without sections.
LAYOUTS = ((100, 100), (200, 1_000))
TOGETHER = (1, 64)  # steps at the same time
TURN = 64  # steps of one job


def item(position: int, status: Status) -> JobItem:
    """Return an item with all that an item usually has."""
    return JobItem(
        position=position,
        image_id=f"019b5c2e-7c00-7000-8000-{position:012d}",
        generation=1,
        status=status,
        filename=f"uploads/2026/catalogue-{position:06d}.jpg",
    )


def parts(size: int, each: int) -> dict[str, dict[str, int]]:
    """Return the sums of each page (or section) of a job of that size, by its number."""
    counts = (min(each, size - start) for start in range(0, size, each))
    return {str(at): running(count) for at, count in enumerate(counts)}


def running(count: int) -> dict[str, int]:
    """Return the sums of so many items that have been announced, one by one, and nothing else."""
    return {"version": count, "announced": count, "completed": 0, "failed": 0}


async def fill(mongo: Mongo, job_id: str, size: int) -> None:
    """Write a job all of whose images are running, as its steps would have left it."""
    a_page, a_section = job_records.PAGE_ITEMS, job_records.SECTION_PAGES
    pages, sections = parts(size, a_page), parts(size, a_page * a_section)
    written: list[dict[str, Any]] = []
    for number, sums in pages.items():
        first = int(number) * a_page
        begun = [item(first + at, Status.PROCESSING) for at in range(sums["announced"])]
        items = {str(one.position): msgspec.to_builtins(one) for one in begun}
        written.append({"_id": f"{job_id}/{number:0>8}", **sums, "items": items})
    for at in range(0, len(written), TURN):
        await mongo.collection(JOB_PAGES).insert_many(written[at : at + TURN])
    for number, sums in sections.items():
        first = int(number) * a_section
        notes = {
            one: pages[one] for one in map(str, range(first, first + a_section)) if one in pages
        }
        section = {"_id": f"{job_id}/{number:0>8}", **sums, "notes": notes}
        await mongo.collection(JOB_SECTIONS).insert_one(section)
    job = {"_id": job_id, **running(size), "total": size, "notes": sections}
    await mongo.collection(JOBS).insert_one(job)


async def take(
    records: MongoJobRecords, size: int, positions: Sequence[int], together: int
) -> None:
    """Complete these items, so many at the same time."""
    room = asyncio.Semaphore(together)

    async def step(position: int) -> None:
        async with room:
            done = item(position, Status.COMPLETED)
            await records.update_item(str(size), position, lambda _: done)

    await asyncio.gather(*(step(position) for position in positions))


def chosen(random: Random, size: int, together: int) -> Sequence[int]:
    """Return the items of one turn: neighbours where they come together, else from anywhere."""
    if together == 1:
        return random.sample(range(size), TURN)
    first = random.randrange(size - TURN)
    return range(first, first + TURN)


async def measure(
    mongo: Mongo, server: int, turns: int, together: int
) -> Sequence[tuple[float, float]]:
    """Return the milliseconds of processor time and of waiting a step, for a job of each size."""
    records, random = MongoJobRecords(mongo), Random(1)  # noqa: S311 - the same run every time
    for size in SIZES:
        await fill(mongo, str(size), size)
    took = dict.fromkeys(SIZES, (0.0, 0.0))
    for _ in range(turns):
        for size in random.sample(SIZES, len(SIZES)):
            before, began = machine.spent(server), perf_counter()
            await take(records, size, chosen(random, size, together), together)
            passed, spent = perf_counter() - began, machine.spent(server).since(before)
            busy, waited = took[size]
            took[size] = busy + spent.main + spent.here, waited + passed
    each = 1000 / (turns * TURN)
    return [(busy * each, waited * each) for busy, waited in took.values()]


async def run(url: str, server: int, turns: int, together: int) -> Sequence[tuple[float, float]]:
    """Measure in a database of its own."""
    settings = MongoSettings(mongo_url=url, mongo_database=f"calotype-bench-{uuid.uuid4().hex}")
    try:
        async with Mongo.open(settings, random=SystemRandom()) as mongo:
            return await measure(mongo, server, turns, together)
    finally:
        MongoClient[dict[str, Any]](url).drop_database(settings.mongo_database)


async def main(url: str, server: int, turns: int) -> None:
    """Print a row of the table for each layout, alone and together."""
    sizes = " | ".join(f"{size:,}" for size in SIZES)
    print(f"| items a page | pages a section | together | {sizes} | ratio |")
    for page, section in LAYOUTS:
        job_records.PAGE_ITEMS, job_records.SECTION_PAGES = page, section
        for together in TOGETHER:
            took = await run(url, server, turns, together)
            cells = " | ".join(f"{busy:.1f} ms, {waited:.1f} passed" for busy, waited in took)
            ratio = took[-1][0] / took[0][0]
            print(f"| {page} | {section} | {together} | {cells} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("server", type=int)
    parser.add_argument("--turns", type=int, default=4, help=f"of {TURN} steps, for each size")
    asked = parser.parse_args()
    asyncio.run(main(asked.url, asked.server, asked.turns))
