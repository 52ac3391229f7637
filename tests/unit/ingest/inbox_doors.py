"""An inbox over memory, the door behind it, and what went through."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from random import Random

from calotype_core import codec
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.inbox import MemoryInbox
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.events import ImageAccepted
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.inbox import Arrival, Inbox
from calotype_core.topology import IMAGES_ACCEPTED
from calotype_ingest.accept_object import InboxDoor
from calotype_ingest.empty_inbox import InboxEmptier
from calotype_ingest.settings import IngestSettings
from tests.unit.ingest.doors import DEFAULT, GIF

LIMIT = 1000


@dataclass(kw_only=True)
class InboxWorld:
    """The ports of an inbox's door, each one's memory open to look at."""

    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    objects: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.log = MemoryEventLog(self.clock)
        self.metrics = MemoryMetrics()

    def door(
        self,
        *,
        inbox: Inbox | None = None,
        log: EventLog | None = None,
        upload_max_bytes: int = LIMIT,
    ) -> InboxDoor:
        return InboxDoor(
            inbox=inbox or self.inbox,
            objects=self.objects,
            log=log or self.log,
            clock=self.clock,
            metrics=self.metrics,
            instructions=DEFAULT,
            settings=IngestSettings(upload_max_bytes=upload_max_bytes),
        )

    def emptier(self, door: InboxDoor | None = None) -> InboxEmptier:
        """Return what a process has that was started just now."""
        return InboxEmptier(door or self.door(), Random(0))

    async def arrive(self, key: str = "cat.gif", data: bytes = GIF) -> Arrival:
        self.inbox.put(key, data, at=self.clock.now())
        arrival = await self.inbox.find(key)
        assert arrival is not None
        return arrival

    async def waiting(self) -> set[str]:
        return {one.key async for one in self.inbox.list()}

    async def announced(self) -> list[ImageAccepted]:
        records = await self.log.read({IMAGES_ACCEPTED: 0}, 10_000)
        events = [codec.decode(record) for record in records]
        return [one for one in events if isinstance(one, ImageAccepted)]

    async def stored(self) -> dict[str, bytes]:
        keys = [key async for key in self.objects.list("")]
        return {key: b"".join([one async for one in self.objects.get(key)]) for key in keys}


class Interrupted(MemoryInbox):
    """An inbox that fails in the ways that were written down, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: dict[str, list[Exception]] = {}
        self.removals: list[BaseException] = []
        self.read_keys: list[str] = []
        self.begun = asyncio.Event()

    async def read(self, arrival: Arrival) -> AsyncGenerator[bytes, None]:
        self.begun.set()
        self.read_keys.append(arrival.key)
        if errors := self.reads.get(arrival.key):
            raise errors.pop(0)
        async for chunk in super().read(arrival):
            await asyncio.sleep(0)  # so that others come in between
            yield chunk

    async def remove(self, arrival: Arrival) -> None:
        if self.removals:
            raise self.removals.pop(0)
        await super().remove(arrival)
