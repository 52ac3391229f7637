"""Where in the log an event stands, as clients are told it: enough to go on from at any replica."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calotype_core import topology
from calotype_core.errors import MalformedRequestError
from calotype_core.ports.event_log import Record

LANES = {
    topology.IMAGES_FINISHED: "i",
    topology.BULK_FINISHED: "b",
    topology.JOBS_FINISHED: "j",
}
JOBS = LANES[topology.JOBS_FINISHED]
# Places that no event stands at: a moment of the log, and what a job's record tells of its end.
MOMENT, RECORD = "t", "r"
# Lanes are read at the same time: what another one has from so long ago may still be to come.
MARGIN = timedelta(seconds=5)
_TEXT = re.compile(r"(\d{1,15})-([bijrt])(\d{1,6})-(\d{1,19})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_999  # the end of the year 9999


class MalformedEventIdError(MalformedRequestError):
    """The text is no id of an event: none that was ever told."""

    code = "malformed_event_id"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A moment by the log's clock, in Unix milliseconds, and an offset in a lane of the log."""

    at_ms: int
    lane: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.at_ms}-{self.lane}{self.partition}-{self.offset}"

    def is_followed_by(self, other: "Place") -> bool:
        """Return whether whoever has seen what stands here may have missed what stands there.

        Within a partition offsets decide; across them time, with a margin: some is told twice.
        """
        if (self.lane, self.partition) == (other.lane, other.partition):
            return other.offset > self.offset
        return other.at_ms >= self.at_ms - MARGIN // timedelta(milliseconds=1)


def place_of(record: Record) -> Place:
    """Return where a record of a topic that is followed stands."""
    return Place(
        at_ms=unix_ms(record.appended_at),
        lane=LANES[record.partition.topic],
        partition=record.partition.number,
        offset=record.offset,
    )


def parse_place(text: str) -> Place:
    """Return the place that an event's id tells; raises MalformedEventIdError."""
    if match := _TEXT.fullmatch(text):
        at_ms, lane, partition, offset = match.groups()
        place = Place(at_ms=int(at_ms), lane=lane, partition=int(partition), offset=int(offset))
        if str(place) == text and place.at_ms <= _LATEST_MS:
            return place
    raise MalformedEventIdError(
        f"{text[:80]!r} is no event's id: send the last one that you were told, as it was told, or"
        " none to begin with the present."
    )


def unix_ms(moment: datetime) -> int:
    """Return the whole milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
