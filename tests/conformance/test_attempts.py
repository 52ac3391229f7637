"""What every ledger of attempts promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from calotype_core.domain.image import Failure
from calotype_core.ports.attempts import Attempt, Attempts

pytestmark = pytest.mark.anyio

OpenAttempts = Callable[[], AbstractAsyncContextManager[Attempts]]
CRASH = Failure(code="engine_died", message="The decoder died: “signal 9”.")


async def test_attempts_are_counted_from_one(attempts: Attempts) -> None:
    """Each begin is one more, whatever other events do."""
    assert await attempts.begin("event") == Attempt(number=1)
    assert await attempts.begin("other") == Attempt(number=1)
    assert await attempts.begin("event") == Attempt(number=2)


async def test_the_next_attempt_knows_why_the_last_failed(attempts: Attempts) -> None:
    """A failure that was remembered is told to the next attempt."""
    await attempts.begin("event")
    await attempts.failed("event", CRASH)
    assert await attempts.begin("event") == Attempt(number=2, last_failure=CRASH)


async def test_an_attempt_that_died_left_no_cause(attempts: Attempts) -> None:
    """An attempt after one that died hears of no failure, not of an older one."""
    await attempts.begin("event")
    await attempts.failed("event", CRASH)
    await attempts.begin("event")
    assert await attempts.begin("event") == Attempt(number=3, last_failure=None)


async def test_forgetting_begins_anew(attempts: Attempts) -> None:
    """A forgotten event is new; forgetting one that is unknown does nothing."""
    await attempts.begin("event")
    await attempts.forget("event")
    await attempts.forget("event")
    assert await attempts.begin("event") == Attempt(number=1)


async def test_a_failure_of_an_unknown_event_counts_nothing(attempts: Attempts) -> None:
    """A failure that comes after the event was forgotten is no attempt."""
    await attempts.failed("event", CRASH)
    assert await attempts.begin("event") == Attempt(number=1)


async def test_attempts_at_the_same_time_are_all_counted(attempts: Attempts) -> None:
    """Two begins at the same time get two numbers."""
    begun = await asyncio.gather(*(attempts.begin("event") for _ in range(20)))
    assert sorted(one.number for one in begun) == list(range(1, 21))


async def test_the_ledger_outlives_the_process(open_attempts: OpenAttempts) -> None:
    """Counts and causes are there after closing and opening again."""
    async with open_attempts() as attempts:
        await attempts.begin("event")
        await attempts.failed("event", CRASH)
    async with open_attempts() as attempts:
        assert await attempts.begin("event") == Attempt(number=2, last_failure=CRASH)
