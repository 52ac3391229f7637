"""A door over memory, and what went through it."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from calotype_core import codec
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.idempotency import MemoryIdempotencyKeys
from calotype_core.adapters.memory.ids import SeededIds
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.events import Event
from calotype_core.domain.instructions import MAIN, Instructions, Recipe
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.topology import IMAGES_ACCEPTED, JOBS_ACCEPTED
from calotype_ingest.accept_upload import Accepted, receive_upload
from calotype_ingest.asked import read_asked
from calotype_ingest.claims import AnsweredBefore
from calotype_ingest.door import Defaults, Door
from calotype_ingest.parts import Part
from calotype_ingest.settings import IngestSettings
from calotype_ingest.sheets import sheet_rules
from tests.unit.ingest.bodies import file

DEFAULT = Instructions(renditions={MAIN: Recipe()})
CSV_DEFAULT = Instructions(renditions={"recompression": Recipe()})
GIF = b"GIF89a" + b"\1" * 50
OTHER_GIF = b"GIF89a" + b"\2" * 50


@dataclass(kw_only=True)
class World:
    """The ports of a door, each one's memory open to look at."""

    objects: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    clock: ManualClock = field(default_factory=ManualClock)
    settings: IngestSettings = field(default_factory=IngestSettings)

    def __post_init__(self) -> None:
        self.log = MemoryEventLog(self.clock)
        self.keys = MemoryIdempotencyKeys()
        self.metrics = MemoryMetrics()
        self.door = Door(
            objects=self.objects,
            log=self.log,
            keys=self.keys,
            ids=SeededIds(clock=self.clock),
            clock=self.clock,
            metrics=self.metrics,
            settings=self.settings,
            defaults=Defaults(image=DEFAULT, csv=CSV_DEFAULT, presets={}),
            sheets=sheet_rules(self.settings),
        )

    async def receive(
        self, *parts: Part, key: str | None = None, accept: str = "", **query: str
    ) -> Accepted:
        """Return the promise, which was not made before."""
        accepted = await self.ask(*parts, key=key, accept=accept, **query)
        assert isinstance(accepted, Accepted)
        return accepted

    async def ask(
        self, *parts: Part, key: str | None = None, accept: str = "", **query: str
    ) -> Accepted | AnsweredBefore:
        return await receive_upload(
            self.door,
            in_turn(*parts),
            read=lambda fields: read_asked(fields, {}, self.settings, accept=accept),
            query=query,
            idempotency_key=key,
        )

    def with_presets(self, presets: Mapping[str, str]) -> Door:
        parsed = {name: parse_instructions(text, {}) for name, text in presets.items()}
        recipes = {name: one.renditions[MAIN] for name, one in parsed.items()}
        return replace(self.door, defaults=replace(self.door.defaults, presets=recipes))

    async def stored(self) -> dict[str, bytes]:
        keys = sorted([key async for key in self.objects.list("")])
        return {key: b"".join([one async for one in self.objects.get(key)]) for key in keys}

    async def announced(self) -> Sequence[Event]:
        records = await self.log.read({IMAGES_ACCEPTED: 0, JOBS_ACCEPTED: 0}, 1000)
        return [codec.decode(record) for record in records]


async def in_turn(*parts: Part) -> AsyncIterator[Part]:
    for part in parts:
        yield part


def gif(content: bytes = GIF) -> Part:
    return file(content, "cat.gif")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
