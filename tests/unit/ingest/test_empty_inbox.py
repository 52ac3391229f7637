"""The rounds that find what no notification told of, and what stops none of them."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from calotype_core.errors import Unavailable
from calotype_core.ports.inbox import Arrival, ArrivalUnreadableError
from tests.unit.ingest.doors import GIF
from tests.unit.ingest.inbox_doors import LIMIT, InboxWorld, Interrupted

pytestmark = pytest.mark.anyio


def interrupted() -> tuple[InboxWorld, Interrupted]:
    inbox = Interrupted()
    return InboxWorld(inbox=inbox), inbox


async def test_a_round_accepts_everything() -> None:
    """Whatever waits is accepted, more than a batch of it too, and each once."""
    world = InboxWorld()
    for number in range(1200):
        await world.arrive(f"{number}.gif", GIF + str(number).encode())
    await world.emptier().empty(asyncio.Event())
    assert await world.waiting() == set()
    assert sorted(one.filename or "" for one in await world.announced()) == sorted(
        f"{number}.gif" for number in range(1200)
    )


async def test_rounds_at_once_make_each_image_once() -> None:
    """Several processes that empty the inbox together make no image twice."""
    world, _ = interrupted()
    for number in range(60):
        await world.arrive(f"{number}.gif")
    await asyncio.gather(*(world.emptier().empty(asyncio.Event()) for _ in range(3)))
    events = await world.announced()
    assert len({one.event_id for one in events}) == len({one.filename for one in events}) == 60
    assert len(await world.stored()) == 60


async def test_within_a_process_nothing_is_read_twice() -> None:
    """A notification that comes twice, while a round is at its object, costs one reading."""
    world, inbox = interrupted()
    arrival = await world.arrive()
    emptier = world.emptier()
    looks = [emptier.empty(asyncio.Event()), emptier.accept(arrival), emptier.accept(arrival)]
    await asyncio.gather(*looks)
    assert inbox.read_keys == ["cat.gif"]
    assert len(await world.announced()) == 1


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("The disk fails."),
        ArrivalUnreadableError("Not ours to read."),
        RuntimeError("ours"),
    ],
    ids=["away", "unreadable", "ours"],
)
async def test_one_bad_object_stops_nothing(error: Exception) -> None:
    """Whatever goes wrong with one object, the others are accepted in the same round."""
    world, inbox = interrupted()
    for number in range(20):
        await world.arrive(f"{number}.gif")
    inbox.reads = {"7.gif": [error]}
    await world.emptier().empty(asyncio.Event())
    assert await world.waiting() == {"7.gif"}
    assert len(await world.announced()) == 19


async def test_what_was_away_is_tried_in_the_next_round() -> None:
    """An object that could not be read for an outage is accepted when that is over."""
    world, inbox = interrupted()
    await world.arrive()
    inbox.reads = {"cat.gif": [Unavailable("The store is away.")]}
    emptier = world.emptier()
    await emptier.empty(asyncio.Event())
    assert await world.waiting() == {"cat.gif"}
    await emptier.empty(asyncio.Event())
    assert await world.waiting() == set()


async def test_an_outage_ends_the_round() -> None:
    """When everything fails for want of something, thousands of objects are not read in vain."""
    world, inbox = interrupted()
    for number in range(200):
        await world.arrive(f"{number}.gif")
        inbox.reads[f"{number}.gif"] = [Unavailable("The store is away.")]
    await world.emptier().empty(asyncio.Event())
    assert len(inbox.read_keys) < 30
    assert len(await world.waiting()) == 200


async def test_what_cannot_be_removed_is_announced_once() -> None:
    """Where we may not remove, no round announces again what an earlier one did."""
    world, inbox = interrupted()
    await world.arrive()
    inbox.removals = [Unavailable("Not allowed.") for _ in range(3)]
    emptier = world.emptier()
    for _ in range(3):
        await emptier.empty(asyncio.Event())
    assert await world.waiting() == {"cat.gif"}
    await emptier.empty(asyncio.Event())
    assert await world.waiting() == set()
    assert len(await world.announced()) == 1


async def test_what_is_left_is_told_once() -> None:
    """What is too large is announced once by a process, in whatever number of rounds."""
    world, inbox = interrupted()
    arrival = await world.arrive("big.gif", bytes(LIMIT + 1))
    await world.arrive("locked.gif")
    inbox.reads = {"locked.gif": [ArrivalUnreadableError("Not ours to read.")]}
    emptier = world.emptier()
    for _ in range(3):
        await emptier.empty(asyncio.Event())
        await emptier.accept(arrival)
    assert [one.filename for one in await world.announced()] == ["big.gif"]
    assert inbox.read_keys == ["locked.gif"]
    assert await world.waiting() == {"big.gif", "locked.gif"}


async def test_a_new_version_of_what_is_left_is_accepted() -> None:
    """Who puts a smaller one in its place need tell nobody."""
    world = InboxWorld()
    await world.arrive("cat.gif", bytes(LIMIT + 1))
    emptier = world.emptier()
    await emptier.empty(asyncio.Event())
    world.clock.advance(1)
    await world.arrive("cat.gif")
    await emptier.empty(asyncio.Event())
    assert await world.waiting() == set()
    assert [one.original.is_taken_in for one in await world.announced() if one.original] == [
        False,
        True,
    ]


async def test_a_stop_ends_the_rounds() -> None:
    """What was begun is finished, the rest waits for the next start."""
    world, inbox = interrupted()
    for number in range(100):
        await world.arrive(f"{number}.gif")
    stop = asyncio.Event()
    running = asyncio.create_task(world.emptier().keep_emptying(stop, every_seconds=60))
    await inbox.begun.wait()
    stop.set()
    await running
    announced = {one.filename for one in await world.announced()}
    assert 0 < len(announced) < 100
    assert len(await world.waiting()) == 100 - len(announced)


async def test_rounds_go_on_where_the_inbox_is_away() -> None:
    """A listing that fails is tried again by the next round."""
    world = InboxWorld()
    stop, listings = asyncio.Event(), 0

    class Away(Interrupted):
        async def list(self) -> AsyncGenerator[Arrival, None]:
            nonlocal listings
            listings += 1
            if listings == 3:
                stop.set()
            if listings < 3:
                raise Unavailable("The store is away.")
            async for one in world.inbox.list():
                yield one

    emptier = world.emptier(world.door(inbox=Away()))
    async with asyncio.timeout(10):
        await emptier.keep_emptying(stop, every_seconds=0.001)
    assert listings == 3
