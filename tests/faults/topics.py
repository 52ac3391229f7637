"""The topics and the groups' offsets of one cluster, read as a stranger to its groups would."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from calotype_core import topology
from calotype_core.adapters.kafka.values import record_of
from calotype_core.ports.event_log import Message, Record


class Topics:
    """A reader without a group, and what it may ask of the brokers."""

    def __init__(self, environ: Mapping[str, str], consumer: Any, admin: Any) -> None:  # noqa: ANN401 - aiokafka has no types
        self._namespace = environ["CALOTYPE_KAFKA_NAMESPACE"]
        self._count = int(environ["CALOTYPE_KAFKA_PARTITIONS"])
        self._brokers = environ["CALOTYPE_KAFKA_BOOTSTRAP_SERVERS"]
        self._consumer = consumer
        self._admin = admin

    @classmethod
    @asynccontextmanager
    async def open(cls, environ: Mapping[str, str]) -> AsyncIterator["Topics"]:
        """Connect, and leave again."""
        brokers = environ["CALOTYPE_KAFKA_BOOTSTRAP_SERVERS"]
        consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
        try:
            await consumer.start()
            await admin.start()
            yield cls(environ, consumer, admin)
        finally:
            await consumer.stop()
            await admin.close()

    async def records(self) -> Sequence[Record]:
        """Return every record that there is; those of a partition in their order."""
        partitions = self._partitions(topology.RETENTION)
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning()
        found: list[Record] = []
        for one, end in (await self._consumer.end_offsets(partitions)).items():
            while await self._consumer.position(one) < end:
                batches = await self._consumer.getmany(timeout_ms=200)
                for batch in batches.values():
                    found += (record_of(each, self._namespace) for each in batch)
        return found

    async def lag(self) -> Mapping[str, int]:
        """Return, by service, how many records its group has not committed."""
        return {one: sum((await self._lag_of(one)).values()) for one in topology.SERVICES}

    async def _lag_of(self, service: str) -> Mapping[TopicPartition, int]:
        lag: dict[TopicPartition, int] = {}
        for lane, topics in topology.lanes_of(service).items():
            partitions = self._partitions(topics)
            ends = await self._consumer.end_offsets(partitions)
            group = self._namespace + topology.group_of(lane)
            known = await self._admin.list_consumer_group_offsets(group, partitions=partitions)
            # -1 is said of a partition in which nothing was ever committed.
            lag |= {one: end - max(0, known[one].offset) for one, end in ends.items()}
        return lag

    async def send(self, messages: Sequence[Message | Record]) -> None:
        """Append these, one after the other; a record becomes a copy of itself."""
        producer = AIOKafkaProducer(bootstrap_servers=self._brokers)
        await producer.start()
        try:
            for one in messages:
                topic = one.partition.topic if isinstance(one, Record) else one.topic
                await producer.send_and_wait(
                    self._namespace + topic,
                    value=one.value,
                    key=one.key.encode(),
                    headers=[(name, text.encode()) for name, text in one.headers.items()],
                )
        finally:
            await producer.stop()

    async def commit(self, service: str, *, back: int) -> None:
        """Have the service's groups, which nobody may be in, go on that many before each end."""
        for lane, topics in topology.lanes_of(service).items():
            await self._commit(self._namespace + topology.group_of(lane), topics, back)

    async def _commit(self, group: str, topics: Sequence[str], back: int) -> None:
        partitions = self._partitions(topics)
        ends = await self._consumer.end_offsets(partitions)
        member = AIOKafkaConsumer(
            bootstrap_servers=self._brokers,
            group_id=group,
            enable_auto_commit=False,
        )
        member.assign(partitions)
        await member.start()
        try:
            await member.commit({one: max(0, end - back) for one, end in ends.items()})
        finally:
            await member.stop()

    def _partitions(self, topics: Mapping[str, Any] | Sequence[str]) -> Sequence[TopicPartition]:
        return [
            TopicPartition(self._namespace + topic, number)
            for topic in topics
            for number in range(self._count)
        ]
