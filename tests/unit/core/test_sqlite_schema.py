"""What becomes of a database that an older version wrote."""

import sqlite3
from pathlib import Path

import pytest

from calotype_core.adapters.documents import Documents
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.deliveries import SqliteDeliveries
from calotype_core.adapters.sqlite.job_records import SqliteJobRecords
from calotype_core.adapters.sqlite.schema import STEPS
from calotype_core.domain.job import JobItem
from calotype_core.domain.lifecycle import Status
from tests.owed import delivery, due

pytestmark = pytest.mark.anyio

_ITEMS = Documents(JobItem)


def item(position: int, status: Status, code: str | None = None) -> JobItem:
    return JobItem(
        position=position, image_id="image", generation=1, status=status, failure_code=code
    )


async def test_failures_of_older_jobs_are_found(tmp_path: Path) -> None:
    """What failed before failures had an index is in it, under its code, once it is opened."""
    path = tmp_path / "calotype.db"
    known = [
        item(0, Status.FAILED, "timed_out"),
        item(1, Status.COMPLETED),
        item(2, Status.FAILED, "not_found"),
        item(3, Status.FAILED),
    ]
    old = sqlite3.connect(path)
    old.executescript(f"{STEPS[0]}; PRAGMA user_version = 1")
    rows = [("job", one.position, _ITEMS.dump(one)) for one in known]
    old.executemany("INSERT INTO job_items VALUES (?, ?, ?)", rows)
    old.commit()
    old.close()
    async with Database.open(path) as database:
        jobs = SqliteJobRecords(database)
        failed = [known[0], known[2], known[3]]
        assert list(await jobs.failures("job", start=0, limit=9)) == failed
        assert list(await jobs.failures("job", start=0, limit=9, code="not_found")) == [known[2]]
        assert list(await jobs.items("job", start=0, limit=9)) == known


async def test_deliveries_are_kept_by_an_older_database(tmp_path: Path) -> None:
    """A database of before there were lines takes deliveries once it is opened."""
    path = tmp_path / "calotype.db"
    old = sqlite3.connect(path)
    old.executescript(f"{STEPS[0]}; {STEPS[1]}; PRAGMA user_version = 2")
    old.close()
    async with Database.open(path) as database:
        deliveries = SqliteDeliveries(database)
        assert await deliveries.schedule([delivery()]) == 1
        assert await due(deliveries) == ["one"]
