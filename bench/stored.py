"""Jobs of any size, written with the adapters as their steps would have left them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import spreadsheet
from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.job_records import SqliteJobRecords
from calotype_core.domain.ids import derive_id, make_id
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.manifest import input_key, sheet_key
from calotype_core.domain.sheets import SheetRules, dump, open_sheet
from calotype_core.ports.job_records import JobRecords

DATABASE = "calotype.sqlite3"  # within a data folder
_OBJECTS = "objects"
_TOGETHER = 500  # steps, so that they share their commits
_CHUNK_BYTES = 256 * 1024


async def fill(records: JobRecords, job_id: str, size: int, status: Status) -> None:
    """Write a job's items, all of them in this state."""

    async def step(position: int) -> None:
        item = JobItem(
            position=position,
            image_id=derive_id(job_id, position),
            generation=1,
            status=status,
            filename=f"product-image-{position:06}.jpg",
            url=spreadsheet.nowhere(position),
        )
        await records.update_item(job_id, position, lambda _: item)

    for start in range(0, size, _TOGETHER):
        positions = range(start, min(size, start + _TOGETHER))
        await asyncio.gather(*(step(position) for position in positions))


async def store_finished(data_dir: Path, sheet: Path, rows: int) -> str:
    """Put a job all of whose images are completed into a data folder, and return its id.

    Its CSV, which is written to sheet, has an image a row.
    """
    spreadsheet.write(sheet, rows, spreadsheet.nowhere)
    now = datetime.now(UTC)
    job_id = make_id(time.time_ns() // 1_000_000, rows)
    record = JobRecord(
        job_id=job_id,
        kind="csv",
        name=spreadsheet.NAME,
        total=rows,
        accepted_at=now,
        finished_at=now,
    )
    found = open_sheet(lambda: _pieces(sheet), SheetRules())
    async with (
        FilesystemObjectStore.open(data_dir / _OBJECTS) as objects,
        Database.open(data_dir / DATABASE) as database,
    ):
        await objects.put(input_key(job_id, "csv"), _each(sheet), content_type="text/csv")
        await objects.put(sheet_key(job_id), _once(dump(found)), content_type="application/json")
        records = SqliteJobRecords(database)
        await fill(records, job_id, rows, Status.COMPLETED)
        await records.update(job_id, lambda known: _told(known, record))
    return job_id


def _told(known: JobRecord | None, record: JobRecord) -> JobRecord:
    """Return the record with what was counted."""
    if known is None:
        return record
    return replace(record, announced=known.announced, completed=known.completed)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            yield piece


async def _each(path: Path) -> AsyncIterator[bytes]:
    for piece in _pieces(path):
        yield piece


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
