"""Ingest, put together: what a bucket tells is heard, and what is no such thing stops nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from urllib.parse import quote_plus

import pytest

from calotype_core import codec
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.memory.expansions import MemoryExpansions
from calotype_core.adapters.memory.idempotency import MemoryIdempotencyKeys
from calotype_core.adapters.memory.ids import SeededIds
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.ports.event_log import Message, Tail
from calotype_core.service import run_loops
from calotype_core.topology import (
    DEAD_LETTERS,
    IMAGES_ACCEPTED,
    INGEST,
    UPLOADS,
    foreign_topics_consumed_by,
)
from calotype_ingest import service
from calotype_ingest.settings import IngestSettings
from tests.unit.ingest.doors import GIF
from tests.unit.ingest.inbox_doors import InboxWorld

pytestmark = pytest.mark.anyio

NEVER = 1e6  # seconds between rounds: what is accepted, a notification told of


def told(*keys: str) -> Message:
    records = [
        {"eventName": "s3:ObjectCreated:Put", "s3": {"object": {"key": quote_plus(key)}}}
        for key in keys
    ]
    return foreign(json.dumps({"Records": records}).encode())


def foreign(value: bytes) -> Message:
    return Message(topic=UPLOADS, key="calotype/uploads", value=value, headers={})


@asynccontextmanager
async def running(world: InboxWorld) -> AsyncIterator[Tail]:
    """Run ingest, past its first round, and yield what it announces."""
    stop = asyncio.Event()
    built = service.build(
        objects=world.objects,
        watch=service.InboxWatch(
            inbox=world.inbox,
            every_seconds=NEVER,
            topics=foreign_topics_consumed_by(INGEST),
        ),
        log=world.log,
        keys=MemoryIdempotencyKeys(),
        jobs=MemoryJobRecords(),
        expansions=MemoryExpansions(),
        attempts=MemoryAttempts(),
        ids=SeededIds(),
        clock=SystemClock(),
        random=Random(0),
        metrics=world.metrics,
        settings=IngestSettings(),
    )
    async with world.log.tail([IMAGES_ACCEPTED]) as announced:
        task = asyncio.create_task(run_loops([built], stop, ended=stop.set))
        await world.arrive("first.gif")
        await until_announced(announced, 1)
        yield announced
        stop.set()
        await task


async def until_announced(tail: Tail, count: int) -> None:
    async with asyncio.timeout(10):
        while count > 0:
            count -= len(await tail.poll(count, 1))


async def test_an_object_is_accepted_when_the_bucket_tells_of_it() -> None:
    """A notification is enough, and two for one object, or one for none, make no further image."""
    world = InboxWorld()
    async with running(world) as announced:
        await world.arrive("a b+.gif")
        await world.arrive("c.gif")
        hint = told("uploads/a b+.gif", "uploads/never there.gif", "originals/c.gif")
        await world.log.append([hint, hint, told("uploads/c.gif")])
        await until_announced(announced, 2)
    names = sorted(one.filename or "" for one in await world.announced())
    assert names == ["a b+.gif", "c.gif", "first.gif"]
    assert await world.waiting() == set()


async def test_what_is_no_notification_is_put_aside() -> None:
    """Foreign bytes on the topic become a dead letter with the cause; the next one is heard."""
    world = InboxWorld()
    async with running(world) as announced:
        await world.arrive("a.gif", GIF)
        await world.log.append([foreign(b"hello"), told("uploads/a.gif")])
        await until_announced(announced, 1)
    [letter] = [
        codec.decode_dead_letter(one) for one in await world.log.read({DEAD_LETTERS: 0}, 10)
    ]
    assert (letter.topic, letter.value, letter.cause.code) == (
        UPLOADS,
        b"hello",
        "undecodable_event",
    )
