"""More is asked of an image that is here: what is announced, waited for, and answered."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

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
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.outcomes import Outcomes
from calotype_core.ports.event_log import Message, Partition, Record
from calotype_core.topology import IMAGES_ACCEPTED, IMAGES_FINISHED
from calotype_query.errors import (
    ImageUnfinishedError,
    ImageUnusableError,
    OriginalGoneError,
    RenditionFailedError,
    RenditionNameTakenError,
    TooManyRenditionsError,
)
from calotype_query.in_flight import InFlight
from calotype_query.look_up import LookUp
from calotype_query.process_wish import ProcessWish
from calotype_query.request_renditions import RenditionDesk, Requested
from calotype_query.settings import QuerySettings

pytestmark = pytest.mark.anyio

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


async def test_what_is_there_is_answered_at_once() -> None:
    """Where the record has all that is asked for, nothing is announced, and nobody waits."""
    world = World()
    made = await world.ask(wish(main=PLAIN), wait=0)
    assert (names(made), made.request_id) == ([MAIN], None)
    assert await world.announced() == []


async def test_what_is_lacking_is_made() -> None:
    """Only what is not there is announced, and all is answered in the order of the request."""
    world = World()
    made = await world.made(wish(b=TURNED, main=PLAIN, a=FLIPPED))
    [event] = await world.announced()
    assert list(event.instructions.renditions) == ["a", "b"]
    assert event.original == RECORD.original
    assert (names(made), made.request_id) == (["b", MAIN, "a"], event.request_id)
    assert names(await world.ask(wish(a=FLIPPED, b=TURNED), wait=0)) == ["a", "b"]
    assert len(await world.announced()) == 1


async def test_a_request_is_the_same_whoever_makes_it() -> None:
    """Its id follows from the image and what it lacks of what is asked, in whichever order."""
    first, second, other = World(), World(), World()
    for world, asked in (
        (first, wish(a=TURNED, b=FLIPPED)),
        (second, wish(b=FLIPPED, main=PLAIN, a=TURNED)),
        (other, wish(a=FLIPPED, b=TURNED)),
    ):
        assert (await world.ask(asked, wait=0)).renditions is None
    ids = [(await world.announced())[0].request_id for world in (first, second, other)]
    assert ids[0] == ids[1] != ids[2]


async def test_without_a_name_the_digest_is_it() -> None:
    """One recipe without a name is called by its digest, and by its point where it has its own."""
    world = World(replace(RECORD, focal_point=LEFT))
    plain = replace(wish(main=TURNED), named=False)
    assert names(await world.made(plain)) == [TURNED.digest]
    assert names(await world.ask(replace(plain, focal_point=LEFT), wait=0)) == [TURNED.digest]
    [around] = names(await world.made(replace(plain, focal_point=RIGHT)))
    assert around.startswith(f"{TURNED.digest}-f")


async def test_another_point_is_another_rendition() -> None:
    """Around a point of its own a rendition is no other's: not the image's, not a request's."""
    world = World()
    await world.made(wish(LEFT, a=TURNED))
    [event] = await world.announced()
    assert event.focal_point == LEFT
    assert names(await world.ask(wish(LEFT, a=TURNED), wait=0)) == ["a"]
    for other in (wish(RIGHT, a=TURNED), wish(a=TURNED), wish(LEFT, main=PLAIN)):
        with pytest.raises(RenditionNameTakenError):
            await world.ask(other)


async def test_a_request_that_fails() -> None:
    """The cause is told with its code; asked again it is tried again, as the same request."""
    world = World()
    for count in (1, 2):
        asking = asyncio.create_task(world.ask(wish(a=TURNED)))
        await world.tell(failed(await world.next_announced(count)))
        with pytest.raises(RenditionFailedError, match="reaches outside") as caught:
            await asking
        assert (caught.value.code, caught.value.status) == ("crop_outside_image", 422)
    first, second = await world.announced()
    assert first.event_id == second.event_id
    assert await world.images.get(IMAGE_ID) == RECORD


async def test_asked_many_times_at_once_it_is_one_event() -> None:
    """Who asks for what is on its way waits for the same event; one who leaves ends nothing."""
    world = World()
    asking = [asyncio.create_task(world.ask(wish(a=TURNED))) for _ in range(5)]
    event = await world.next_announced()
    asking[0].cancel()
    assert (await world.ask(wish(a=TURNED), wait=0)).renditions is None
    await world.tell(processed(event))
    answers = await asyncio.gather(*asking[1:])
    assert [names(one) for one in answers] == [["a"]] * 4
    assert len(await world.announced()) == 1


async def test_each_callback_is_announced() -> None:
    """Who wants to be told elsewhere makes the same request once more, for that callback."""
    world = World()
    urls = ["https://a.example/", None, "https://b.example/", "https://a.example/"]
    for url in urls:
        await world.ask(replace(wish(a=TURNED), callback_url=url), wait=0)
    events = await world.announced()
    assert [one.callback_url for one in events] == urls[:3]
    assert len({one.event_id for one in events}) == 1


async def test_what_nobody_hears_of_is_announced_again() -> None:
    """An outcome may pass unheard: who asks a minute later is believed."""
    world = World()
    await world.ask(wish(a=TURNED), wait=0)
    world.clock.advance(61)
    await world.ask(wish(a=TURNED), wait=0)
    assert len(await world.announced()) == 2


async def test_a_promise_needs_the_log() -> None:
    """Where the log did not take the request nothing is promised, and the next one is announced."""
    world = World()
    world.log.away = 1
    both = await asyncio.gather(
        *(world.ask(wish(a=TURNED), wait=0) for _ in range(2)), return_exceptions=True
    )
    assert [type(one) for one in both] == [Unavailable, Unavailable]
    assert (await world.ask(wish(a=TURNED), wait=0)).renditions is None
    assert len(await world.announced()) == 1


async def test_who_is_told_finds_it() -> None:
    """The answer waits for the record, so that what it names is served; but not for ever."""
    world = World()
    asking = asyncio.create_task(world.ask(wish(a=TURNED, main=PLAIN)))
    await world.tell(processed(await world.next_announced()), projected=False)
    turns = 0
    while not asking.done():
        world.clock.advance(0.02 if world.clock.sleepers else 0)
        await asyncio.sleep(0)
        turns += world.clock.monotonic() < 2
    assert names(asking.result()) == ["a", MAIN]
    assert turns > 90


async def test_two_who_want_one_name() -> None:
    """Of two requests that meet, the later is told that the name is taken by then."""
    world = World()
    asking = [asyncio.create_task(world.ask(wish(a=one))) for one in (TURNED, FLIPPED)]
    await world.next_announced(2)
    first, second = await world.announced()
    later = replace(processed(second), accepted_at=world.clock.now().replace(year=2027))
    for outcome in (later, processed(first)):
        await world.images.update(
            IMAGE_ID,
            lambda known, outcome=outcome: project_requested(known, outcome),  # type: ignore[misc]  # bound now
        )
    await world.tell(later)
    await world.tell(processed(first))
    assert names(await asking[0]) == ["a"]
    with pytest.raises(RenditionNameTakenError):
        await asking[1]


Refusal = tuple[ImageRecord, type[CalotypeError], str]
REFUSALS: dict[str, Refusal] = {
    "processing": (
        replace(RECORD, status=Status.PROCESSING),
        ImageUnfinishedError,
        f"once /status/{IMAGE_ID}",
    ),
    "failed": (
        replace(RECORD, status=Status.FAILED, failure=Failure(code="a", message="Cut off.")),
        ImageUnusableError,
        "upload it again.*Cut off",
    ),
    "failed in a job": (
        replace(RECORD, status=Status.FAILED, job_id="job"),
        ImageUnusableError,
        "retry its job",
    ),
    "no original": (replace(RECORD, original=None), OriginalGoneError, "upload the image again"),
    "never taken in": (
        replace(RECORD, original=Original(key="uploads/a", size_bytes=10**10, sha256="")),
        OriginalGoneError,
        "upload the image again",
    ),
    "full": (RECORD, TooManyRenditionsError, "CALOTYPE_IMAGE_MAX_RENDITIONS"),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_images_of_which_nothing_is_made(refusal: Refusal) -> None:
    """Why not is said with what to do about it, as a conflict; nothing is announced."""
    record, kind, words = refusal
    world = World(record, most=1)
    with pytest.raises(kind, match=words) as caught:
        await world.ask(wish(a=TURNED))
    assert caught.value.status == 409
    assert await world.announced() == []


async def test_what_is_there_needs_no_original() -> None:
    """An image whose original is gone still answers with what was made of it."""
    world = World(replace(RECORD, original=None), most=1)
    assert names(await world.ask(wish(main=PLAIN))) == [MAIN]


async def test_a_taken_name_is_told_with_its_path() -> None:
    """Each name that is taken is told, and what is served under it."""
    with pytest.raises(RenditionNameTakenError) as caught:
        await World().ask(wish(main=TURNED, a=PLAIN))
    assert [one.path for one in caught.value.problems] == ["renditions.main"]
