"""A desk over memory where more is asked of an image, and a processor that does as it is told."""

import asyncio
from collections.abc import Sequence

from calotype_core import codec
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.domain.events import (
    ImageFailed,
    ImageOutcome,
    ImageProcessed,
    RenditionRequested,
)
from calotype_core.domain.image import (
    Failure,
    FocalPoint,
    ImageMetadata,
    ImageRecord,
    Original,
    Rendition,
)
from calotype_core.domain.instructions import MAIN, Instructions, Recipe
from calotype_core.domain.keys import requested_stem, stem_of
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.operations import Flip, Rotate
from calotype_core.domain.projection import project_requested
from calotype_core.errors import Unavailable
from calotype_core.outcomes import Outcomes
from calotype_core.ports.event_log import Message, Partition, Record
from calotype_core.topology import IMAGES_ACCEPTED, IMAGES_FINISHED
from calotype_query.in_flight import InFlight
from calotype_query.look_up import LookUp
from calotype_query.process_wish import ProcessWish
from calotype_query.request_renditions import RenditionDesk, Requested
from calotype_query.settings import QuerySettings

IMAGE_ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"  # of 2022
SHA = "0" * 64
PLAIN, TURNED, FLIPPED = (
    Recipe(),
    Recipe(steps=(Rotate(degrees=90),)),
    Recipe(steps=(Flip(axis="both"),)),
)
METADATA = ImageMetadata(
    width=4, height=3, format="jpeg", size_bytes=9, colour_mode="rgb", orientation=1, sha256=SHA
)
LEFT, RIGHT = FocalPoint(x=0.0, y=0.5), FocalPoint(x=1.0, y=0.5)


def rendition(name: str, stem: str) -> Rendition:
    return Rendition(
        name=name, key=f"{stem}.webp", format="webp", width=4, height=3, size_bytes=5, sha256=SHA
    )


RECORD = ImageRecord(
    image_id=IMAGE_ID,
    generation=1,
    status=Status.COMPLETED,
    original=Original(key=f"originals/{IMAGE_ID}", size_bytes=9, sha256=SHA),
    instructions=Instructions(renditions={MAIN: PLAIN}).canonical(),
    metadata=METADATA,
    renditions=(rendition(MAIN, stem_of(IMAGE_ID, MAIN, PLAIN)),),
)


def wish(focal_point: FocalPoint | None = None, **recipes: Recipe) -> ProcessWish:
    return ProcessWish(
        image_id=IMAGE_ID,
        instructions=Instructions(renditions=recipes),
        named=True,
        focal_point=focal_point,
    )


class Flaky(MemoryEventLog):
    """A log that is away as often as it is told."""

    away = 0

    async def append(self, messages: Sequence[Message]) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable("The log is away.")
        await super().append(messages)


class World:
    """The desk over memory, and a processor that does what the test says."""

    def __init__(self, record: ImageRecord | None = RECORD, *, most: int = 9) -> None:
        self.clock, self.images = ManualClock(), MemoryImageRecords()
        self.log = Flaky(self.clock)
        self.outcomes = Outcomes(most=99)
        self.in_flight = InFlight(log=self.log, clock=self.clock)
        self.desk = RenditionDesk(
            look_up=LookUp(
                images=self.images,
                jobs=MemoryJobRecords(),
                clock=self.clock,
                settings=QuerySettings(),
            ),
            outcomes=self.outcomes,
            in_flight=self.in_flight,
            clock=self.clock,
            most=most,
        )
        self._record = record

    async def ask(self, asked: ProcessWish, *, wait: float = 30) -> Requested:
        await self._write()
        return await self.desk.request(asked, wait)

    async def _write(self) -> None:
        if (record := self._record) is not None:
            await self.images.update(IMAGE_ID, lambda _: record)
            self._record = None

    async def announced(self) -> list[RenditionRequested]:
        records = await self.log.read({IMAGES_ACCEPTED: 0}, 99)
        events = [codec.decode(one) for one in records]
        assert all(isinstance(one, RenditionRequested) for one in events)
        return [one for one in events if isinstance(one, RenditionRequested)]

    async def next_announced(self, count: int = 1) -> RenditionRequested:
        """Return the latest request, once there are so many."""
        async with asyncio.timeout(30):
            while True:
                if len(events := await self.announced()) >= count:
                    return events[-1]
                await asyncio.sleep(0)

    async def tell(self, outcome: ImageOutcome, *, projected: bool = True) -> None:
        """Have the outcome heard, and before that in the record."""
        if projected and isinstance(outcome, ImageProcessed):
            await self.images.update(
                outcome.image_id, lambda known: project_requested(known, outcome)
            )
        message = codec.encode(outcome, now=self.clock.now())
        record = Record(
            partition=Partition(IMAGES_FINISHED, 0),
            offset=1,
            key=message.key,
            value=message.value,
            headers=message.headers,
            appended_at=self.clock.now(),
        )
        self.in_flight.hear(record)
        await self.outcomes.hear(record)

    async def made(self, asked: ProcessWish) -> Requested:
        """Ask, have it made, and return the answer."""
        count = len(await self.announced())
        asking = asyncio.create_task(self.ask(asked))
        await self.tell(processed(await self.next_announced(count + 1)))
        return await asking


def processed(event: RenditionRequested) -> ImageProcessed:
    recipes = event.instructions.renditions
    return ImageProcessed(
        image_id=event.image_id,
        request_id=event.request_id,
        metadata=METADATA,
        renditions=tuple(
            rendition(name, requested_stem(event.image_id, name, recipe, event.focal_point))
            for name, recipe in recipes.items()
        ),
        callback_url=event.callback_url,
        accepted_at=event.requested_at,
        processed_at=event.requested_at,
    )


def failed(event: RenditionRequested) -> ImageFailed:
    return ImageFailed(
        image_id=event.image_id,
        request_id=event.request_id,
        failure=Failure(code="crop_outside_image", message="It reaches outside."),
        accepted_at=event.requested_at,
        failed_at=event.requested_at,
    )


def names(made: Requested) -> list[str]:
    assert made.renditions is not None
    return [one.name for one in made.renditions]
