"""Loops run together: they end together, and none of them ends by itself."""

import asyncio

import pytest

from calotype_core.service import Loop, LoopEndedError, Service, run_loops

pytestmark = pytest.mark.anyio


async def until_told(stop: asyncio.Event) -> None:
    await stop.wait()


async def run(*loops: Loop) -> bool:
    """Run the loops until they are told to stop, or one ends; return whether ended was called."""
    stop, ended = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, stop.set)
    await run_loops([Service(name="test", loops=loops)], stop, ended=ended.set)
    return ended.is_set()


async def test_they_end_when_they_are_told_to() -> None:
    """Loops that run until they are told to stop have ended well."""
    assert await run(until_told, until_told)


async def test_one_that_returns_has_failed() -> None:
    """A loop that has had enough stops the others, and that is an error."""

    async def returns(_: asyncio.Event) -> None:
        await asyncio.sleep(0)

    with pytest.raises(BaseExceptionGroup) as caught:
        await run(until_told, returns)
    assert caught.group_contains(LoopEndedError)


async def test_one_that_was_cancelled_from_within_has_failed() -> None:
    """A client that cancels itself, and its loop with it, does not pass for an orderly stop."""

    async def cancelled(_: asyncio.Event) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    with pytest.raises(BaseExceptionGroup) as caught:
        await run(until_told, cancelled)
    assert caught.group_contains(LoopEndedError)


async def test_one_that_is_cancelled_is_cancelled() -> None:
    """Whoever cancels them all gets a cancellation."""
    running = asyncio.create_task(run(until_told, lambda _: asyncio.sleep(60)))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
