"""How each adapter is opened for the tests that all of its port's adapters must pass.

A further adapter is a further row; one that needs a server goes into CLUSTER too, so that it is run
only where there is one. What is opened again at the same place finds what was stored there.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.deliveries import MemoryDeliveries
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.idempotency import MemoryIdempotencyKeys
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.adapters.sqlite.attempts import SqliteAttempts
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.deliveries import SqliteDeliveries
from calotype_core.adapters.sqlite.event_log import SqliteEventLog
from calotype_core.adapters.sqlite.idempotency import SqliteIdempotencyKeys
from calotype_core.adapters.sqlite.image_records import SqliteImageRecords
from calotype_core.adapters.sqlite.job_records import SqliteJobRecords
from tests.conformance.inboxes import memory_letterbox, watched_folder

MEMORY = frozenset({"memory"})  # forget with the process, so that opening again proves nothing
CLUSTER: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Place:
    """Where an adapter keeps what it keeps, and the clock that it goes by."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)


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


OBJECT_STORES: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryObjectStore()),
    "filesystem": lambda place: FilesystemObjectStore.open(place.folder / "objects"),
}
INBOXES: Mapping[str, Opener] = {
    "memory": lambda _: memory_letterbox(),
    "filesystem": lambda place: watched_folder(place.folder / "uploads"),
}
EVENT_LOGS: Mapping[str, Opener] = {
    "memory": in_memory(lambda place: MemoryEventLog(place.clock)),
    "sqlite": in_database(lambda database, place: SqliteEventLog(database, place.clock)),
}
IMAGE_RECORDS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryImageRecords()),
    "sqlite": in_database(lambda database, _: SqliteImageRecords(database)),
}
JOB_RECORDS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryJobRecords()),
    "sqlite": in_database(lambda database, _: SqliteJobRecords(database)),
}
ATTEMPTS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryAttempts()),
    "sqlite": in_database(lambda database, _: SqliteAttempts(database)),
}
DELIVERIES: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryDeliveries()),
    "sqlite": in_database(lambda database, _: SqliteDeliveries(database)),
}
IDEMPOTENCY_KEYS: Mapping[str, Opener] = {
    "memory": in_memory(lambda _: MemoryIdempotencyKeys()),
    "sqlite": in_database(lambda database, _: SqliteIdempotencyKeys(database)),
}


def every(openers: Mapping[str, Opener]) -> Iterator[Any]:
    """Yield a fixture's parameter for each adapter."""
    for name, opener in openers.items():
        marks = [pytest.mark.cluster] if name in CLUSTER else []
        yield pytest.param(opener, id=name, marks=marks)


def durable(openers: Mapping[str, Opener]) -> Iterator[Any]:
    """Yield a fixture's parameter for each adapter that outlives its process."""
    return every({name: opener for name, opener in openers.items() if name not in MEMORY})
