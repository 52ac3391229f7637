"""What every channel promises, whatever is at its other end."""

import asyncio

import pytest

from calotype_core.ports.channel import EXCERPT_CHARS, NotTakenError, excerpt
from tests.conformance.channels import Outlet, message

pytestmark = pytest.mark.anyio
PATIENCE_SECONDS = 60  # longer than any channel may take


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on: its sockets are not asyncio's."""
    return "asyncio", {"use_uvloop": True}


async def test_a_message_is_taken(outlet: Outlet) -> None:
    """Once send has returned, the message is at the other end, under its id."""
    await outlet.channel.send(message(outlet.to))
    assert outlet.taken() == ["msg_one"]


async def test_the_same_again_is_taken_again(outlet: Outlet) -> None:
    """A channel keeps no record: what it is given twice, it hands over twice under one id."""
    for message_id in ("msg_one", "msg_two", "msg_one"):
        await outlet.channel.send(message(outlet.to, message_id=message_id))
    assert outlet.taken() == ["msg_one", "msg_two", "msg_one"]


async def test_many_at_once(outlet: Outlet) -> None:
    """What is sent at the same time does not get in one another's way."""
    ids = [f"msg_{number}" for number in range(20)]
    await asyncio.gather(*(outlet.channel.send(message(outlet.to, message_id=one)) for one in ids))
    assert sorted(outlet.taken()) == sorted(ids)


async def test_a_server_that_is_away(outlet: Outlet) -> None:
    """Where nobody is, the message is not taken, which is known in bounded time and may pass."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(NotTakenError) as caught:
            await outlet.severed.send(message(outlet.severed_to))
    assert (caught.value.retry, caught.value.silent) == (True, True)
    assert caught.value.answer.status is None
    assert 0 < len(caught.value.message) <= 300
    assert outlet.taken() == []


async def test_an_answer_is_an_excerpt(outlet: Outlet) -> None:
    """However much is answered, what is kept of it is short and can be shown on one line."""
    answer = await outlet.channel.send(message(outlet.to))
    assert len(answer.text) <= EXCERPT_CHARS
    assert answer.text == excerpt(answer.text)
