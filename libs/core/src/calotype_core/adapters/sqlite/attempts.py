import sqlite3

from calotype_core.adapters.sqlite.database import Database
from calotype_core.domain.image import Failure
from calotype_core.ports.attempts import Attempt, Attempts


class SqliteAttempts(Attempts):
    """A ledger of attempts in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, event_id: str) -> Attempt:
        """See Attempts."""

        def work(connection: sqlite3.Connection) -> Attempt:
            row = connection.execute(
                "SELECT number, code, message FROM attempts WHERE event_id = ?", (event_id,)
            ).fetchone()
            number, code, message = row or (0, None, "")
            # The failure is told once: where this attempt dies, the next one hears of no cause.
            connection.execute(
                "REPLACE INTO attempts VALUES (?, ?, NULL, NULL)", (event_id, number + 1)
            )
            failure = None if code is None else Failure(code=code, message=message)
            return Attempt(number=number + 1, last_failure=failure)

        return await self._database.write(work, durable=False)

    async def failed(self, event_id: str, failure: Failure) -> None:
        """See Attempts."""
        await self._database.execute(
            "UPDATE attempts SET code = ?, message = ? WHERE event_id = ?",
            (failure.code, failure.message, event_id),
            durable=False,
        )

    async def forget(self, event_id: str) -> None:
        """See Attempts."""
        await self._database.execute(
            "DELETE FROM attempts WHERE event_id = ?", (event_id,), durable=False
        )
