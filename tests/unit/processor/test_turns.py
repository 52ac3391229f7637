"""Who gets a seat next."""

import asyncio

import pytest

from calotype_processor.engine.turns import Turns

pytestmark = pytest.mark.anyio


async def test_who_is_last_waits_for_all_others() -> None:
    """A seat goes to who asked first, and to bulk only when nobody else waits."""
    turns, served = Turns(["seat"]), list[str]()

    async def sit(name: str, *, last: bool) -> None:
        seat = await turns.take(last=last)
        served.append(name)
        turns.give_back(seat)

    taken = await turns.take(last=True)
    sitting = [
        asyncio.create_task(sit(name, last=last))
        for name, last in (("bulk 1", True), ("one", False), ("bulk 2", True), ("two", False))
    ]
    await asyncio.sleep(0)
    turns.give_back(taken)
    await asyncio.gather(*sitting)
    assert served == ["one", "two", "bulk 1", "bulk 2"]


async def test_who_leaves_passes_the_seat_on() -> None:
    """One that is cancelled, even in the moment of its turn, keeps no seat from the others."""
    turns = Turns(["seat"])
    taken = await turns.take(last=False)
    leaving, late, staying = (asyncio.create_task(turns.take(last=False)) for _ in range(3))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    turns.give_back(taken)  # to late, who leaves before it knows
    late.cancel()
    assert await staying == "seat"
    assert leaving.cancelled()
    assert late.cancelled()
