"""What one item's step costs in MongoDB, by the job's size and the layout of its items.

    python -m bench.counting mongodb://127.0.0.1:27017 PID

What counts is the processor time of the server (whose process id that is) and of this process: it
hardly changes with what else the machine does, and jobs of every size take turns besides. What a
step waits for, three writes to the disk, is the same for all.
"""

import argparse
import asyncio
import uuid
from collections.abc import Sequence
from random import Random, SystemRandom
from typing import Any

import msgspec
from pymongo import MongoClient

from bench import machine
from calotype_core.adapters.mongo import job_records
from calotype_core.adapters.mongo.collections import JOB_PAGES, JOB_SECTIONS, JOBS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.job_records import MongoJobRecords, Sums
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.domain.job import JobItem
from calotype_core.domain.lifecycle import Status

SIZES = (1_000, 10_000, 100_000)  # items
# Items a page and pages a section; the last one comes to a job of pages without sections.
LAYOUTS = ((100, 100), (200, 1_000))
TURN = 25  # steps of one job


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
    return {str(at): Sums(count, count)._asdict() for at, count in enumerate(counts)}


async def fill(mongo: Mongo, job_id: str, size: int) -> None:
    """Write a job all of whose images are running, as its steps would have left it."""
    a_page, a_section = job_records.PAGE_ITEMS, job_records.SECTION_PAGES
    pages, sections = parts(size, a_page), parts(size, a_page * a_section)
    written: list[dict[str, Any]] = []
    for number, sums in pages.items():
        first = int(number) * a_page
        running = [item(first + at, Status.PROCESSING) for at in range(sums["announced"])]
        items = {str(one.position): msgspec.to_builtins(one) for one in running}
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
    job = {"_id": job_id, **Sums(size, size)._asdict(), "total": size, "notes": sections}
    await mongo.collection(JOBS).insert_one(job)


async def take(records: MongoJobRecords, size: int, positions: Sequence[int]) -> None:
    """Complete these items."""
    for position in positions:
        done = item(position, Status.COMPLETED)
        await records.update_item(str(size), position, lambda _, done=done: done)  # type: ignore[misc]  # bound now


async def measure(mongo: Mongo, server: int, steps: int) -> Sequence[float]:
    """Return the milliseconds of processor time that a step takes, for a job of each size."""
    records, random = MongoJobRecords(mongo), Random(1)  # noqa: S311 - the same run every time
    for size in SIZES:
        await fill(mongo, str(size), size)
    positions = {size: random.sample(range(size), steps) for size in SIZES}
    took = dict.fromkeys(SIZES, 0.0)
    for at in range(0, steps, TURN):
        for size in random.sample(SIZES, len(SIZES)):
            before = machine.spent(server)
            await take(records, size, positions[size][at : at + TURN])
            spent = machine.spent(server).since(before)
            took[size] += spent.main + spent.here
    return [took[size] / steps * 1000 for size in SIZES]


async def main(url: str, server: int, steps: int) -> None:
    """Print a row of the table for each layout."""
    print(
        "| items a page | pages a section |", " | ".join(f"{size:,}" for size in SIZES), "| ratio |"
    )
    for page, section in LAYOUTS:
        job_records.PAGE_ITEMS, job_records.SECTION_PAGES = page, section
        settings = MongoSettings(mongo_url=url, mongo_database=f"calotype-bench-{uuid.uuid4().hex}")
        async with Mongo.open(settings, random=SystemRandom()) as mongo:
            took = await measure(mongo, server, steps)
        cells = " | ".join(f"{one:.1f} ms" for one in took)
        print(f"| {page} | {section} | {cells} | {took[-1] / took[0]:.2f} |", flush=True)
        MongoClient[dict[str, Any]](url).drop_database(settings.mongo_database)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("server", type=int)
    parser.add_argument("--steps", type=int, default=200)
    asked = parser.parse_args()
    asyncio.run(main(asked.url, asked.server, asked.steps))
