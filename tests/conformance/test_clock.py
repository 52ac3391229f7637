"""What every clock promises."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.ports.clock import Clock

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Time:
    """A clock, and the way to let time pass on it."""

    clock: Clock
    let_pass: Callable[[float], Awaitable[None]]


def manual_time() -> Time:
    clock = ManualClock()

    async def let_pass(seconds: float) -> None:
        await asyncio.sleep(0)  # who is about to sleep gets there
        clock.advance(seconds)

    return Time(clock, let_pass)


def system_time() -> Time:
    return Time(SystemClock(), asyncio.sleep)


@pytest.fixture(params=[manual_time, system_time], ids=["memory", "system"])
def time(request: pytest.FixtureRequest) -> Time:
    made: Time = request.param()
    return made


async def test_now_is_in_utc(time: Time) -> None:
    """The time of day knows that it is UTC."""
    assert time.clock.now().utcoffset() == timedelta()


async def test_time_passes(time: Time) -> None:
    """Both times move on with time."""
    now, seconds = time.clock.now(), time.clock.monotonic()
    await time.let_pass(0.01)
    assert time.clock.now() > now
    assert time.clock.monotonic() > seconds


async def test_a_sleeper_wakes_after_its_time(time: Time) -> None:
    """Sleep returns once that many seconds have passed, and not before."""
    began = time.clock.monotonic()
    sleeper = asyncio.create_task(time.clock.sleep(0.01))
    await time.let_pass(0.02)
    await sleeper
    assert time.clock.monotonic() - began >= 0.0099


async def test_no_time_at_all_is_slept(time: Time) -> None:
    """Sleeping for no seconds, or fewer, returns."""
    await time.clock.sleep(0)
    await time.clock.sleep(-1)


async def test_a_sleeper_may_be_woken_by_cancelling(time: Time) -> None:
    """A cancelled sleeper is gone, and the clock goes on."""
    sleeper = asyncio.create_task(time.clock.sleep(3600))
    await time.let_pass(0.001)
    sleeper.cancel()
    assert isinstance(
        (await asyncio.gather(sleeper, return_exceptions=True))[0], asyncio.CancelledError
    )
    await time.let_pass(0.001)


async def test_a_manual_clock_wakes_nobody_early() -> None:
    """A manual clock wakes those whose time has come and lets the others sleep on."""
    clock = ManualClock()
    woken: list[int] = []

    async def sleep(seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.TaskGroup() as tasks:
        for seconds in (3, 1, 2):
            tasks.create_task(sleep(seconds))
        await asyncio.sleep(0)
        assert clock.sleepers == 3
        clock.advance(2)
        await asyncio.sleep(0)
        assert woken == [1, 2]
        assert clock.sleepers == 1
        clock.advance(1)
    assert woken == [1, 2, 3]


async def test_turning_a_manual_clock_wakes_nobody() -> None:
    """The time of day may be put back or forth without a second passing."""
    clock = ManualClock()
    sleeper = asyncio.create_task(clock.sleep(1))
    await asyncio.sleep(0)
    clock.turn_to(clock.now() + timedelta(hours=1))
    await asyncio.sleep(0)
    assert not sleeper.done()
    assert clock.monotonic() == 0
    clock.advance(1)
    await sleeper
