"""Turns at hosts: who waits, for how long, and who is better off elsewhere."""

import asyncio
from collections.abc import Sequence

import pytest

from calotype_core.adapters.http import politeness
from calotype_core.adapters.http.politeness import LONGEST_REST, PROBE_SECONDS, Politeness
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.ports.fetcher import (
    FetchInterruptedError,
    HostTimeoutError,
    NotThereError,
    ThrottledError,
)

pytestmark = pytest.mark.anyio

PATIENCE = 120.0


class Visitors:
    """Whoever asks a host that answers as a test has it."""

    def __init__(self, at_once: int = 2) -> None:
        self.clock = ManualClock()
        self.hosts = Politeness(clock=self.clock, at_once=at_once, patience_seconds=PATIENCE)
        self.asked: list[str] = []

    async def visit(self, name: str = "shop", raises: Exception | None = None) -> None:
        async with self.hosts.turn(name):
            self.asked.append(name)
            if raises is not None:
                raise raises

    async def failing(self, times: int, *, every_seconds: float = 0) -> None:
        for _ in range(times):
            with pytest.raises(HostTimeoutError):
                await self.visit(raises=HostTimeoutError("The shop kept silent."))
            self.clock.advance(every_seconds)

    async def turned_away(self) -> FetchInterruptedError:
        before = list(self.asked)
        with pytest.raises(FetchInterruptedError) as caught:
            await self.visit()
        assert self.asked == before
        return caught.value


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_turns_are_given_in_the_order_of_asking() -> None:
    """At most so many are served at once, and the others after them, first come, first served."""
    visitors = Visitors(at_once=1)
    served: list[int] = []

    async def visit(number: int) -> None:
        async with visitors.hosts.turn("shop"):
            served.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(visit(number) for number in range(5)))
    assert served == [0, 1, 2, 3, 4]


async def test_a_rest_is_for_all() -> None:
    """What one is told, the next ones heed, until the rest is over."""
    visitors = Visitors()
    with pytest.raises(ThrottledError):
        await visitors.visit(raises=ThrottledError("Not so fast.", again_in=60))
    waiting = [asyncio.create_task(visitors.visit()) for _ in range(3)]
    await settle()
    assert visitors.asked == ["shop"]
    visitors.clock.advance(59)
    await settle()
    assert visitors.asked == ["shop"]
    visitors.clock.advance(1)
    await asyncio.gather(*waiting)
    assert visitors.asked == ["shop"] * 4


async def test_a_rest_is_of_one_host() -> None:
    """Others are asked meanwhile."""
    visitors = Visitors()
    with pytest.raises(ThrottledError):
        await visitors.visit(raises=ThrottledError("Not so fast.", again_in=60))
    await visitors.visit("another")


async def test_a_rest_that_is_too_long_is_not_waited_for() -> None:
    """Those who would wait for longer than may be fail at once, as the one did who was told."""
    visitors = Visitors()
    with pytest.raises(ThrottledError):
        await visitors.visit(raises=ThrottledError("Not so fast.", again_in=1e9))
    error = await visitors.turned_away()
    assert isinstance(error, ThrottledError)
    assert error.again_in > PATIENCE
    assert error.message.startswith("Not so fast.")
    visitors.clock.advance(LONGEST_REST)
    await visitors.visit()


async def test_a_short_outage_turns_nobody_away() -> None:
    """However many fail within the time that is borne with, the next one is let through."""
    visitors = Visitors()
    await visitors.failing(100, every_seconds=1)
    await visitors.visit()


async def test_a_few_failures_turn_nobody_away() -> None:
    """Over however long: there may have been no more to ask."""
    visitors = Visitors()
    await visitors.failing(3, every_seconds=100)
    await visitors.visit()


async def test_a_dead_host_is_not_waited_for() -> None:
    """One that has failed for long enough, whatever it was asked, holds nobody up."""
    visitors = Visitors()
    await visitors.failing(4, every_seconds=31)
    await visitors.failing(1)
    error = await visitors.turned_away()
    assert isinstance(error, HostTimeoutError)
    assert error.message.startswith("The shop kept silent.")


async def test_a_dead_host_is_looked_at_now_and_then() -> None:
    """One is let through after a while; if it is served, so are all, else nobody, for a while."""
    visitors = Visitors()
    await visitors.failing(4, every_seconds=31)
    await visitors.failing(1)
    await visitors.turned_away()
    visitors.clock.advance(PROBE_SECONDS)
    await visitors.visit()
    await visitors.visit()


async def test_a_probe_is_one() -> None:
    """While one is let through to see, the others are turned away."""
    visitors = Visitors()
    await visitors.failing(5, every_seconds=31)
    async with visitors.hosts.turn("shop"):
        await visitors.turned_away()


async def test_an_answer_is_an_answer() -> None:
    """What a host says of one URL, be it no, proves that it is there."""
    visitors = Visitors()
    await visitors.failing(3, every_seconds=50)
    with pytest.raises(NotThereError):
        await visitors.visit(raises=NotThereError("No such lamp."))
    await visitors.failing(3)
    await visitors.visit()


async def test_errors_of_ours_say_nothing_of_a_host() -> None:
    """What fails for another reason passes through, and its turn is given back."""
    visitors = Visitors(at_once=1)
    for _ in range(3):
        with pytest.raises(LookupError):
            await visitors.visit(raises=LookupError("ours"))
    await visitors.visit()


async def test_whoever_leaves_gives_the_turn_back() -> None:
    """A cancelled wait, or visit, leaves the host as it was."""
    visitors = Visitors(at_once=1)
    async with visitors.hosts.turn("shop"):
        waiting = asyncio.create_task(visitors.visit())
        await settle()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await visitors.visit()
    assert visitors.asked == ["shop"]


async def test_hosts_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many are remembered, the ones that are being asked among them."""
    monkeypatch.setattr(politeness, "MOST_HOSTS", 2)
    visitors = Visitors(at_once=1)

    async def told_to_rest(names: Sequence[str]) -> None:
        for name in names:
            with pytest.raises(ThrottledError):
                await visitors.visit(name, raises=ThrottledError("No.", again_in=500))

    await told_to_rest(["a"])
    async with visitors.hosts.turn("busy"):
        await told_to_rest(["b", "c"])
        await visitors.visit("a")  # forgotten, and asked again
        waiting = asyncio.create_task(visitors.visit("busy"))
        await settle()
        assert not waiting.done()  # not forgotten
    await waiting
