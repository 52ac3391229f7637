from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice

from calotype_core.adapters.local.log_readers import Positions
from calotype_core.ports.event_log import Record

KEPT = 256  # records; readers that have fallen further behind read the table


class Recent:
    """The last records that this process has appended, in the order of their offsets.

    Nobody else appends, so that from the first of them on nothing is missing, in any topic.
    """

    def __init__(self) -> None:
        self._records: list[Record] = []

    @property
    def end(self) -> int:
        """An offset above every record that this process has appended; 0 before there is one."""
        return self._records[-1].offset + 1 if self._records else 0

    def add(self, records: Sequence[Record]) -> None:
        """Keep what was committed, and forget the oldest."""
        self._records = [*self._records, *records][-KEPT:]

    def read(self, positions: Positions, limit: int) -> Sequence[Record] | None:
        """Return up to limit records from these positions on; None where that is too far back."""
        first = min(positions.values())
        if not self._records or first < self._records[0].offset:
            return None
        at = bisect_left(self._records, first, key=lambda one: one.offset)
        wanted = (
            one
            for one in islice(self._records, at, None)
            if one.offset >= positions.get(one.partition.topic, one.offset + 1)
        )
        return list(islice(wanted, limit))
