import sqlite3
from collections.abc import Callable, Sequence

from calotype_core.adapters.documents import Documents
from calotype_core.adapters.sqlite.database import Database
from calotype_core.domain.image import ImageRecord
from calotype_core.ports.image_records import ImageRecords

_IMAGES = Documents(ImageRecord)


class SqliteImageRecords(ImageRecords):
    """Images in the database; what a power cut takes of them, the log tells again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, image_id: str) -> ImageRecord | None:
        """See ImageReader."""
        return await self._database.read(lambda connection: _find(connection, image_id))

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[ImageRecord]:
        """See ImageReader."""
        condition = "" if before is None else "WHERE image_id < :before "
        statement = f"SELECT document FROM images {condition}ORDER BY image_id DESC LIMIT :limit"  # noqa: S608 - two fixed texts

        def work(connection: sqlite3.Connection) -> Sequence[ImageRecord]:
            rows = connection.execute(statement, {"before": before, "limit": limit}).fetchall()
            return [_IMAGES.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def by_filename(self, filename: str) -> ImageRecord | None:
        """See ImageReader."""

        def work(connection: sqlite3.Connection) -> ImageRecord | None:
            row = connection.execute(
                "SELECT document FROM images WHERE filename = ? ORDER BY image_id DESC LIMIT 1",
                (filename,),
            ).fetchone()
            return _IMAGES.load(row[0]) if row else None

        return await self._database.read(work)

    async def update(
        self, image_id: str, change: Callable[[ImageRecord | None], ImageRecord]
    ) -> ImageRecord:
        """See ImageRecords."""

        def work(connection: sqlite3.Connection) -> ImageRecord:
            before = _find(connection, image_id)
            after = change(before)
            if after != before:
                row = (image_id, after.filename, _IMAGES.dump(after))
                connection.execute("REPLACE INTO images VALUES (?, ?, ?)", row)
            return after

        return await self._database.write(work, durable=False)

    async def delete(self, image_id: str) -> None:
        """See ImageRecords."""
        await self._database.execute(
            "DELETE FROM images WHERE image_id = ?", (image_id,), durable=False
        )


def _find(connection: sqlite3.Connection, image_id: str) -> ImageRecord | None:
    row = connection.execute(
        "SELECT document FROM images WHERE image_id = ?", (image_id,)
    ).fetchone()
    return _IMAGES.load(row[0]) if row else None
