"""How each adapter is opened for the tests that all of its port's adapters must pass.

A further adapter is a further row; one that needs a server goes into CLUSTER too, so that it is run
only where there is one. What is opened again at the same place finds what was stored there.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pytest

from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.adapters.filesystem.secrets import FilesystemSecrets
from calotype_core.adapters.http.fetcher import HttpFetcher
from calotype_core.adapters.http.settings import FetchSettings
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.deliveries import MemoryDeliveries
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.expansions import MemoryExpansions
from calotype_core.adapters.memory.idempotency import MemoryIdempotencyKeys
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.adapters.memory.secrets import MemorySecrets
from calotype_core.adapters.memory.webhooks import MemoryWebhooks
from calotype_core.adapters.mongo.attempts import MongoAttempts
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.deliveries import MongoDeliveries
from calotype_core.adapters.mongo.expansions import MongoExpansions
from calotype_core.adapters.mongo.idempotency import MongoIdempotencyKeys
from calotype_core.adapters.mongo.image_records import MongoImageRecords
from calotype_core.adapters.mongo.job_records import MongoJobRecords
from calotype_core.adapters.mongo.secrets import MongoSecrets
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.adapters.mongo.webhooks import MongoWebhooks
from calotype_core.adapters.sqlite.attempts import SqliteAttempts
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.deliveries import SqliteDeliveries
from calotype_core.adapters.sqlite.event_log import SqliteEventLog
from calotype_core.adapters.sqlite.expansions import SqliteExpansions
from calotype_core.adapters.sqlite.idempotency import SqliteIdempotencyKeys
from calotype_core.adapters.sqlite.image_records import SqliteImageRecords
from calotype_core.adapters.sqlite.job_records import SqliteJobRecords
from calotype_core.adapters.sqlite.webhooks import SqliteWebhooks
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.fetcher import Fetcher
from calotype_core.settings import load
from tests import buckets, servers
from tests.conformance.channels import Outlet, http_outlet, memory_outlet
from tests.conformance.inboxes import bucket_letterbox, memory_letterbox, watched_folder
from tests.conformance.labellers import OpenAt, memory_labeller, model, rekognition
from tests.mongo import fresh_database

MEMORY = frozenset({"memory"})  # forget with the process, so that opening again proves nothing
CLUSTER = frozenset({"kafka", "mongo", "s3"})  # need the servers of `make services-up`
# Every topic that the tests of the event log name.
TOPICS = ("topic", "other", "a", "b", "c", *(f"topic{number}" for number in range(45)))


@dataclass(frozen=True)
class Place:
    """Where an adapter keeps what it keeps, the clock that it goes by, and what is done after."""

    folder: Path
    afterwards: ExitStack
    clock: ManualClock = field(default_factory=ManualClock)
    name: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:12]}")

    def log_time(self, log: EventLog) -> datetime:
        """Return the time by the log's clock, to the millisecond: ours, or the servers'."""
        now = datetime.now(UTC) if isinstance(log, KafkaEventLog) else self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    async def pass_time(self, log: EventLog) -> None:
        """Return once the log's clock tells another millisecond."""
        if isinstance(log, KafkaEventLog):
            await asyncio.sleep(0.01)
        else:
            self.clock.advance(1)

    def kafka(self) -> KafkaSettings:
        """Return what leads to the brokers, and to topics that are this place's own."""
        settings = load(KafkaSettings, servers.environ())
        return replace(settings, kafka_namespace=f"{self.name}.", kafka_partitions=2)

    @cached_property
    def mongo(self) -> MongoSettings:
        """A database of its own, from the first time that it is asked for."""
        return self.afterwards.enter_context(fresh_database())


Opener = Callable[[Place], AbstractAsyncContextManager[Any]]


def in_memory(make: Callable[[Place], object]) -> Opener:
    @asynccontextmanager
    async def opened(place: Place) -> AsyncIterator[object]:
        yield make(place)

    return opened


def in_database(make: Callable[[Database, Place], object]) -> Opener:
    @asynccontextmanager
    async def opened(place: Place) -> AsyncIterator[object]:
        async with Database.open(place.folder / "calotype.db") as database:
            yield make(database, place)

    return opened


@asynccontextmanager
async def in_kafka(place: Place) -> AsyncIterator[KafkaEventLog]:
    await ensure_topics(place.kafka(), dict.fromkeys(TOPICS, timedelta(hours=1)))
    async with KafkaEventLog.open(place.kafka()) as log:
        yield log


def in_mongo(make: Callable[[Mongo], object]) -> Opener:
    @asynccontextmanager
    async def opened(place: Place) -> AsyncIterator[object]:
        async with Mongo.open(place.mongo, random=Random()) as mongo:
            adapter = make(mongo)
            await mongo.prepare()
            yield adapter

    return opened


OBJECT_STORES: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryObjectStore()),
    "filesystem": lambda place: FilesystemObjectStore.open(place.folder / "objects"),
    "s3": lambda place: buckets.store_at(place.folder),
}
INBOXES: Mapping[str, Opener] = {
    "memory": lambda _: memory_letterbox(),
    "filesystem": lambda place: watched_folder(place.folder / "uploads"),
    "s3": lambda _: bucket_letterbox(),
}
EVENT_LOGS: Mapping[str, Opener] = {
    "memory": in_memory(lambda place: MemoryEventLog(place.clock)),
    "sqlite": in_database(lambda database, place: SqliteEventLog(database, place.clock)),
    "kafka": in_kafka,
}
IMAGE_RECORDS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryImageRecords()),
    "sqlite": in_database(lambda database, _: SqliteImageRecords(database)),
    "mongo": in_mongo(MongoImageRecords),
}
JOB_RECORDS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryJobRecords()),
    "sqlite": in_database(lambda database, _: SqliteJobRecords(database)),
    "mongo": in_mongo(MongoJobRecords),
}
ATTEMPTS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryAttempts()),
    "sqlite": in_database(lambda database, _: SqliteAttempts(database)),
    "mongo": in_mongo(MongoAttempts),
}
DELIVERIES: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryDeliveries()),
    "sqlite": in_database(lambda database, _: SqliteDeliveries(database)),
    "mongo": in_mongo(MongoDeliveries),
}
WEBHOOKS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryWebhooks()),
    "sqlite": in_database(lambda database, _: SqliteWebhooks(database)),
    "mongo": in_mongo(MongoWebhooks),
}
SECRETS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemorySecrets()),
    "filesystem": lambda place: nullcontext(FilesystemSecrets(place.folder / "data")),
    "mongo": in_mongo(MongoSecrets),
}
EXPANSIONS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryExpansions()),
    "sqlite": in_database(lambda database, _: SqliteExpansions(database)),
    "mongo": in_mongo(MongoExpansions),
}
IDEMPOTENCY_KEYS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryIdempotencyKeys()),
    "sqlite": in_database(lambda database, _: SqliteIdempotencyKeys(database)),
    "mongo": in_mongo(MongoIdempotencyKeys),
}
CHANNELS: Mapping[str, Callable[[], AbstractAsyncContextManager[Outlet]]] = {
    "memory": memory_outlet,
    "http": http_outlet,
}
LABELLERS: Mapping[str, OpenAt] = {
    "memory": memory_labeller,
    "onnx": model,
    "rekognition": rekognition,
}
# Of one adapter only: its settings are what its port promises bounds by.
FETCHERS: Mapping[str, Callable[[FetchSettings, Clock], AbstractAsyncContextManager[Fetcher]]] = {
    "http": lambda settings, clock: HttpFetcher.open(
        settings, clock=clock, random=Random(0), metrics=MemoryMetrics()
    )
}


def every(openers: Mapping[str, Callable[..., Any]]) -> Iterator[Any]:
    """Yield a fixture's parameter for each adapter."""
    for name, opener in openers.items():
        marks = [pytest.mark.cluster] if name in CLUSTER else []
        yield pytest.param(opener, id=name, marks=marks)


def durable(openers: Mapping[str, Opener]) -> Iterator[Any]:
    """Yield a fixture's parameter for each adapter that outlives its process."""
    return every({name: opener for name, opener in openers.items() if name not in MEMORY})
