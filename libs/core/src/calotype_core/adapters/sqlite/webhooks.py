import sqlite3
from collections.abc import Callable, Sequence

from calotype_core.adapters.documents import Documents
from calotype_core.adapters.sqlite.database import Database
from calotype_core.ports.webhooks import Webhook, Webhooks, WebhookState

_WEBHOOKS = Documents(Webhook)
_TOLD_OF = """
SELECT document FROM webhook_event_types JOIN webhooks USING (webhook_id)
WHERE event_type = ? ORDER BY webhook_id
"""


class SqliteWebhooks(Webhooks):
    """Webhooks in the database, and beside them who is told of what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, webhook: Webhook, *, most: int) -> bool:
        """See Webhooks."""

        def work(connection: sqlite3.Connection) -> bool:
            (known,) = connection.execute("SELECT count(*) FROM webhooks").fetchone()
            if known >= most:
                return False
            row = (webhook.webhook_id, _WEBHOOKS.dump(webhook))
            connection.execute("INSERT INTO webhooks VALUES (?, ?)", row)
            _tell_of(connection, webhook)
            return True

        return await self._database.write(work, durable=True)

    async def get(self, webhook_id: str) -> Webhook | None:
        """See Webhooks."""
        return await self._database.read(lambda connection: _find(connection, webhook_id))

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[Webhook]:
        """See Webhooks."""
        condition = "" if before is None else "WHERE webhook_id < :before "
        statement = (
            f"SELECT document FROM webhooks {condition}ORDER BY webhook_id DESC LIMIT :limit"  # noqa: S608 - two fixed texts
        )

        def work(connection: sqlite3.Connection) -> Sequence[Webhook]:
            rows = connection.execute(statement, {"before": before, "limit": limit}).fetchall()
            return [_WEBHOOKS.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def told_of(self, event_type: str) -> Sequence[Webhook]:
        """See Webhooks."""

        def work(connection: sqlite3.Connection) -> Sequence[Webhook]:
            rows = connection.execute(_TOLD_OF, (event_type,)).fetchall()
            return [_WEBHOOKS.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def update(self, webhook_id: str, change: Callable[[Webhook], Webhook]) -> Webhook | None:
        """See Webhooks."""

        def work(connection: sqlite3.Connection) -> Webhook | None:
            before = _find(connection, webhook_id)
            if before is None:
                return None
            after = change(before)
            connection.execute(
                "UPDATE webhooks SET document = ? WHERE webhook_id = ?",
                (_WEBHOOKS.dump(after), webhook_id),
            )
            _tell_of(connection, after)
            return after

        return await self._database.write(work, durable=True)

    async def delete(self, webhook_id: str) -> bool:
        """See Webhooks."""

        def work(connection: sqlite3.Connection) -> bool:
            _tell_of_nothing(connection, webhook_id)
            dropped = connection.execute(
                "DELETE FROM webhooks WHERE webhook_id = ?", (webhook_id,)
            ).rowcount
            return dropped > 0

        return await self._database.write(work, durable=True)


def _find(connection: sqlite3.Connection, webhook_id: str) -> Webhook | None:
    row = connection.execute(
        "SELECT document FROM webhooks WHERE webhook_id = ?", (webhook_id,)
    ).fetchone()
    return _WEBHOOKS.load(row[0]) if row else None


def _tell_of(connection: sqlite3.Connection, webhook: Webhook) -> None:
    _tell_of_nothing(connection, webhook.webhook_id)
    if webhook.state is not WebhookState.OFF:
        connection.executemany(
            "INSERT INTO webhook_event_types VALUES (?, ?)",
            [(event_type, webhook.webhook_id) for event_type in set(webhook.event_types)],
        )


def _tell_of_nothing(connection: sqlite3.Connection, webhook_id: str) -> None:
    connection.execute("DELETE FROM webhook_event_types WHERE webhook_id = ?", (webhook_id,))
