"""A log without room: the promise is not made, and its objects do not stay to fill the disk."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.ports.event_log import Message
from calotype_core.ports.object_store import StoreFullError
from calotype_ingest.accept_upload import Accepted, announce, receive_upload
from calotype_ingest.asked import read_asked
from calotype_ingest.door import Door
from calotype_ingest.parts import Part
from tests.unit.ingest.doors import World, gif, in_turn

pytestmark = pytest.mark.anyio


class FullLog(MemoryEventLog):
    async def append(self, messages: Sequence[Message]) -> None:
        raise StoreFullError("full")


async def send(door: Door, *parts: Part, key: str | None = None) -> None:
    accepted = await receive_upload(
        door,
        in_turn(*parts),
        read=lambda fields: read_asked(fields, {}, door.settings),
        query={},
        idempotency_key=key,
    )
    assert isinstance(accepted, Accepted)
    await announce(door, accepted)


@pytest.mark.parametrize("files", [1, 3])
async def test_what_cannot_be_promised_is_taken_back(files: int) -> None:
    """An image, or a job with its manifest, leaves nothing where the log has no room for it."""
    world = World()
    door = replace(world.door, log=FullLog(world.clock))
    with pytest.raises(StoreFullError):
        await send(door, *(gif() for _ in range(files)))
    assert await world.stored() == {}


async def test_what_may_be_promised_elsewhere_stays() -> None:
    """Under an Idempotency-Key another request may have promised the same object: it is kept."""
    world = World()
    await send(world.door, gif(), key="key")
    promised = await world.stored()
    with pytest.raises(StoreFullError):
        await send(replace(world.door, log=FullLog(world.clock)), gif(), key="key")
    assert await world.stored() == promised
