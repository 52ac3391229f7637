import asyncio
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from aiokafka.structs import ConsumerRecord

from calotype_core import logs
from calotype_core.adapters.kafka.connection import kafka_errors, milliseconds
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.values import record_of
from calotype_core.ports.event_log import Partition, Reader, Record, Revoked, Subscription, Tail

_log = logs.get_logger(__name__)

# While partitions move, a commit may come too late. Its records are handed out again: no failure.
_MOVED = (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
_JOINING_SECONDS = 0.05
# How long others wait for a member to end what it has begun: longer than its drain may take.
REBALANCE_SECONDS = 120.0
Fetched = Mapping[TopicPartition, Sequence[ConsumerRecord]]


class KafkaReader(Reader):
    """Takes records from a consumer; a fetch that was begun is never cancelled (aiokafka leaks)."""

    def __init__(self, consumer: AIOKafkaConsumer, settings: KafkaSettings) -> None:
        self._consumer = consumer
        self._settings = settings
        self._turn = asyncio.Lock()
        self._fetching: asyncio.Task[Fetched] | None = None
        self._ready: deque[ConsumerRecord] = deque()

    async def poll(self, limit: int, wait_seconds: float) -> Sequence[Record]:
        """See Reader. While partitions move there is nothing to hand out."""
        clock = asyncio.get_running_loop()
        until = clock.time() + wait_seconds
        async with self._turn:
            await self._fetch(limit, wait_seconds)
            while not self._ready and (rest := until - clock.time()) > 0:
                await self._fetch(limit, rest)  # the one before was begun for a shorter wait
            count = min(limit, len(self._ready))
            taken = [self._ready.popleft() for _ in range(count)]
            return tuple(record_of(one, self._settings.kafka_namespace) for one in taken)

    async def _fetch(self, limit: int, wait_seconds: float) -> None:
        if self._ready:
            return
        if self._fetching is None:
            fetch = self._consumer.getmany(timeout_ms=milliseconds(wait_seconds), max_records=limit)
            self._fetching = asyncio.ensure_future(fetch)
        done, _ = await asyncio.wait([self._fetching], timeout=wait_seconds)
        if not done:
            return
        fetching, self._fetching = self._fetching, None
        with kafka_errors(self._settings, "hand out records"):
            for partition, records in fetching.result().items():
                self._took(partition, records)

    def _took(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        self._ready.extend(records)

    def forget(self) -> None:
        """Drop what was fetched and not handed out; whoever has the partitions next gets it."""
        self._ready.clear()
        if self._fetching is not None and self._fetching.done():
            self._fetching.exception()
            self._fetching = None

    def close(self) -> None:
        """End the fetch that is under way; the consumer goes next."""
        self.forget()
        if self._fetching is not None:
            self._fetching.cancel()


class KafkaTail(KafkaReader, Tail):
    """Reads all partitions from where it began. Its positions are its own.

    Those of the library go back to the oldest record whenever partitions are added, or are not
    known for a moment, as when a broker starts.
    """

    def __init__(
        self, consumer: AIOKafkaConsumer, settings: KafkaSettings, topics: Sequence[str]
    ) -> None:
        super().__init__(consumer, settings)
        self._topics = topics
        self._positions: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}  # when it began

    async def begin(self, since: datetime | None) -> None:
        """Start at the end of every partition, of a consumer that is subscribed to the topics.

        With since, at the first record from then on.
        """
        self._ends = await self._consumer.end_offsets(self._there())
        self._positions = dict(self._ends)
        if since is not None:
            times = dict.fromkeys(self._ends, int(since.timestamp() * 1000))
            found = await self._consumer.offsets_for_times(times)
            self._positions |= {one: at.offset for one, at in found.items() if at is not None}
        self._consumer.unsubscribe()
        self._resume()

    @property
    def caught_up(self) -> bool:
        """See Tail."""
        return not self._ready and all(self._positions[one] >= at for one, at in self._ends.items())

    async def poll(self, limit: int, wait_seconds: float) -> Sequence[Record]:
        """See Tail."""
        if self._fetching is None and (added := self._there() - self._positions.keys()):
            with kafka_errors(self._settings, "tell its offsets"):
                # All that is in a new partition is new.
                self._positions.update(await self._consumer.beginning_offsets(added))
            self._resume()
        return await super().poll(limit, wait_seconds)

    def _there(self) -> AbstractSet[TopicPartition]:
        return {
            TopicPartition(topic, number)
            for topic in self._topics
            for number in self._consumer.partitions_for_topic(topic) or ()
        }

    def _resume(self) -> None:
        self._consumer.assign(list(self._positions))
        for partition, offset in self._positions.items():
            self._consumer.seek(partition, offset)

    def _took(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        super()._took(partition, records)
        self._positions[partition] = records[-1].offset + 1


class KafkaSubscription(KafkaReader, Subscription):
    """A member of a group. Offsets are committed as they are told, never what was handed out."""

    def __init__(self, consumer: AIOKafkaConsumer, settings: KafkaSettings) -> None:
        super().__init__(consumer, settings)
        self._committed: dict[TopicPartition, int] = {}
        self._joined = asyncio.Event()
        self._moving_since: float | None = None

    @property
    def settled(self) -> bool:
        """False while the group shares its partitions out."""
        return self._moving_since is None

    async def join(self) -> None:
        """Return once this member has its share of the partitions; raises Unavailable."""
        while not self._joined.is_set():  # a fetch is told what keeps the member out
            await self._fetch(1, _JOINING_SECONDS)

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """See Subscription."""
        with kafka_errors(self._settings, "take a commit"):
            offsets = {self._theirs(one): offset for one, offset in positions.items()}
            try:
                async with asyncio.timeout(self._settings.kafka_timeout_seconds):
                    await self._consumer.commit(offsets)
            except _MOVED as error:
                _log.info("partitions moved before a commit", reason=str(error))
                return
        self._committed.update(offsets)

    async def lag(self) -> Mapping[Partition, int]:
        """See Subscription. While partitions move this member has none, so that it lags in none."""
        if self._moves():
            return {}
        with kafka_errors(self._settings, "tell its offsets"):
            async with asyncio.timeout(self._settings.kafka_timeout_seconds):
                ours = sorted(self._consumer.assignment())
                if not ours:
                    return {}
                ends = await self._consumer.end_offsets(ours)
                begins = await self._consumer.beginning_offsets(ours)
                await self._learn_committed(ours)
        positions = {one: max(begins[one], self._committed.get(one, 0)) for one in ours}
        return {self._ours(one): max(0, ends[one] - positions[one]) for one in ours}

    def _moves(self) -> bool:
        # A move that takes longer than it may is none: this member is stuck, and its lag tells.
        now = asyncio.get_running_loop().time()
        return self._moving_since is not None and now - self._moving_since < REBALANCE_SECONDS

    async def _learn_committed(self, partitions: Sequence[TopicPartition]) -> None:
        unknown = [one for one in partitions if one not in self._committed]
        known = await asyncio.gather(*(self._consumer.committed(one) for one in unknown))
        self._committed.update(
            {one: offset for one, offset in zip(unknown, known, strict=True) if offset is not None}
        )

    async def revoke(self, revoked: Revoked | None, partitions: Collection[TopicPartition]) -> None:
        """Let go of the partitions: nothing more of them is handed out, what was begun is ended."""
        self._moving_since = asyncio.get_running_loop().time()
        async with self._turn:  # a poll that is about to return has returned before this goes on
            self.forget()
        if revoked is not None and partitions:
            await revoked([self._ours(one) for one in partitions])
        self._committed.clear()

    def assigned(self) -> None:
        """Note that this member has its share, which may be none."""
        self._moving_since = None
        self._joined.set()

    def _theirs(self, partition: Partition) -> TopicPartition:
        return TopicPartition(self._settings.kafka_namespace + partition.topic, partition.number)

    def _ours(self, one: TopicPartition) -> Partition:
        return Partition(one.topic.removeprefix(self._settings.kafka_namespace), one.partition)


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Hears from the consumer how partitions come and go."""

    def __init__(self, subscription: KafkaSubscription, revoked: Revoked | None) -> None:
        self._subscription = subscription
        self._revoked = revoked

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Give the partitions up; the group waits for this before it shares them out anew."""
        await self._subscription.revoke(self._revoked, revoked)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Take the new share."""
        _log.info("partitions assigned", count=len(assigned))
        self._subscription.assigned()
