"""What an item's step costs in SQLite, by its job's size; bench.counting has MongoDB's.

Jobs of each size take turns. Items go to and fro between two states, so that no step is one that
repeats, which would cost nothing.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median

from bench.counting import TURN, chosen
from bench.stored import DATABASE, fill
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.job_records import SqliteJobRecords
from calotype_core.domain.ids import make_id
from calotype_core.domain.job import JobItem
from calotype_core.domain.lifecycle import Status

TOGETHER = (1, 64)  # steps at the same time: alone, and as the projector takes them


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds a step, of processor time and in passing; the median of the turns."""

    busy: float
    passed: float


async def measure(sizes: Sequence[int], turns: int) -> Mapping[int, Mapping[int, Step]]:
    """Return the steps by how many are taken at the same time, then by their job's size."""
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder:
        async with Database.open(Path(folder, DATABASE)) as database:
            records = SqliteJobRecords(database)
            for size in sizes:
                await fill(records, _job_of(size), size, Status.PROCESSING)
            return {
                together: await _measure(records, sizes, turns, together) for together in TOGETHER
            }


def _job_of(size: int) -> str:
    return make_id(0, size)


async def _measure(
    records: SqliteJobRecords, sizes: Sequence[int], turns: int, together: int
) -> Mapping[int, Step]:
    random = Random(1)  # noqa: S311 - the same run every time
    took: dict[int, list[Step]] = {size: [] for size in sizes}
    for _ in range(turns):
        for size in random.sample(sizes, len(sizes)):
            positions = chosen(random, size, together)
            busy, began = time.process_time(), time.perf_counter()
            await _take(records, _job_of(size), positions, together)
            passed = time.perf_counter() - began
            took[size].append(Step((time.process_time() - busy) / TURN, passed / TURN))
    return {
        size: Step(median(one.busy for one in steps), median(one.passed for one in steps))
        for size, steps in took.items()
    }


async def _take(
    records: SqliteJobRecords, job_id: str, positions: Sequence[int], together: int
) -> None:
    for start in range(0, len(positions), together):
        some = positions[start : start + together]
        await asyncio.gather(*(records.update_item(job_id, one, _turned) for one in some))


def _turned(item: JobItem | None) -> JobItem:
    if item is None:
        raise LookupError("the job has been filled with all of its items")
    running = item.status is Status.PROCESSING
    return replace(item, status=Status.COMPLETED if running else Status.PROCESSING)
