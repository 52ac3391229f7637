import sqlite3
from collections.abc import Callable, Sequence

from calotype_core.adapters.documents import Documents
from calotype_core.adapters.sqlite.database import Database
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.ports.job_records import JobRecords

_JOBS = Documents(JobRecord)
_ITEMS = Documents(JobItem)
# Named, since the planner might rather walk all of the job's items.
_FAILURES = """
SELECT document FROM job_items INDEXED BY job_items_failed
WHERE job_id = :job_id AND position >= :start AND failure IS NOT NULL
    AND (:code IS NULL OR failure = :code)
ORDER BY position LIMIT :limit
"""
_DROP_ITEMS = """
DELETE FROM job_items WHERE job_id = :job_id AND position IN
    (SELECT position FROM job_items WHERE job_id = :job_id LIMIT :limit)
"""
DROP_BATCH = 2000  # items in one write: others wait for it


class SqliteJobRecords(JobRecords):
    """Jobs in the database; what a power cut takes of them, the log tells again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, job_id: str) -> JobRecord | None:
        """See JobReader."""
        return await self._database.read(lambda connection: _find(connection, job_id))

    async def items(self, job_id: str, *, start: int, limit: int) -> Sequence[JobItem]:
        """See JobReader."""

        def work(connection: sqlite3.Connection) -> Sequence[JobItem]:
            rows = connection.execute(
                "SELECT document FROM job_items WHERE job_id = ? AND position >= ?"
                " ORDER BY position LIMIT ?",
                (job_id, start, limit),
            ).fetchall()
            return [_ITEMS.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def failures(
        self, job_id: str, *, start: int, limit: int, code: str | None = None
    ) -> Sequence[JobItem]:
        """See JobReader."""
        asked = {"job_id": job_id, "start": start, "limit": limit, "code": code}

        def work(connection: sqlite3.Connection) -> Sequence[JobItem]:
            rows = connection.execute(_FAILURES, asked).fetchall()
            return [_ITEMS.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[JobRecord]:
        """See JobReader."""
        condition = "" if before is None else "WHERE job_id < :before "
        statement = f"SELECT document FROM jobs {condition}ORDER BY job_id DESC LIMIT :limit"  # noqa: S608 - two fixed texts

        def work(connection: sqlite3.Connection) -> Sequence[JobRecord]:
            rows = connection.execute(statement, {"before": before, "limit": limit}).fetchall()
            return [_JOBS.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def update(
        self, job_id: str, change: Callable[[JobRecord | None], JobRecord]
    ) -> JobRecord:
        """See JobRecords."""

        def work(connection: sqlite3.Connection) -> JobRecord:
            before = _find(connection, job_id)
            after = change(before)
            if after != before:
                _keep(connection, job_id, after)
            return after

        return await self._database.write(work, durable=False)

    async def update_item(
        self, job_id: str, position: int, change: Callable[[JobItem | None], JobItem]
    ) -> JobRecord:
        """See JobRecords. The item and the count change in one transaction."""

        def work(connection: sqlite3.Connection) -> JobRecord:
            before = _find_item(connection, job_id, position)
            after = change(before)
            job = _find(connection, job_id) or JobRecord(job_id=job_id)
            if after == before:
                return job
            failure = (after.failure_code or "") if after.status is Status.FAILED else None
            row = (job_id, position, _ITEMS.dump(after), failure)
            connection.execute("REPLACE INTO job_items VALUES (?, ?, ?, ?)", row)
            counted = job.counting(before, after)
            _keep(connection, job_id, counted)
            return counted

        return await self._database.write(work, durable=False)

    async def delete(self, job_id: str) -> None:
        """See JobRecords."""
        await self._database.execute("DELETE FROM jobs WHERE job_id = ?", (job_id,), durable=False)

        def work(connection: sqlite3.Connection) -> int:
            asked = {"job_id": job_id, "limit": DROP_BATCH}
            return connection.execute(_DROP_ITEMS, asked).rowcount

        while await self._database.write(work, durable=False):
            pass


def _keep(connection: sqlite3.Connection, job_id: str, job: JobRecord) -> None:
    connection.execute("REPLACE INTO jobs VALUES (?, ?)", (job_id, _JOBS.dump(job)))


def _find(connection: sqlite3.Connection, job_id: str) -> JobRecord | None:
    row = connection.execute("SELECT document FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
    return _JOBS.load(row[0]) if row else None


def _find_item(connection: sqlite3.Connection, job_id: str, position: int) -> JobItem | None:
    row = connection.execute(
        "SELECT document FROM job_items WHERE job_id = ? AND position = ?", (job_id, position)
    ).fetchone()
    return _ITEMS.load(row[0]) if row else None
