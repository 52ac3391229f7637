import sqlite3
from datetime import datetime

from calotype_core.adapters.sqlite.columns import from_micros, to_micros
from calotype_core.adapters.sqlite.database import Database
from calotype_core.ports.idempotency import Claim, IdempotencyKeys


class SqliteIdempotencyKeys(IdempotencyKeys):
    """Claims in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, claim: Claim) -> Claim:
        """See IdempotencyKeys."""
        row = (
            claim.key,
            claim.fingerprint,
            claim.subject_id,
            to_micros(claim.claimed_at),
            claim.answer,
        )

        def work(connection: sqlite3.Connection) -> Claim:
            connection.execute(
                "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row
            )
            return _holder(connection, claim.key) or claim

        return await self._database.write(work, durable=True)

    async def answer(self, key: str, answer: str) -> None:
        """See IdempotencyKeys."""
        await self._database.execute(
            "UPDATE idempotency_keys SET answer = ? WHERE key = ?", (answer, key), durable=False
        )

    async def get(self, key: str) -> Claim | None:
        """See IdempotencyKeys."""
        return await self._database.read(lambda connection: _holder(connection, key))

    async def expire(self, before: datetime) -> int:
        """See IdempotencyKeys."""
        return await self._database.execute(
            "DELETE FROM idempotency_keys WHERE claimed_at < ?",
            (to_micros(before),),
            durable=False,
        )


def _holder(connection: sqlite3.Connection, key: str) -> Claim | None:
    row = connection.execute(
        "SELECT fingerprint, subject_id, claimed_at, answer FROM idempotency_keys WHERE key = ?",
        (key,),
    ).fetchone()
    if row is None:
        return None
    fingerprint, subject_id, claimed_at, answer = row
    return Claim(
        key=key,
        fingerprint=fingerprint,
        subject_id=subject_id,
        claimed_at=from_micros(claimed_at),
        answer=answer,
    )
