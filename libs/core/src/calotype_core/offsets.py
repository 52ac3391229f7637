"""How far a commit may go while many records are in flight at once."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from calotype_core.ports.event_log import Partition


@dataclass(slots=True)
class _Lane:
    begun: deque[int] = field(default_factory=deque)  # in order, from the lowest unfinished one
    finished: set[int] = field(default_factory=set)  # those of begun that need wait no longer
    position: int | None = None  # the next offset to read after the last one that may be committed


class OffsetWindow:
    """The records that a member has begun. A commit never passes one that is unfinished.

    Offsets of a partition are begun in ascending order (gaps are allowed) and finished in any.
    """

    def __init__(self) -> None:
        self._lanes: dict[Partition, _Lane] = {}
        self._committed: dict[Partition, int] = {}
        self.in_flight = 0

    def begin(self, partition: Partition, offset: int) -> None:
        """Remember that work on this record has begun."""
        self._lanes.setdefault(partition, _Lane()).begun.append(offset)
        self.in_flight += 1

    def finish(self, partition: Partition, offset: int) -> None:
        """Remember that this record's work, and what it announces, is durable."""
        lane = self._lanes[partition]
        lane.finished.add(offset)
        self.in_flight -= 1
        while lane.begun and lane.begun[0] in lane.finished:
            lane.finished.remove(lane.begun[0])
            lane.position = lane.begun.popleft() + 1

    def committable(self) -> Mapping[Partition, int]:
        """Return, per partition that has moved, the next offset that the group has to read."""
        return {
            partition: lane.position
            for partition, lane in self._lanes.items()
            if lane.position is not None and lane.position != self._committed.get(partition)
        }

    def committed(self, positions: Mapping[Partition, int]) -> None:
        """Remember what has been committed."""
        self._committed.update(positions)

    @property
    def partitions(self) -> Collection[Partition]:
        """Every partition that something was begun of."""
        return tuple(self._lanes)

    def forget(self, partitions: Collection[Partition]) -> None:
        """Forget these: they are another member's, or will be read again from what is committed."""
        for partition in partitions:
            lane = self._lanes.pop(partition, _Lane())
            self.in_flight -= len(lane.begun) - len(lane.finished)
            self._committed.pop(partition, None)
