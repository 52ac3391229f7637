import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from calotype_core.adapters.documents import Documents
from calotype_core.adapters.sqlite import delivery_lines
from calotype_core.adapters.sqlite.columns import from_micros, to_micros
from calotype_core.adapters.sqlite.database import Database
from calotype_core.ports.deliveries import (
    Deliveries,
    Delivery,
    DeliveryState,
    Line,
    Replayed,
    Sought,
)

BATCH = 500  # deliveries in one write: others wait for it

_DELIVERIES = Documents(Delivery)
_ENDED = (DeliveryState.DELIVERED, DeliveryState.FAILED)
_INSERT = "INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_REPLACE = """
UPDATE deliveries SET state = ?, next_attempt_at = ?, document = ? WHERE delivery_id = ?
"""
# Named, since the planner might rather walk all of the endpoint's deliveries.
_DUE = """
SELECT document FROM deliveries INDEXED BY deliveries_due
WHERE endpoint = ? AND state = 'pending' AND next_attempt_at <= ?
ORDER BY next_attempt_at, delivery_id LIMIT ?
"""
_ENDED_SINCE = """
SELECT created_at, delivery_id, document FROM deliveries INDEXED BY deliveries_by_endpoint
WHERE endpoint = :endpoint AND state = '{}'
    AND (created_at, delivery_id) > (:created_at, :delivery_id)
ORDER BY created_at, delivery_id LIMIT :limit
"""
_NEWEST = """
SELECT created_at, delivery_id, document FROM deliveries INDEXED BY {}
WHERE {} ORDER BY created_at DESC, delivery_id DESC LIMIT :limit
"""
_DROP = """
DELETE FROM deliveries WHERE delivery_id IN
    (SELECT delivery_id FROM deliveries WHERE endpoint = ? LIMIT ?)
"""
_EXPIRE = """
DELETE FROM deliveries WHERE delivery_id IN
    (SELECT delivery_id FROM deliveries WHERE state = ? AND created_at < ? LIMIT ?)
"""
_Place = tuple[int, str]


class SqliteDeliveries(Deliveries):
    """Deliveries in the database; every change to one is durable, a hold of a line is not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def schedule(self, deliveries: Sequence[Delivery]) -> int:
        """See Deliveries."""
        fresh = 0
        for at in range(0, len(deliveries), BATCH):
            batch = deliveries[at : at + BATCH]
            fresh += await self._database.write(partial(_schedule, deliveries=batch), durable=True)
        return fresh

    async def get(self, delivery_id: str) -> Delivery | None:
        """See Deliveries."""
        return await self._database.read(lambda connection: _find(connection, delivery_id))

    async def newest(
        self, sought: Sought, *, limit: int, before: str | None = None
    ) -> Sequence[Delivery]:
        """See Deliveries."""

        def work(connection: sqlite3.Connection) -> Sequence[Delivery]:
            end = None if before is None else _find(connection, before)
            if before is not None and end is None:
                return []
            statement, values = _question(sought, limit, end)
            rows = connection.execute(statement, values).fetchall()
            return [_DELIVERIES.load(document) for *_, document in rows]

        return await self._database.read(work)

    async def take(
        self, now: datetime, *, holder: str, until: datetime, limit: int
    ) -> Sequence[Line]:
        """See Deliveries."""
        return await self._database.write(
            lambda connection: delivery_lines.take(connection, now, holder, until, limit),
            durable=False,
        )

    async def keep(self, line: Line, until: datetime) -> bool:
        """See Deliveries."""
        statement = "UPDATE delivery_lines SET due_at = ? WHERE endpoint = ? AND holder = ?"
        values = (to_micros(until), line.endpoint, line.holder)
        return await self._database.execute(statement, values, durable=False) > 0

    async def due(self, endpoint: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """See Deliveries."""

        def work(connection: sqlite3.Connection) -> Sequence[Delivery]:
            rows = connection.execute(_DUE, (endpoint, to_micros(now), limit)).fetchall()
            return [_DELIVERIES.load(document) for (document,) in rows]

        return await self._database.read(work)

    async def record(self, delivery: Delivery) -> None:
        """See Deliveries."""

        def work(connection: sqlite3.Connection) -> None:
            if known := _find(connection, delivery.delivery_id):
                _replace(connection, delivery.recorded_over(known))

        await self._database.write(work, durable=True)

    async def let_go(self, line: Line) -> None:
        """See Deliveries."""
        await self._database.write(
            lambda connection: delivery_lines.let_go(connection, line), durable=False
        )

    async def line(self, endpoint: str) -> Line | None:
        """See Deliveries."""
        return await self._database.read(
            lambda connection: delivery_lines.find(connection, endpoint)
        )

    async def wake(self, endpoint: str, now: datetime) -> None:
        """See Deliveries."""
        await self._database.write(
            lambda connection: delivery_lines.wake(connection, endpoint, now), durable=True
        )

    async def again(self, delivery_id: str, now: datetime) -> Delivery | None:
        """See Deliveries."""

        def work(connection: sqlite3.Connection) -> Delivery | None:
            known = _find(connection, delivery_id)
            return _send_again(connection, known, now) if known else None

        return await self._database.write(work, durable=True)

    async def again_since(
        self, endpoint: str, since: datetime, now: datetime, *, limit: int
    ) -> Replayed:
        """See Deliveries."""
        place: _Place | None = (to_micros(since), "")
        count = 0
        while place and count < limit:
            batch = min(BATCH, limit - count)
            place, done = await self._database.write(
                partial(_again_since, endpoint=endpoint, place=place, now=now, limit=batch),
                durable=True,
            )
            count += done
        goes_on_at = from_micros(place[0]) if place and count else None
        return Replayed(count=count, goes_on_at=goes_on_at)

    async def drop(self, endpoint: str) -> None:
        """See Deliveries."""

        def work(connection: sqlite3.Connection) -> int:
            delivery_lines.forget(connection, endpoint)
            return connection.execute(_DROP, (endpoint, BATCH)).rowcount

        await self._repeat(work, durable=True)

    async def expire(self, before: datetime) -> int:
        """See Deliveries."""
        end = to_micros(before)
        await self._repeat(
            lambda connection: delivery_lines.drop_idle(connection, end, BATCH), durable=False
        )
        return sum(
            [
                await self._repeat(partial(_expire, state=state, before=end), durable=False)
                for state in DeliveryState
            ]
        )

    async def _repeat(self, work: Callable[[sqlite3.Connection], int], *, durable: bool) -> int:
        """Write until there is nothing left to do, and return how much was done."""
        done = 0
        while fresh := await self._database.write(work, durable=durable):
            done += fresh
        return done


def _schedule(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> int:
    fresh = 0
    for one in deliveries:
        if connection.execute(_INSERT, _row(one)).rowcount:
            fresh += 1
            delivery_lines.make_due(connection, one.endpoint, to_micros(one.next_attempt_at))
        elif (known := _find(connection, one.delivery_id)) and known.state is DeliveryState.PENDING:
            delivery_lines.make_due(connection, known.endpoint, to_micros(known.next_attempt_at))
    return fresh


def _find(connection: sqlite3.Connection, delivery_id: str) -> Delivery | None:
    row = connection.execute(
        "SELECT document FROM deliveries WHERE delivery_id = ?", (delivery_id,)
    ).fetchone()
    return _DELIVERIES.load(row[0]) if row else None


def _replace(connection: sqlite3.Connection, delivery: Delivery) -> None:
    connection.execute(
        _REPLACE,
        (
            delivery.state,
            to_micros(delivery.next_attempt_at),
            _DELIVERIES.dump(delivery),
            delivery.delivery_id,
        ),
    )


def _send_again(connection: sqlite3.Connection, known: Delivery, now: datetime) -> Delivery:
    owed = known.owed_again(now)
    _replace(connection, owed)
    delivery_lines.make_due(connection, owed.endpoint, to_micros(now))
    return owed


def _again_since(
    connection: sqlite3.Connection, endpoint: str, place: _Place, now: datetime, limit: int
) -> tuple[_Place | None, int]:
    """Do so to some that stand behind the place; return where to go on, None at the end."""
    created_at, delivery_id = place
    statement = _merged([_ENDED_SINCE.format(state) for state in _ENDED], "ASC")
    values = {"endpoint": endpoint, "created_at": created_at, "delivery_id": delivery_id}
    rows = connection.execute(statement, {**values, "limit": limit}).fetchall()
    for *_, document in rows:
        _send_again(connection, _DELIVERIES.load(document), now)
    return (rows[-1][:2] if len(rows) == limit else None), len(rows)


def _expire(connection: sqlite3.Connection, state: DeliveryState, before: int) -> int:
    return connection.execute(_EXPIRE, (state, before, BATCH)).rowcount


def _question(
    sought: Sought, limit: int, end: Delivery | None
) -> tuple[str, Mapping[str, str | int | None]]:
    """Return the statement that finds the newest, and its values."""
    columns = ("endpoint", "event_type", "subject_id")
    given = {name: value for name in columns if (value := getattr(sought, name)) is not None}
    conditions = [f"{name} = :{name}" for name in given]
    values: dict[str, str | int | None] = {**given, "limit": limit}
    if end is not None:
        conditions.append("(created_at, delivery_id) < (:created_at, :delivery_id)")
        values |= {"created_at": to_micros(end.created_at), "delivery_id": end.delivery_id}
    index = _index_for(given)
    parts = [
        _NEWEST.format(index, " AND ".join([f"state = '{state.value}'", *conditions]))
        for state in ([sought.state] if sought.state else DeliveryState)
    ]
    return _merged(parts, "DESC"), values


def _index_for(given: Mapping[str, str]) -> str:
    if "subject_id" in given:
        return "deliveries_by_subject"  # there are few of one subject, whatever else is asked
    return "deliveries_by_" + ("_and_".join(given) or "state")


def _merged(parts: Sequence[str], order: str) -> str:
    """Return the statement whose rows are the first ones of all the parts, each of one state."""
    union = " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts)  # noqa: S608 - fixed texts
    return f"{union} ORDER BY created_at {order}, delivery_id {order} LIMIT :limit"


def _row(one: Delivery) -> tuple[str, str, str, str, str, int, int, str]:
    return (
        one.delivery_id,
        one.endpoint,
        one.state,
        one.event_type,
        one.subject_id,
        to_micros(one.next_attempt_at),
        to_micros(one.created_at),
        _DELIVERIES.dump(one),
    )
