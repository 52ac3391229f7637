import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import ImageRecord
from calotype_core.domain.job import JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.young import MalformedIdError, NotYetKnownError, UnknownIdError
from calotype_query.look_up import LookUp
from calotype_query.settings import QuerySettings

pytestmark = pytest.mark.anyio

SETTINGS = QuerySettings(young_seconds=10, young_wait_seconds=2)
LONGEST = 1_000  # turns of the loop that anything here may take


class World:
    """A look-up over memory, and a clock that is turned by hand."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.images = MemoryImageRecords()
        self.jobs = MemoryJobRecords()
        self.look_up = LookUp(
            images=self.images, jobs=self.jobs, clock=self.clock, settings=SETTINGS
        )

    def id(self, *, age_seconds: float) -> str:
        drawn = self.clock.now() - timedelta(seconds=age_seconds)
        return make_id(int(drawn.timestamp() * 1000), 7)

    async def write(
        self, image_id: str, status: Status = Status.COMPLETED, *, accepted: bool = True
    ) -> ImageRecord:
        asked = "{}" if accepted else None
        image = ImageRecord(image_id=image_id, generation=1, status=status, instructions=asked)
        return await self.images.update(image_id, lambda _: image)

    async def asleep(self, looking: "asyncio.Task[object]") -> bool:
        """Return whether the look-up waits; it runs until it does, or is done."""
        for _ in range(LONGEST):
            if looking.done() or self.clock.sleepers:
                return not looking.done()
            await asyncio.sleep(0)
        raise AssertionError("it neither waits nor ends")

    async def until_done(self, looking: "asyncio.Task[object]") -> float:
        """Turn the clock until the look-up is done; return how many seconds it waited."""
        begun = self.clock.monotonic()
        while await self.asleep(looking):
            self.clock.advance(0.02)
        return self.clock.monotonic() - begun


Look = Callable[[LookUp, str], Coroutine[None, None, object]]
LOOKS: dict[str, Look] = {
    "subject": LookUp.subject,
    "image": LookUp.image,
    "finished_image": LookUp.finished_image,
}


@pytest.fixture(params=list(LOOKS))
def look(request: pytest.FixtureRequest) -> Look:
    return LOOKS[request.param]


def begin(look: Look, world: World, text: str) -> "asyncio.Task[object]":
    return asyncio.create_task(look(world.look_up, text))


async def test_what_is_known_is_found_at_once(look: Look) -> None:
    """A record that is there is found without waiting, in any spelling of its id."""
    world = World()
    image = await world.write(world.id(age_seconds=0))
    assert await look(world.look_up, image.image_id.upper()) == image
    assert world.clock.monotonic() == 0


async def test_a_young_id_is_waited_for(look: Look) -> None:
    """The record of an id that was given out just now is found, though it is written later."""
    world = World()
    image_id = world.id(age_seconds=1)
    looking = begin(look, world, image_id)
    assert await world.asleep(looking)
    image = await world.write(image_id)
    world.clock.advance(0.02)
    assert await looking == image


async def test_a_young_id_is_not_waited_for_longer_than_is_set(look: Look) -> None:
    """A young id that nobody knows is on its way once the wait that is set has passed: no 404."""
    world = World()
    looking = begin(look, world, world.id(age_seconds=5))
    assert await world.until_done(looking) == pytest.approx(2, abs=0.05)
    with pytest.raises(NotYetKnownError, match="ask again") as told:
        await looking
    assert (told.value.status, told.value.retry) == (503, True)


async def test_an_old_id_is_not_waited_for(look: Look) -> None:
    """An id that is older than any projection lags is unknown at once."""
    world = World()
    with pytest.raises(UnknownIdError):
        await look(world.look_up, world.id(age_seconds=10))
    assert world.clock.monotonic() == 0


async def test_what_is_no_id_is_said(look: Look) -> None:
    """A text that was never given out is malformed, not unknown, and shows what an id is like."""
    with pytest.raises(MalformedIdError, match=r"no id.*such as"):
        await look(World().look_up, "latest")
    with pytest.raises(MalformedIdError):
        await look(World().look_up, "ffffffff-ffff-7fff-bfff-ffffffffffff")


async def test_a_job_is_a_subject() -> None:
    """A subject is an image or a job, whichever has the id."""
    world = World()
    job = JobRecord(job_id=world.id(age_seconds=60), total=1)
    await world.jobs.update(job.job_id, lambda _: job)
    assert await world.look_up.subject(job.job_id) == job
    with pytest.raises(UnknownIdError):
        await world.look_up.image(job.job_id)


async def test_a_young_job_is_waited_for() -> None:
    """The record of a job that was accepted just now is found, though it is written later."""
    world = World()
    job = JobRecord(job_id=world.id(age_seconds=1), total=1)
    looking = begin(LookUp.job, world, job.job_id)
    assert await world.asleep(looking)
    await world.jobs.update(job.job_id, lambda _: job)
    world.clock.advance(0.02)
    assert await looking == job
    with pytest.raises(UnknownIdError):
        await world.look_up.job((await world.write(world.id(age_seconds=60))).image_id)


async def test_the_news_of_an_image_may_come_a_moment_late(look: Look) -> None:
    """Who was told `completed` an instant ago gets the finished record, not the one before."""
    world = World()
    image_id = world.id(age_seconds=1)
    await world.write(image_id, Status.PROCESSING)
    looking = begin(look, world, image_id)
    assert await world.asleep(looking)
    image = await world.write(image_id, Status.COMPLETED)
    world.clock.advance(0.02)
    assert await looking == image


async def test_an_acceptance_may_come_after_the_end(look: Look) -> None:
    """An image that ended before its acceptance was projected is waited for: it lacks half."""
    world = World()
    image_id = world.id(age_seconds=1)
    await world.write(image_id, accepted=False)
    looking = begin(look, world, image_id)
    assert await world.asleep(looking)
    image = await world.write(image_id)
    world.clock.advance(0.02)
    assert await looking == image


async def test_an_image_that_stays_processing_is_told_as_it_is() -> None:
    """Once the wait is over, the record is what it is."""
    world = World()
    image = await world.write(world.id(age_seconds=1), Status.PROCESSING)
    looking = begin(LookUp.finished_image, world, image.image_id)
    assert await world.until_done(looking) == pytest.approx(2, abs=0.05)
    assert await looking == image


async def test_where_only_the_status_is_wanted_processing_is_an_answer() -> None:
    """A young image that is being processed is given a moment, an old one none."""
    world = World()
    young = await world.write(world.id(age_seconds=1), Status.PROCESSING)
    looking = begin(LookUp.subject, world, young.image_id)
    assert await world.until_done(looking) == pytest.approx(0.1, abs=0.05)
    assert await looking == young
    old = await world.write(world.id(age_seconds=60), Status.PROCESSING)
    assert await world.look_up.subject(old.image_id) == old
