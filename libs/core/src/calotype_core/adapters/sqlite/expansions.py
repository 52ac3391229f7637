import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from calotype_core.adapters.documents import Documents
from calotype_core.adapters.sqlite.columns import to_micros
from calotype_core.adapters.sqlite.database import Database
from calotype_core.domain.expansion import Expansion
from calotype_core.ports.expansions import Expansions

_EXPANSIONS = Documents(Expansion)
_OPEN = """
INSERT INTO expansions (held_until, closed_at, document, job_id, generation, turn)
VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING
"""
_SWAP = """
UPDATE expansions SET held_until = ?, closed_at = ?, document = ?,
    turn = (SELECT max(turn) + 1 FROM expansions WHERE closed_at IS NULL)
WHERE job_id = ? AND generation = ?
"""


class SqliteExpansions(Expansions):
    """Expansions in the database; what a power cut takes of them, the log tells again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, expansion: Expansion) -> None:
        """See Expansions."""
        await self._database.execute(_OPEN, _row(expansion), durable=False)

    async def pending(self, now: datetime, *, limit: int) -> Sequence[Expansion]:
        """See Expansions."""

        def work(connection: sqlite3.Connection) -> Sequence[Expansion]:
            rows = connection.execute(
                "SELECT document FROM expansions WHERE closed_at IS NULL"
                " AND (held_until IS NULL OR held_until <= ?)"
                " ORDER BY turn, job_id, generation LIMIT ?",
                (to_micros(now), limit),
            ).fetchall()
            return [_EXPANSIONS.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def swap(self, before: Expansion, after: Expansion) -> Expansion | None:
        """See Expansions."""

        def work(connection: sqlite3.Connection) -> Expansion | None:
            row = connection.execute(
                "SELECT document FROM expansions WHERE job_id = ? AND generation = ?",
                (before.job_id, before.generation),
            ).fetchone()
            known = _EXPANSIONS.load(row[0]) if row else None
            if known is None or known.revision != before.revision:
                return None
            kept = known.moved_to(after)
            connection.execute(_SWAP, _row(kept))
            return kept

        return await self._database.write(work, durable=False)

    async def cancel(self, job_id: str) -> bool:
        """See Expansions."""

        def work(connection: sqlite3.Connection) -> bool:
            rows = connection.execute(
                "SELECT document FROM expansions WHERE job_id = ? AND closed_at IS NULL", (job_id,)
            ).fetchall()
            for (document,) in rows:
                marked = replace(_EXPANSIONS.load(document), cancelled=True)
                connection.execute(
                    "UPDATE expansions SET document = ? WHERE job_id = ? AND generation = ?",
                    (_EXPANSIONS.dump(marked), job_id, marked.generation),
                )
            return bool(rows)

        return await self._database.write(work, durable=False)

    async def expire(self, before: datetime) -> int:
        """See Expansions."""
        return await self._database.execute(
            "DELETE FROM expansions WHERE closed_at < ?", (to_micros(before),), durable=False
        )


def _row(one: Expansion) -> tuple[int | None, int | None, str, str, int]:
    return (
        _micros(one.held_until),
        _micros(one.closed_at),
        _EXPANSIONS.dump(one),
        one.job_id,
        one.generation,
    )


def _micros(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)
