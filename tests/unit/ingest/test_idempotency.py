"""The same Idempotency-Key again is the same request, not another."""

import asyncio

import pytest

from calotype_core.domain.events import ImageAccepted, JobAccepted
from calotype_ingest.accept_upload import announce
from calotype_ingest.claims import AnsweredBefore
from calotype_ingest.errors import IdempotencyConflictError
from calotype_ingest.parts import FieldPart, Part
from tests.unit.ingest.bodies import file
from tests.unit.ingest.doors import GIF, OTHER_GIF, World, gif

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("contents", [[GIF], [GIF, OTHER_GIF]])
async def test_the_same_again_is_the_same(contents: list[bytes]) -> None:
    """The same body under the same key has the same ids and is the same event; nothing is added."""
    world = World()
    first = await world.receive(*map(gif, contents), key="key")
    await announce(world.door, first)
    stored = await world.stored()
    world.clock.advance(5)
    again = await world.receive(*map(gif, contents), key="key")
    await announce(world.door, again)
    assert await world.stored() == stored
    assert again.event.event_id == first.event.event_id
    assert len({event.event_id for event in await world.announced()}) == 1


async def test_an_earlier_answer_is_given_again() -> None:
    """Where the first request was answered, the second gets that answer and stores nothing."""
    world = World()
    first = await world.receive(gif(), key="key")
    assert first.idempotency_key == "key"
    await world.keys.answer("key", "the answer")
    stored = await world.stored()
    assert await world.ask(gif(), key="key") == AnsweredBefore(answer="the answer")
    assert await world.stored() == stored


async def test_an_earlier_answer_brings_nothing_back() -> None:
    """An image that was deleted after it was answered is not stored again by a late retry."""
    world = World()
    first = await world.receive(gif(), key="key")
    await world.keys.answer("key", "the answer")
    assert isinstance(first.event, ImageAccepted)
    await world.objects.delete(f"originals/{first.event.image_id}")
    await world.ask(gif(), key="key")
    assert await world.stored() == {}


@pytest.mark.parametrize("contents", [[GIF], [GIF, OTHER_GIF]])
async def test_a_request_that_died_before_its_answer(contents: list[bytes]) -> None:
    """Where the first request got no answer, the second makes its promise good, bytes and all."""
    world = World()
    first = await world.receive(*map(gif, contents), key="key")
    stored = await world.stored()
    for key in stored:  # as if the first had been refused room, or swept away
        await world.objects.delete(key)
    again = await world.receive(*map(gif, contents), key="key")
    assert again.event.event_id == first.event.event_id
    assert await world.stored() == stored


OTHERS: dict[str, list[Part]] = {
    "other bytes": [gif(OTHER_GIF)],
    "another name": [file(GIF, "dog.gif")],
    "one file more": [gif(), gif()],
    "other instructions": [gif(), FieldPart(name="instructions", value='{"rotate": 90}')],
    "another callback": [gif(), FieldPart(name="callbackUrl", value="https://example.com/")],
}


@pytest.mark.parametrize("parts", OTHERS.values(), ids=OTHERS)
async def test_another_request_under_the_key_is_refused(parts: list[Part]) -> None:
    """A key stands for one request: another one is refused, and leaves nothing."""
    world = World()
    await world.receive(gif(), key="key")
    stored = await world.stored()
    with pytest.raises(IdempotencyConflictError):
        await world.receive(*parts, key="key")
    assert await world.stored() == stored


async def test_equal_instructions_are_the_same_request() -> None:
    """Instructions that mean the same are the same request, however they are written."""
    world = World()
    first = await world.receive(gif(), key="key", instructions='{"rotate": 90}')
    again = await world.receive(gif(), key="key", instructions='[{"rotate": {"degrees": 90}}]')
    assert again.event.event_id == first.event.event_id


async def test_other_keys_are_other_requests() -> None:
    """The same body under another key, or under none, is another image."""
    world = World()
    events = [(await world.receive(gif(), key=key)).event for key in ("a", "b", None, None)]
    assert len({event.event_id for event in events}) == 4


async def test_a_refused_request_leaves_its_key_free() -> None:
    """A request that was refused for what it held has not used its key up."""
    world = World()
    with pytest.raises(Exception, match="empty"):
        await world.receive(file(b""), key="key")
    assert await world.keys.get("key") is None


async def test_two_at_once_are_one() -> None:
    """Two requests with one key at the same time come to one job, whichever is first."""
    world = World()
    both = await asyncio.gather(*(world.receive(gif(), gif(), key="key") for _ in range(2)))
    assert len({one.event.event_id for one in both}) == 1
    [event, _] = (one.event for one in both)
    assert isinstance(event, JobAccepted)
    assert len(await world.stored()) == 3
