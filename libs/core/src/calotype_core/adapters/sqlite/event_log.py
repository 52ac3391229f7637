import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from calotype_core.adapters.local.log_readers import LocalEventLog, Positions
from calotype_core.adapters.sqlite.columns import from_micros, to_micros
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.recent import Recent
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import Message, Partition, Record
from calotype_core.topology import RETENTION

EXPIRE_BATCH = 5000  # records dropped in one go, so that expiry never holds up the writers for long

_APPEND = "INSERT INTO log_records (topic, key, value, headers, appended_at) VALUES (?, ?, ?, ?, ?)"
# The offsets are chosen from the index alone; only records that are handed out are read whole.
_OF_ONE_TOPIC = (
    'SELECT * FROM (SELECT "offset" FROM log_records'
    ' WHERE topic = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?)'
)
_READ = (
    'SELECT "offset", topic, key, value, headers, appended_at FROM log_records'
    ' WHERE "offset" IN (SELECT "offset" FROM ({}) ORDER BY "offset" LIMIT ?) ORDER BY "offset"'
)
_EXTENT = 'SELECT coalesce(min("offset"), 1), coalesce(max("offset"), 0) + 1 FROM log_records'
_NEXT = (
    'SELECT "offset", appended_at FROM log_records WHERE "offset" >= ? ORDER BY "offset" LIMIT 1'
)
_OLDEST_KEPT = (
    'SELECT "offset" FROM log_records WHERE topic = ? AND appended_at >= ?'
    ' ORDER BY "offset" LIMIT 1'
)
_DROP = (
    'DELETE FROM log_records WHERE "offset" IN (SELECT "offset" FROM log_records'
    ' WHERE topic = ? AND "offset" < ? ORDER BY "offset" LIMIT ?)'
)

_encode = msgspec.json.Encoder().encode
_HEADERS = msgspec.json.Decoder(dict[str, str])


class SqliteEventLog(LocalEventLog):
    """The log as a table. Offsets count over all topics, so that a topic's have gaps.

    Appends are durable; commits are not by themselves: after a power cut, records that were
    committed in its last moments come again.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__()
        self._database = database
        self._clock = clock
        self._recent = Recent()

    @property
    def known_end(self) -> int:
        """See LocalEventLog."""
        return self._recent.end

    async def append(self, messages: Sequence[Message]) -> None:
        """See EventLog."""
        if not messages:
            return
        now = to_micros(self._clock.now())
        rows = [
            (one.topic, one.key, one.value, _encode(dict(one.headers)).decode(), now)
            for one in messages
        ]
        offsets: list[int] = []

        def insert(connection: sqlite3.Connection) -> None:
            offsets.extend(connection.execute(_APPEND, row).lastrowid or 0 for row in rows)

        def hand_over() -> None:  # also where our caller is cancelled meanwhile
            placed = zip(offsets, rows, strict=True)
            self._recent.add([_record((offset, *row)) for offset, row in placed])
            self.wake({one.topic for one in messages})

        await self._database.write(insert, durable=True, on_commit=hand_over)

    async def read(self, positions: Positions, limit: int) -> Sequence[Record]:
        """See LocalEventLog."""
        if not positions:
            return ()
        if (recent := self._recent.read(positions, limit)) is not None:
            return recent
        statement = _READ.format(" UNION ALL ".join([_OF_ONE_TOPIC] * len(positions)))
        places = [(topic, position, limit) for topic, position in positions.items()]
        values = [value for place in places for value in place] + [limit]

        def work(connection: sqlite3.Connection) -> Sequence[Record]:
            return [_record(row) for row in connection.execute(statement, values).fetchall()]

        return await self._database.read(work)

    async def count(self, positions: Positions) -> Mapping[str, int]:
        """See LocalEventLog."""
        statement = 'SELECT count(*) FROM log_records WHERE topic = ? AND "offset" >= ?'

        def work(connection: sqlite3.Connection) -> Mapping[str, int]:
            return {
                topic: connection.execute(statement, (topic, position)).fetchone()[0]
                for topic, position in positions.items()
            }

        return await self._database.read(work)

    async def committed(self, group: str, topics: Sequence[str]) -> Positions:
        """See LocalEventLog."""

        def work(connection: sqlite3.Connection) -> Positions:
            known = dict(
                connection.execute(
                    'SELECT topic, position FROM log_groups WHERE "group" = ?', (group,)
                ).fetchall()
            )
            return {topic: known.get(topic, 0) for topic in topics}

        return await self._database.read(work)

    async def commit(self, group: str, positions: Positions) -> None:
        """See LocalEventLog."""
        rows = [(group, topic, position) for topic, position in positions.items()]
        statement = "REPLACE INTO log_groups VALUES (?, ?, ?)"
        await self._database.write(
            lambda connection: connection.executemany(statement, rows).rowcount, durable=False
        )

    async def end(self) -> int:
        """See LocalEventLog."""

        def work(connection: sqlite3.Connection) -> int:
            row = connection.execute('SELECT max("offset") FROM log_records').fetchone()
            return (row[0] or 0) + 1

        return await self._database.read(work)

    async def first_since(self, since: datetime) -> int:
        """See LocalEventLog."""
        moment = to_micros(since)

        def work(connection: sqlite3.Connection) -> int:
            # Records stand in order of time, so that a bisection needs no index of times.
            low, high = connection.execute(_EXTENT).fetchone()
            while low < high:
                middle = (low + high) // 2
                offset, appended_at = connection.execute(_NEXT, (middle,)).fetchone()
                low, high = (low, middle) if appended_at >= moment else (offset + 1, high)
            return int(low)

        return await self._database.read(work)

    async def expire(self, now: datetime) -> int:
        """Drop the records that are older than their topic is kept, read or not; tell how many."""
        dropped = sum(
            [await self._expire_topic(topic, now - kept) for topic, kept in RETENTION.items()]
        )
        if dropped:
            self._recent = Recent()  # some of these may be among them
        return dropped

    async def _expire_topic(self, topic: str, before: datetime) -> int:
        stop = await self._first_kept(topic, before)
        dropped = 0
        while fresh := await self._database.execute(
            _DROP, (topic, stop, EXPIRE_BATCH), durable=False
        ):
            dropped += fresh
        return dropped

    async def _first_kept(self, topic: str, before: datetime) -> int:
        end = await self.end()

        def work(connection: sqlite3.Connection) -> int:
            # Records stand in order of time, so that this looks at no more than will be dropped.
            row = connection.execute(_OLDEST_KEPT, (topic, to_micros(before))).fetchone()
            return row[0] if row else end

        return await self._database.read(work)


def _record(row: tuple[int, str, str, bytes, str, int]) -> Record:
    offset, topic, key, value, headers, appended_at = row
    return Record(
        partition=Partition(topic, 0),
        offset=offset,
        key=key,
        value=value,
        headers=_HEADERS.decode(headers),
        appended_at=from_micros(appended_at),
    )
