"""Hearing every event from now on, in a process that keeps no position."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime

from calotype_core import logs
from calotype_core.codec import UndecodableError
from calotype_core.errors import Unavailable
from calotype_core.patience import unless
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog, Record, Tail

_log = logs.get_logger(__name__)
_POLL_SECONDS = 0.5
_POLL_RECORDS = 500


async def follow_tail(
    log: EventLog,
    topics: Sequence[str],
    hear: Callable[[Record], Awaitable[None]],
    *,
    clock: Clock,
    stop: asyncio.Event,
    since: datetime | None = None,
    caught_up: Callable[[], None] | None = None,
) -> None:
    """Have hear called with each record from now on, one after the other, until stop is set.

    With since, from then on: caught_up is called once hear has had all that was there before. A
    tail is for telling those who listen now: a record that cannot be decoded, or told, is left.
    """
    while not stop.is_set():
        try:
            async with AsyncExitStack() as opened:
                opening = log.tail(topics, since=since)
                tail = await unless(stop, opened.enter_async_context(opening))
                if tail is not None:
                    await _follow(tail, hear, clock, stop, caught_up)
        except Unavailable as error:
            await _wait(clock, error)


async def _follow(
    tail: Tail,
    hear: Callable[[Record], Awaitable[None]],
    clock: Clock,
    stop: asyncio.Event,
    caught_up: Callable[[], None] | None,
) -> None:
    while not stop.is_set():
        try:
            records = await tail.poll(_POLL_RECORDS, _POLL_SECONDS)
        except Unavailable as error:
            await _wait(clock, error)
            continue
        for record in records:
            try:
                await hear(record)
            except (UndecodableError, Unavailable) as error:
                _log.warning("a record was not heard", code=error.code, reason=error.message)
        if caught_up is not None and tail.caught_up:
            caught_up()
            caught_up = None


async def _wait(clock: Clock, error: Unavailable) -> None:
    _log.warning("waiting for a dependency", code=error.code, reason=error.message)
    await clock.sleep(_POLL_SECONDS)
