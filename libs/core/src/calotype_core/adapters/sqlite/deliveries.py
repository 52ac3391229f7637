import sqlite3
from collections.abc import Sequence
from datetime import datetime

from calotype_core.adapters.documents import Documents
from calotype_core.adapters.sqlite.columns import to_micros
from calotype_core.adapters.sqlite.database import Database
from calotype_core.ports.deliveries import Deliveries, Delivery

_DELIVERIES = Documents(Delivery)


class SqliteDeliveries(Deliveries):
    """Deliveries in the database; every change to one is durable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def schedule(self, delivery: Delivery) -> bool:
        """See Deliveries."""
        statement = "INSERT INTO deliveries VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return await self._database.execute(statement, _row(delivery), durable=True) > 0

    async def get(self, delivery_id: str) -> Delivery | None:
        """See Deliveries."""

        def work(connection: sqlite3.Connection) -> Delivery | None:
            row = connection.execute(
                "SELECT document FROM deliveries WHERE delivery_id = ?", (delivery_id,)
            ).fetchone()
            return _DELIVERIES.load(row[0]) if row else None

        return await self._database.read(work)

    async def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """See Deliveries."""

        def work(connection: sqlite3.Connection) -> Sequence[Delivery]:
            rows = connection.execute(
                "SELECT document FROM deliveries WHERE state = 'pending' AND next_attempt_at <= ?"
                " ORDER BY next_attempt_at, delivery_id LIMIT ?",
                (to_micros(now), limit),
            ).fetchall()
            return [_DELIVERIES.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def record(self, delivery: Delivery) -> None:
        """See Deliveries."""
        await self._database.execute(
            "REPLACE INTO deliveries VALUES (?, ?, ?, ?)", _row(delivery), durable=True
        )


def _row(delivery: Delivery) -> tuple[str, str, int, str]:
    return (
        delivery.delivery_id,
        delivery.state,
        to_micros(delivery.next_attempt_at),
        _DELIVERIES.dump(delivery),
    )
