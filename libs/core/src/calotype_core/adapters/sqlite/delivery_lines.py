"""The lines that deliveries wait in, as rows: what the writer's thread does with them.

A line that is held is due when its hold is over, and nothing makes it due sooner: whoever lets go
of it looks at what waits, in the same transaction. One that rests is due after that. So the lines
that can be taken are the first ones by due_at, and no others have to be looked at.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from calotype_core.adapters.sqlite.columns import from_micros, to_micros
from calotype_core.ports.deliveries import Line

_MAKE_DUE = """
INSERT INTO delivery_lines (endpoint, due_at) VALUES (?, ?)
ON CONFLICT (endpoint) DO UPDATE
    SET due_at =
        max(min(coalesce(due_at, excluded.due_at), excluded.due_at), coalesce(rests_until, 0))
    WHERE holder IS NULL
"""
_DUE = """
SELECT endpoint, failures, failing_since, rests_until FROM delivery_lines
WHERE due_at <= ? ORDER BY due_at, endpoint LIMIT ?
"""
_HOLD = "UPDATE delivery_lines SET holder = ?, due_at = ?, woken = 0 WHERE endpoint = ?"
_FIND = """
SELECT holder, due_at, failures, failing_since, rests_until, woken FROM delivery_lines
WHERE endpoint = ?
"""
_FREE = """
UPDATE delivery_lines
SET holder = NULL, due_at = ?, failures = ?, failing_since = ?, rests_until = ? WHERE endpoint = ?
"""
_FIRST_DUE = """
SELECT min(next_attempt_at) FROM deliveries INDEXED BY deliveries_due
WHERE endpoint = ? AND state = 'pending'
"""
_WAKE = """
UPDATE delivery_lines SET failures = 0, failing_since = NULL, rests_until = NULL, woken = 1
WHERE endpoint = ?
"""
_DROP_IDLE = """
DELETE FROM delivery_lines WHERE endpoint IN (
    SELECT endpoint FROM delivery_lines
    WHERE due_at IS NULL AND max(coalesce(failing_since, 0), coalesce(rests_until, 0)) < ?
    LIMIT ?)
"""


def make_due(connection: sqlite3.Connection, endpoint: str, at: int) -> None:
    """Have the line be due then at the latest; it is made if it is not there."""
    connection.execute(_MAKE_DUE, (endpoint, at))


def take(
    connection: sqlite3.Connection, now: datetime, holder: str, until: datetime, limit: int
) -> Sequence[Line]:
    """See Deliveries."""
    due = connection.execute(_DUE, (to_micros(now), limit)).fetchall()
    connection.executemany(_HOLD, [(holder, to_micros(until), endpoint) for endpoint, *_ in due])
    return [
        Line(
            endpoint=endpoint,
            holder=holder,
            held_until=until,
            failures=failures,
            failing_since=_time(failing_since),
            rests_until=_time(rests_until),
        )
        for endpoint, failures, failing_since, rests_until in due
    ]


def find(connection: sqlite3.Connection, endpoint: str) -> Line | None:
    """See Deliveries.line."""
    row = connection.execute(_FIND, (endpoint,)).fetchone()
    if row is None:
        return None
    holder, due_at, failures, failing_since, rests_until, _ = row
    return Line(
        endpoint=endpoint,
        holder=holder,
        held_until=_time(due_at) if holder else None,
        failures=failures,
        failing_since=_time(failing_since),
        rests_until=_time(rests_until),
    )


def let_go(connection: sqlite3.Connection, line: Line) -> None:
    """See Deliveries."""
    row = connection.execute(_FIND, (line.endpoint,)).fetchone()
    if row is None or row[0] is None or row[0] != line.holder:
        return
    if row[-1]:  # woken
        line = Line(endpoint=line.endpoint)
    due_at = _first_due(connection, line.endpoint)
    if due_at is None and not line.memorable:
        forget(connection, line.endpoint)
        return
    rests_until = _micros(line.rests_until)
    if due_at is not None and rests_until is not None:
        due_at = max(due_at, rests_until)
    fares = (line.failures, _micros(line.failing_since), rests_until)
    connection.execute(_FREE, (due_at, *fares, line.endpoint))


def wake(connection: sqlite3.Connection, endpoint: str, now: datetime) -> None:
    """See Deliveries."""
    connection.execute(_WAKE, (endpoint,))
    if _first_due(connection, endpoint) is None:
        connection.execute(
            "DELETE FROM delivery_lines WHERE endpoint = ? AND holder IS NULL", (endpoint,)
        )
    else:
        make_due(connection, endpoint, to_micros(now))


def forget(connection: sqlite3.Connection, endpoint: str) -> None:
    """Forget the line, whoever holds it."""
    connection.execute("DELETE FROM delivery_lines WHERE endpoint = ?", (endpoint,))


def drop_idle(connection: sqlite3.Connection, before: int, limit: int) -> int:
    """Forget some lines in which nothing waits, and of which nothing later is remembered."""
    return connection.execute(_DROP_IDLE, (before, limit)).rowcount


def _first_due(connection: sqlite3.Connection, endpoint: str) -> int | None:
    first: int | None = connection.execute(_FIRST_DUE, (endpoint,)).fetchone()[0]
    return first


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _micros(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)
