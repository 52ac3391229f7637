"""An object of the inbox becomes one image, however often and by however many it is accepted."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest

from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.events import ImageAccepted
from calotype_core.domain.ids import time_of
from calotype_core.domain.image import Original
from calotype_core.errors import Unavailable
from calotype_core.metric_defs import UPLOAD_BYTES_TOTAL
from calotype_core.ports.event_log import Message
from calotype_core.ports.inbox import Arrival
from calotype_core.ports.object_store import StoreFullError
from calotype_ingest.accept_object import InboxDoor
from calotype_ingest.empty_inbox import InboxEmptier
from tests.unit.ingest.doors import DEFAULT, GIF, OTHER_GIF, sha256
from tests.unit.ingest.inbox_doors import LIMIT, InboxWorld, Interrupted

pytestmark = pytest.mark.anyio


class AwayLog(MemoryEventLog):
    """A log that cannot be reached."""

    async def append(self, messages: Sequence[Message]) -> None:
        raise Unavailable("The log is away.")


async def accept(arrival: Arrival, door: InboxDoor) -> None:
    """Accept the arrival as a process does that knows of nothing before it."""
    await InboxEmptier(door, Random(0)).accept(arrival)


async def test_an_object_becomes_an_image() -> None:
    """Its bytes are stored, its key is the image's name, and it leaves the inbox."""
    world = InboxWorld()
    arrival = await world.arrive("2026/a cat, später+.gif")
    world.clock.advance(90)
    await accept(arrival, world.door())
    [event] = await world.announced()
    key = f"originals/{event.image_id}"
    assert event == ImageAccepted(
        image_id=event.image_id,
        original=Original(key=key, size_bytes=len(GIF), sha256=sha256(GIF)),
        filename="2026/a cat, später+.gif",
        instructions=DEFAULT,
        accepted_at=arrival.arrived_at,
    )
    assert time_of(event.image_id) == arrival.arrived_at
    assert await world.stored() == {key: GIF}
    assert await world.waiting() == set()
    assert world.metrics.value(UPLOAD_BYTES_TOTAL) == len(GIF)


async def test_a_second_time_is_the_same_event() -> None:
    """Who dies between announcing and removing announces the same image again, and no other."""
    world = InboxWorld(inbox=Interrupted())
    assert isinstance(world.inbox, Interrupted)
    arrival = await world.arrive()
    world.inbox.removals = [asyncio.CancelledError()]
    with pytest.raises(asyncio.CancelledError):
        await accept(arrival, world.door())
    world.clock.advance(60)
    await accept(arrival, world.door())
    first, again = await world.announced()
    assert first == again
    assert first.event_id == again.event_id
    assert list(await world.stored()) == [f"originals/{first.image_id}"]
    assert await world.waiting() == set()


async def test_several_at_once_make_one_image() -> None:
    """Two processes and a notification at the same object come to one image between them."""
    world = InboxWorld(inbox=Interrupted())
    arrival = await world.arrive()
    await asyncio.gather(*(accept(arrival, world.door()) for _ in range(5)))
    events = await world.announced()
    assert len({one.event_id for one in events}) == 1
    assert await world.stored() == {f"originals/{events[0].image_id}": GIF}
    assert await world.waiting() == set()


async def test_what_has_gone_is_done() -> None:
    """A late notification of what was accepted long ago announces nothing and stores nothing."""
    world = InboxWorld()
    arrival = await world.arrive()
    await accept(arrival, world.door())
    before = await world.stored()
    await accept(arrival, world.door())
    assert len(await world.announced()) == 1
    assert await world.stored() == before


async def test_a_newer_version_is_another_image() -> None:
    """The same key again is another image, and accepting the older leaves the newer."""
    world = InboxWorld()
    old = await world.arrive()
    world.clock.advance(1)
    new = await world.arrive(data=OTHER_GIF)
    await accept(old, world.door())
    assert await world.announced() == []
    await accept(new, world.door())
    world.clock.advance(1)
    await accept(await world.arrive(data=OTHER_GIF), world.door())
    ids = [one.image_id for one in await world.announced()]
    assert ids == sorted(set(ids))
    assert len(ids) == 2


@pytest.mark.parametrize("data", [b"", b"no image at all"])
async def test_what_is_no_image_is_announced_all_the_same(data: bytes) -> None:
    """Nobody waits for an answer here: only a failed record can say what is wrong."""
    world = InboxWorld()
    await accept(await world.arrive("cat.gif", data), world.door())
    [event] = await world.announced()
    assert event.original is not None
    assert (event.original.size_bytes, event.original.sha256) == (len(data), sha256(data))
    assert await world.waiting() == set()


async def test_what_is_too_large_is_announced_and_left() -> None:
    """An object over the limit is not copied, and not thrown away either: it is its owner's."""
    world = InboxWorld()
    arrival = await world.arrive("big.gif", bytes(LIMIT + 1))
    await accept(arrival, world.door())
    [event] = await world.announced()
    assert event.original == Original(key="uploads/big.gif", size_bytes=LIMIT + 1, sha256="")
    assert not event.original.is_taken_in
    assert event.filename == "big.gif"
    assert await world.stored() == {}
    assert await world.waiting() == {"big.gif"}
    assert world.metrics.value(UPLOAD_BYTES_TOTAL) == 0


async def test_a_limit_that_is_raised_lets_it_in() -> None:
    """What was too large is accepted once it is not, as an image of its own and the newer one."""
    world = InboxWorld()
    arrival = await world.arrive("big.gif", bytes(LIMIT + 1))
    await accept(arrival, world.door())
    await accept(arrival, world.door(upload_max_bytes=LIMIT + 1))
    refused, accepted = await world.announced()
    assert refused.image_id < accepted.image_id
    assert refused.accepted_at == accepted.accepted_at == arrival.arrived_at
    assert await world.waiting() == set()


async def test_what_cannot_be_announced_waits() -> None:
    """While the log is away nothing leaves the inbox, and what was stored is as it will be."""
    world = InboxWorld()
    arrival = await world.arrive()
    with pytest.raises(Unavailable):
        await accept(arrival, world.door(log=AwayLog(world.clock)))
    assert await world.waiting() == {"cat.gif"}
    before = await world.stored()
    await accept(arrival, world.door())
    assert await world.stored() == before


async def test_what_has_no_room_waits() -> None:
    """A full store keeps no half of an object, and the inbox keeps all of it."""
    world = InboxWorld(objects=MemoryObjectStore(capacity_bytes=len(GIF) - 1))
    with pytest.raises(StoreFullError):
        await accept(await world.arrive(), world.door())
    assert await world.stored() == {}
    assert await world.announced() == []
    assert await world.waiting() == {"cat.gif"}


async def test_a_name_that_is_no_text_is_told_as_text() -> None:
    """A file's name may have bytes that no event can carry; two such names stay two."""
    world = InboxWorld()
    for name in (b"gr\xfcn.gif", b"gr\xf6n.gif"):
        await accept(await world.arrive(name.decode(errors="surrogateescape")), world.door())
    events = await world.announced()
    assert [one.filename for one in events] == ["gr\ufffdn.gif"] * 2
    assert len({one.image_id for one in events}) == 2


async def test_the_time_of_arrival_is_kept_to_the_microsecond() -> None:
    """The event of a repeat is the same in every field, its time too."""
    world = InboxWorld()
    world.clock.turn_to(world.clock.now() + timedelta(microseconds=123_456))
    arrival = await world.arrive()
    await accept(arrival, world.door())
    [event] = await world.announced()
    assert event.accepted_at == arrival.arrived_at
