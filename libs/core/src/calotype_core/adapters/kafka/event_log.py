import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from calotype_core.adapters.kafka.clients import acquainted, left, started, stopped
from calotype_core.adapters.kafka.connection import client_options, kafka_errors, milliseconds
from calotype_core.adapters.kafka.producer import Producer
from calotype_core.adapters.kafka.readers import (
    REBALANCE_SECONDS,
    KafkaSubscription,
    KafkaTail,
    Membership,
)
from calotype_core.adapters.kafka.renewed import Renewed
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import EventLog, Message, Revoked, Subscription, Tail
from calotype_core.topology import RETENTION, group_of

_HEARTBEATS_A_SESSION = 5
# A full window is no reason to be taken for dead; what makes no progress is found by its lag.
_LONGEST_BETWEEN_POLLS_SECONDS = 3600.0
# Bytes that one fetch may bring: events are small, so this is many, and a bound on memory.
_FETCH_BYTES = 4 * 1024 * 1024


class KafkaEventLog(EventLog):
    """The log as topics of Apache Kafka.

    Appends are acknowledged by all replicas in sync. Time is the brokers'. Keys are partitioned as
    Kafka's own clients do it.
    """

    def __init__(self, settings: KafkaSettings, topics: Iterable[str]) -> None:
        self._settings = settings
        self._topics = tuple(topics)
        self._producer = Producer(settings)
        # Its connection stays open: a check that is asked for every few seconds has to be cheap.
        self._checks = Renewed(settings, self._admin)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: KafkaSettings, topics: Iterable[str] = RETENTION
    ) -> AsyncIterator["KafkaEventLog"]:
        """Make the log ready; it connects when it is first used. Raises SettingsError.

        Topics are those that its process uses, and that check looks for.
        """
        client_options(settings, "")
        log = cls(settings, topics)
        try:
            yield log
        finally:
            await log.close()

    async def close(self) -> None:
        """Stop what was started for this log as a whole; subscriptions and tails end before."""
        await asyncio.gather(self._producer.stop(), self._checks.stop())

    async def append(self, messages: Sequence[Message]) -> None:
        """See EventLog. Raises RecordTooLargeError, too."""
        if messages:
            await self._producer.send(messages)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, revoked: Revoked | None = None
    ) -> AsyncIterator[Subscription]:
        """See EventLog."""
        session = self._settings.kafka_session_seconds
        consumer = self._consumer(
            group_id=self._settings.kafka_namespace + group_of(group),
            session_timeout_ms=milliseconds(session),
            heartbeat_interval_ms=milliseconds(session / _HEARTBEATS_A_SESSION),
            rebalance_timeout_ms=milliseconds(REBALANCE_SECONDS),
            max_poll_interval_ms=milliseconds(_LONGEST_BETWEEN_POLLS_SECONDS),
        )
        theirs = self._theirs(topics)
        subscription = KafkaSubscription(consumer, self._settings)
        try:
            with kafka_errors(self._settings, f"let {group} join its group"):
                await started(consumer, self._settings)
                await acquainted(consumer, theirs, self._settings)
                # Not before the start, which would wait for the others, too.
                consumer.subscribe(theirs, listener=Membership(subscription, revoked))
                # They may have to end what they have begun before there is a share for us.
                async with asyncio.timeout(REBALANCE_SECONDS):
                    await subscription.join()
            yield subscription
        finally:
            subscription.close()
            if not subscription.settled:
                await left(consumer)
            await stopped(consumer)

    @asynccontextmanager
    async def tail(
        self, topics: Sequence[str], *, since: datetime | None = None
    ) -> AsyncIterator[Tail]:
        """See EventLog."""
        consumer = self._consumer(group_id=None)
        theirs = self._theirs(topics)
        reader = KafkaTail(consumer, self._settings, theirs)
        try:
            with kafka_errors(self._settings, "open its topics"):
                consumer.subscribe(theirs)
                await started(consumer, self._settings)
                async with asyncio.timeout(self._settings.kafka_timeout_seconds):
                    await reader.begin(since)
            yield reader
        finally:
            reader.close()
            await stopped(consumer)

    async def check(self) -> None:
        """Return where the brokers answer and have the topics; raises Unavailable."""
        with kafka_errors(self._settings, "name its topics"):
            async with self._checks.lent() as admin:
                there = set(await admin.list_topics())
        if missing := sorted(set(self._theirs(self._topics)) - there):
            raise Unavailable(
                f"Kafka at {self._settings.kafka_bootstrap_servers} lacks {', '.join(missing)} (or"
                " may not show them). Run: calotype topics ensure; see CALOTYPE_KAFKA_NAMESPACE"
                " and CALOTYPE_KAFKA_USERNAME."
            )

    def _theirs(self, topics: Iterable[str]) -> list[str]:
        return [self._settings.kafka_namespace + topic for topic in topics]

    def _admin(self) -> AIOKafkaAdminClient:
        return AIOKafkaAdminClient(**client_options(self._settings, "calotype"))

    def _consumer(self, **options: Any) -> AIOKafkaConsumer:  # noqa: ANN401 - as the library's
        return AIOKafkaConsumer(
            **client_options(self._settings, "calotype"),
            **options,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_bytes=_FETCH_BYTES,
            max_partition_fetch_bytes=_FETCH_BYTES,
        )
