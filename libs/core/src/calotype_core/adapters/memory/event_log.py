import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

from calotype_core.adapters.local.log_readers import LocalEventLog, Positions
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import Message, Partition, Record
from calotype_core.topology import RETENTION


class MemoryEventLog(LocalEventLog):
    """The log as lists, gone with the process; its size is bounded by calling expire."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._next_offset = 1
        self._records: defaultdict[str, list[Record]] = defaultdict(list)
        self._committed: defaultdict[str, dict[str, int]] = defaultdict(dict)

    @property
    def known_end(self) -> int:
        """See LocalEventLog."""
        return self._next_offset

    async def append(self, messages: Sequence[Message]) -> None:
        """See EventLog."""
        now = self._clock.now()
        for one in messages:
            self._records[one.topic].append(self._placed(one, now))
        self.wake({one.topic for one in messages})

    async def read(self, positions: Positions, limit: int) -> Sequence[Record]:
        """See LocalEventLog."""
        lanes = [
            islice(self._records[topic], self._index(topic, position), None)
            for topic, position in positions.items()
        ]
        return list(islice(heapq.merge(*lanes, key=_offset), limit))

    async def count(self, positions: Positions) -> Mapping[str, int]:
        """See LocalEventLog."""
        return {
            topic: len(self._records[topic]) - self._index(topic, position)
            for topic, position in positions.items()
        }

    async def committed(self, group: str, topics: Sequence[str]) -> Positions:
        """See LocalEventLog."""
        known = self._committed[group]
        return {topic: known.get(topic, 0) for topic in topics}

    async def commit(self, group: str, positions: Positions) -> None:
        """See LocalEventLog."""
        self._committed[group].update(positions)

    async def end(self) -> int:
        """See LocalEventLog."""
        return self._next_offset

    async def first_since(self, since: datetime) -> int:
        """See LocalEventLog."""
        lanes = self._records.values()
        places = [(lane, bisect_left(lane, since, key=_appended_at)) for lane in lanes]
        found = (lane[at].offset for lane, at in places if at < len(lane))
        return min(found, default=self._next_offset)

    async def expire(self, now: datetime) -> int:
        """Drop the records that are older than their topic is kept, read or not; tell how many."""
        dropped = 0
        for topic, kept in RETENTION.items():
            records = self._records[topic]
            fresh = [record for record in records if record.appended_at >= now - kept]
            dropped += len(records) - len(fresh)
            self._records[topic] = fresh
        return dropped

    def _placed(self, message: Message, now: datetime) -> Record:
        offset = self._next_offset
        self._next_offset += 1
        return Record(
            partition=Partition(message.topic, 0),
            offset=offset,
            key=message.key,
            value=message.value,
            headers=dict(message.headers),
            appended_at=now,
        )

    def _index(self, topic: str, position: int) -> int:
        return bisect_left(self._records[topic], position, key=_offset)


def _offset(record: Record) -> int:
    return record.offset


def _appended_at(record: Record) -> datetime:
    return record.appended_at
