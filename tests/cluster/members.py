"""Members of one consumer group on real brokers, and a log that looks at what they commit."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from calotype_core import codec, topology
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.consumer import Consumer, ConsumerSettings
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event
from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import (
    EventLog,
    Message,
    Partition,
    Reader,
    Record,
    Revoked,
    Subscription,
    Tail,
)
from calotype_core.settings import load
from calotype_core.settling import Delivery, announce_nothing
from tests import servers
from tests.unit.core.fates import NOW, accepted

ACCEPTED = topology.IMAGES_ACCEPTED


def fresh_settings(partitions: int = 12, *, timeout_seconds: float = 10) -> KafkaSettings:
    """Return what leads to the brokers, and to topics that nobody else has."""
    return replace(
        load(KafkaSettings, servers.environ()),
        kafka_namespace=f"test-{uuid.uuid4().hex[:12]}.",
        kafka_partitions=partitions,
        kafka_timeout_seconds=timeout_seconds,
    )


def messages(numbers: range) -> Sequence[Message]:
    return [codec.encode(accepted(number), now=NOW) for number in numbers]


def ids(numbers: range) -> list[str]:
    return sorted(accepted(number).event_id for number in numbers)


async def eventually(true: Callable[[], object], *, longest: float = 120) -> None:
    """Return once it is true; raises TimeoutError."""
    async with asyncio.timeout(longest):
        while not true():  # noqa: ASYNC110 - of what happens in servers nobody sets an event
            await asyncio.sleep(0.02)


@dataclass
class Work:
    """A handler that takes its time, and what it has begun and ended, of all members."""

    seconds: float = 0.0
    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    seen: set[tuple[Partition, int]] = field(default_factory=set)
    finished: set[tuple[Partition, int]] = field(default_factory=set)

    async def handle(self, event: Event, delivery: Delivery) -> Sequence[Event]:
        place = (delivery.record.partition, delivery.record.offset)
        self.begun.append(event.event_id)
        self.seen.add(place)
        await asyncio.sleep(self.seconds)
        self.done.append(event.event_id)
        self.finished.add(place)
        return ()

    async def until(self, count: int, *, longest: float = 120) -> None:
        """Wait for so many events to have ended; raises TimeoutError."""
        await eventually(lambda: len(set(self.done)) >= count, longest=longest)


@dataclass
class WatchedSubscription(Subscription):
    inner: Subscription
    work: Work

    async def poll(self, limit: int, wait_seconds: float) -> Sequence[Record]:
        return await self.inner.poll(limit, wait_seconds)

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        for partition, position in positions.items():
            passed = {one for one in self.work.seen if one[0] == partition and one[1] < position}
            assert passed <= self.work.finished, "a commit passed unfinished work"
        await self.inner.commit(positions)

    async def lag(self) -> Mapping[Partition, int]:
        return await self.inner.lag()


@dataclass
class WatchedLog(EventLog):
    """Looks at every commit, and counts how often somebody joined."""

    inner: KafkaEventLog
    work: Work
    joined: int = 0
    last: Subscription | None = None

    async def append(self, messages: Sequence[Message]) -> None:
        await self.inner.append(messages)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, revoked: Revoked | None = None
    ) -> AsyncIterator[Subscription]:
        async with self.inner.subscribe(group, topics, revoked=revoked) as subscription:
            self.joined += 1
            self.last = WatchedSubscription(subscription, self.work)
            yield self.last

    @asynccontextmanager
    async def tail(
        self, topics: Sequence[str], *, since: datetime | None = None
    ) -> AsyncIterator[Tail]:
        async with self.inner.tail(topics, since=since) as tail:
            yield tail

    async def lag(self) -> int:
        """Return how much the group has not committed, once all members are gone."""
        async with self.inner.subscribe("processor", [ACCEPTED]) as subscription:
            return sum((await subscription.lag()).values())

    async def letters(self, count: int) -> Sequence[DeadLetter]:
        async with self.inner.subscribe("letters", [topology.DEAD_LETTERS]) as subscription:
            return [codec.decode_dead_letter(one) for one in await take(subscription, count)]


async def take(reader: Reader, count: int, *, longest: float = 60) -> Sequence[Record]:
    taken: list[Record] = []
    async with asyncio.timeout(longest):
        while len(taken) < count:
            taken += await reader.poll(100, 0.5)
    return taken


@asynccontextmanager
async def watched_log(settings: KafkaSettings, work: Work) -> AsyncIterator[WatchedLog]:
    async with topics(settings), KafkaEventLog.open(settings) as log:
        yield WatchedLog(log, work)


@asynccontextmanager
async def topics(settings: KafkaSettings) -> AsyncIterator[None]:
    """Make the topics, and remove them after the context."""
    await ensure_topics(settings)
    try:
        yield
    finally:
        await servers.drop_topics(settings)


class Member:
    """A process of the service, as far as the group can tell."""

    def __init__(self, log: WatchedLog, **changes: float) -> None:
        chosen = ConsumerSettings(window=8, commit_every_seconds=0.1, measure_every_seconds=0.5)
        self.consumer = Consumer(
            service="processor",
            topics=[ACCEPTED],
            decode=codec.decode,
            handle=log.work.handle,
            give_up=announce_nothing,
            log=log,
            attempts=MemoryAttempts(),
            clock=SystemClock(),
            random=Random(0),
            metrics=MemoryMetrics(),
            settings=replace(chosen, **changes),  # type: ignore[arg-type]  # numbers, all of them
        )
        self._stop = asyncio.Event()
        self._running = asyncio.create_task(self.consumer.run(self._stop))

    async def leave(self) -> None:
        """Stop as on SIGTERM, and end with whatever the loop ended with."""
        self._stop.set()
        await self._running


async def finish(log: WatchedLog) -> None:
    """Have a last member end all that is there, also what was sent twice."""
    before, member = log.joined, Member(log)
    await eventually(lambda: log.joined > before)
    assert log.last is not None
    async with asyncio.timeout(60):
        while any((await log.last.lag()).values()):  # noqa: ASYNC110 - it is in the servers
            await asyncio.sleep(0.1)
    await member.leave()


async def append_patiently(log: EventLog, messages: Sequence[Message]) -> None:
    """Append, as services do it: again and again, while the log is away."""
    while True:
        with suppress(Unavailable):
            return await log.append(messages)
        await asyncio.sleep(0.2)
