"""What happened lately, kept in memory: whoever lost the connection is told what was missed."""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from calotype_core import codec
from calotype_notifier.place import MARGIN, Place, unix_ms

_BESIDES_BYTES = 800  # of an event's ids, place and objects, beside its encoded bytes
_READY_SECONDS = 10.0  # that a client waits for what was there when this process began


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """An event as it came from the log, still encoded, and what it is about."""

    place: Place
    kind: str
    value: bytes
    image_id: str | None
    job_id: str | None

    @property
    def subjects(self) -> Sequence[str]:
        """Whose outcome it is: an image's, and its job's; nobody's where it is no outcome."""
        return [one for one in (self.image_id, self.job_id) if one] if self.image_id else ()

    @property
    def headers(self) -> Mapping[str, str]:
        """What decoding needs to know besides the bytes; see codec.Encoded."""
        return {codec.KIND: self.kind}

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return len(self.value) + _BESIDES_BYTES


class History:
    """The last events that this process has heard: numbered as they came, bounded in bytes.

    It covers the time since a moment, once ready; what is forgotten moves that moment on.
    """

    def __init__(self, *, most_bytes: int, since: datetime) -> None:
        self._most_bytes = most_bytes
        self._covered_ms = unix_ms(since)
        self._kept: list[Heard] = []
        self._latest: list[int] = []  # the latest time of each and all before it: ascending
        self._forgotten = 0  # of these at the lists' beginning; dropped now and then
        self._first = 0  # the number of the lists' first
        self._bytes = 0
        self._outcomes: defaultdict[str, list[int]] = defaultdict(list)  # numbers, by subject
        self._ready = asyncio.Event()

    def add(self, heard: Heard) -> None:
        """Keep what was heard, and forget the oldest where that is too much."""
        latest = max(heard.place.at_ms, self.latest_ms or 0)
        for subject in heard.subjects:
            self._outcomes[subject].append(self.end)
        self._kept.append(heard)
        self._latest.append(latest)
        self._bytes += heard.size_bytes
        while self._bytes > self._most_bytes:
            self._forget_one()
        if self._forgotten * 2 > len(self._kept):
            self._first += self._forgotten
            del self._kept[: self._forgotten], self._latest[: self._forgotten]
            self._forgotten = 0

    def _forget_one(self) -> None:
        oldest = self._kept[self._forgotten]
        self._bytes -= oldest.size_bytes
        for subject in oldest.subjects:
            del self._outcomes[subject][0]
            if not self._outcomes[subject]:
                del self._outcomes[subject]
        self._covered_ms = max(self._covered_ms, oldest.place.at_ms + 1)
        self._forgotten += 1

    def is_ready(self) -> None:
        """Note that all that was in the log when this process began has been heard."""
        self._ready.set()

    async def ready(self) -> bool:
        """Return whether everything since the moment is here, having waited a while for it."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            return False
        return True

    @property
    def latest_ms(self) -> int | None:
        """The latest time of what was heard, by the log's clock; None before there is any."""
        return self._latest[-1] if self._latest else None

    @property
    def start(self) -> int:
        """The number of the oldest that is kept."""
        return self._first + self._forgotten

    @property
    def end(self) -> int:
        """The number that the next one will have."""
        return self._first + len(self._kept)

    def covers(self, place: Place) -> bool:
        """Return whether all that may have been missed since that place is here."""
        margin_ms = MARGIN // timedelta(milliseconds=1)
        return self._ready.is_set() and place.at_ms - margin_ms >= self._covered_ms

    def number_after(self, place: Place) -> int:
        """Return a number that nothing which follows the place is below."""
        margin_ms = MARGIN // timedelta(milliseconds=1)
        at = bisect_left(self._latest, place.at_ms - margin_ms, lo=self._forgotten)
        return self._first + at

    def __getitem__(self, number: int) -> Heard:
        """Return what was heard under that number, from start on and below end."""
        return self._kept[number - self._first]

    def outcomes_of(self, subject_id: str) -> Sequence[int]:
        """Return the numbers of the outcomes that are kept of an image, or of a job's images."""
        return self._outcomes.get(subject_id, ())

    def newest_first(self) -> Iterator[Heard]:
        """Yield what is kept, from the newest back; nothing may be added meanwhile."""
        for at in range(len(self._kept) - 1, self._forgotten - 1, -1):
            yield self._kept[at]
