"""What the logs of a single process share: groups of one member, tails, and waking who waits."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import (
    EventLog,
    Message,
    Partition,
    Record,
    Revoked,
    Subscription,
    Tail,
)

Positions = Mapping[str, int]


class LocalEventLog(EventLog, ABC):
    """A log whose every reader lives in this process. Each topic is one partition, number 0.

    Who waits for records is woken by the append, on the event loop; nothing polls. A group has one
    member at a time, which is enough where there is one process; a second one gets Unavailable.
    """

    def __init__(self) -> None:
        self._listening: dict[asyncio.Event, frozenset[str]] = {}
        self._members: set[str] = set()

    @abstractmethod
    async def append(self, messages: Sequence[Message]) -> None:
        """See EventLog; calls wake once the messages can be read."""

    @abstractmethod
    async def read(self, positions: Positions, limit: int) -> Sequence[Record]:
        """Return up to limit records of the topics, each from its position on, by offset."""

    @abstractmethod
    async def count(self, positions: Positions) -> Mapping[str, int]:
        """Return how many records each topic has from its position on."""

    @abstractmethod
    async def committed(self, group: str, topics: Sequence[str]) -> Positions:
        """Return the group's position in each topic, 0 where it has committed none."""

    @abstractmethod
    async def commit(self, group: str, positions: Positions) -> None:
        """Remember the group's positions."""

    @property
    @abstractmethod
    def known_end(self) -> int:
        """An offset that every record which can be read now is below, as far as is known."""

    @abstractmethod
    async def end(self) -> int:
        """Return an offset above every record that is in the log, and at most the next one's."""

    @abstractmethod
    async def first_since(self, since: datetime) -> int:
        """Return an offset that no record which was appended from then on is below."""

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, revoked: Revoked | None = None
    ) -> AsyncIterator[Subscription]:
        """See EventLog. The one member keeps everything, so that nothing is ever revoked."""
        if group in self._members:
            raise Unavailable(
                f"The group {group!r} has a member already, and a log of one process takes one: "
                "leave that subscription first."
            )
        self._members.add(group)
        try:
            with self.listening(topics) as woken:
                positions = await self.committed(group, topics)
                yield LocalSubscription(self, group, positions, woken)
        finally:
            self._members.discard(group)

    @asynccontextmanager
    async def tail(
        self, topics: Sequence[str], *, since: datetime | None = None
    ) -> AsyncIterator[Tail]:
        """See EventLog."""
        with self.listening(topics) as woken:
            start = await (self.end() if since is None else self.first_since(since))
            yield LocalReader(self, dict.fromkeys(topics, start), woken)

    def wake(self, topics: Iterable[str]) -> None:
        """Wake the readers that wait for one of these topics."""
        fresh = frozenset(topics)
        for woken, wanted in self._listening.items():
            if not wanted.isdisjoint(fresh):
                woken.set()

    @contextmanager
    def listening(self, topics: Iterable[str]) -> Iterator[asyncio.Event]:
        """Give an event that is set at each append to one of the topics, and to begin with."""
        woken = asyncio.Event()
        woken.set()
        self._listening[woken] = frozenset(topics)
        try:
            yield woken
        finally:
            del self._listening[woken]


class LocalReader(Tail):
    """A place in the log that moves on with each poll.

    woken is set where there may be something to read: with nothing new, nothing is looked up.
    """

    def __init__(self, log: LocalEventLog, positions: Positions, woken: asyncio.Event) -> None:
        self._log = log
        self._positions = dict(positions)
        self._woken = woken
        self._turn = asyncio.Lock()
        self._caught_up = False

    @property
    def caught_up(self) -> bool:
        """See Tail."""
        return self._caught_up

    async def poll(self, limit: int, wait_seconds: float) -> Sequence[Record]:
        """See Tail. A poll that is cancelled has handed out nothing: its records come next."""
        deadline = asyncio.get_running_loop().time() + wait_seconds
        while await _before(deadline, self._woken):
            if records := await self._next(limit):
                return records
        return ()

    async def _next(self, limit: int) -> Sequence[Record]:
        async with self._turn:  # two polls at a time must not be given the same records
            self._woken.clear()  # before reading, so that an append meanwhile is not slept through
            end = self._log.known_end
            try:
                records = await self._log.read(self._positions, limit)
            except BaseException:
                self._woken.set()
                raise
            if len(records) == limit:
                self._woken.set()  # there may be more
            else:  # all that there was: no topic needs to be looked at again below the end
                self._caught_up = True
                self._positions = {topic: max(at, end) for topic, at in self._positions.items()}
            for record in records:
                self._positions[record.partition.topic] = record.offset + 1
            return records


class LocalSubscription(LocalReader, Subscription):
    """The one member of a group."""

    def __init__(
        self, log: LocalEventLog, group: str, positions: Positions, woken: asyncio.Event
    ) -> None:
        super().__init__(log, positions, woken)
        self._group = group

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """See Subscription."""
        await self._log.commit(
            self._group, {partition.topic: offset for partition, offset in positions.items()}
        )

    async def lag(self) -> Mapping[Partition, int]:
        """See Subscription."""
        committed = await self._log.committed(self._group, tuple(self._positions))
        counts = await self._log.count(committed)
        return {Partition(topic, 0): count for topic, count in counts.items()}


async def _before(deadline: float, woken: asyncio.Event) -> bool:
    if woken.is_set():
        return True
    try:
        async with asyncio.timeout_at(deadline):
            await woken.wait()
    except TimeoutError:
        return False
    return True
