"""The log in Kafka while its broker restarts, is away, or has lost what a producer counted on."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import Record
from calotype_core.tailing import follow_tail
from tests.cluster.members import (
    ACCEPTED,
    Member,
    WatchedLog,
    Work,
    append_patiently,
    finish,
    fresh_settings,
    ids,
    messages,
    take,
    topics,
    watched_log,
)

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]

_ROOT = Path(__file__).parents[2]


async def broker(verb: str) -> None:
    """Have deploy/services start, stop or restart the broker, and wait until that is done."""
    command = [sys.executable, "-m", "deploy.services", verb, "kafka"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@asynccontextmanager
async def broker_away() -> AsyncIterator[None]:
    """Have no broker; it is back after the context, however that ends."""
    await broker("stop")
    try:
        yield
    finally:
        await broker("start")


def tasks() -> set[str]:
    return {str(task.get_coro()) for task in asyncio.all_tasks() if not task.done()}


async def test_a_broker_that_restarts() -> None:
    """Nothing is lost, members and producers get on by themselves, and a tail misses nothing."""
    work = Work(seconds=0.02)
    async with watched_log(fresh_settings(), work) as log, log.tail([ACCEPTED]) as tail:
        members = [Member(log) for _ in range(2)]

        async def produce() -> None:
            for number in range(0, 400, 4):
                await append_patiently(log, messages(range(number, number + 4)))
                await asyncio.sleep(0.05)

        producing = asyncio.create_task(produce())
        await work.until(40)
        await broker("restart")
        back, before = time.monotonic(), len(set(work.done))
        await work.until(before + 1)
        print(f"back to work {time.monotonic() - back:.1f} s after the broker")  # noqa: T201
        await producing
        await work.until(400)
        await asyncio.gather(*(member.leave() for member in members))
        await finish(log)
        heard: list[Record] = []
        while len({one.headers["ce_id"] for one in heard}) < 400:
            heard += await take(tail, 1)
        assert sorted(set(work.done)) == ids(range(400))
        assert len({(one.partition, one.offset) for one in heard}) == len(heard)
        assert await log.lag() == 0


async def test_an_outage_that_outlasts_every_deadline() -> None:
    """While the broker is away all say so and wait; once it is back, all goes on."""
    work = Work()
    settings = fresh_settings(partitions=2, timeout_seconds=2)
    async with watched_log(settings, work) as log:
        member = Member(log)
        await log.append(messages(range(10)))
        await work.until(10)
        async with broker_away():
            appending = [
                asyncio.create_task(append_patiently(log, messages(range(n, n + 1))))
                for n in range(10, 30)
            ]
            with pytest.raises(Unavailable, match="did not name its topics"):
                await log.inner.check()
            await asyncio.sleep(12)
            await member.consumer.check_alive()
        back = time.monotonic()
        await work.until(30)
        print(f"back to work {time.monotonic() - back:.1f} s after the broker")  # noqa: T201
        await asyncio.gather(*appending)
        await log.inner.check()
        await member.leave()
        await finish(log)
        assert sorted(set(work.done)) == ids(range(30))
        assert await log.lag() == 0


async def test_everything_stops_while_the_broker_is_away() -> None:
    """Members, tails and producers end within their deadlines, and leave no task behind."""
    before, work, stop = tasks(), Work(), asyncio.Event()
    settings = fresh_settings(partitions=2, timeout_seconds=2)

    async def hear(_: Record) -> None: ...

    async with watched_log(settings, work) as log:
        member = Member(log)
        tail = asyncio.create_task(
            follow_tail(log, [ACCEPTED], hear, clock=SystemClock(), stop=stop)
        )
        await log.append(messages(range(10)))
        await work.until(10)
        async with broker_away():
            with pytest.raises(Unavailable):
                await log.append(messages(range(10, 20)))
            stop.set()
            begun = time.monotonic()
            async with asyncio.timeout(60):
                await asyncio.gather(member.leave(), tail)
                await log.inner.close()
            print(f"stopped in {time.monotonic() - begun:.1f} s")  # noqa: T201
            await asyncio.sleep(0.5)
            assert tasks() <= before | {tasks_own()}


def tasks_own() -> str:
    task = asyncio.current_task()
    assert task is not None
    return str(task.get_coro())


async def test_who_starts_before_the_broker() -> None:
    """Members and tails wait for a broker that is not there yet, and stop when they are told to."""
    work, stop = Work(), asyncio.Event()
    heard: list[Record] = []
    settings = fresh_settings(partitions=2, timeout_seconds=2)

    async def hear(record: Record) -> None:
        heard.append(record)

    async with topics(settings), KafkaEventLog.open(settings) as inner:
        log = WatchedLog(inner, work)
        async with broker_away():
            member = Member(log)
            tail = asyncio.create_task(
                follow_tail(log, [ACCEPTED], hear, clock=SystemClock(), stop=stop)
            )
            await Member(log).leave()
            await asyncio.sleep(2)
        for number in range(100):
            await append_patiently(log, messages(range(number, number + 1)))
            if heard:
                break
            await asyncio.sleep(0.2)
        await work.until(number + 1)
        stop.set()
        await asyncio.gather(member.leave(), tail)
        assert heard


async def test_a_poisoned_producer_is_replaced() -> None:
    """A producer whose every record is out of sequence is replaced, and the record is sent."""
    settings = fresh_settings(partitions=1)
    async with watched_log(settings, Work()) as log:
        await log.append(messages(range(1)))
        poisoned = log.inner._producer._producers.current  # noqa: SLF001 - there is no other way to it
        assert poisoned is not None
        lane = TopicPartition(settings.kafka_namespace + ACCEPTED, 0)
        # As if a batch had been lost between it and the broker.
        poisoned._txn_manager.increment_sequence_number(lane, 5)  # noqa: SLF001
        await asyncio.gather(*(log.append(messages(range(n, n + 1))) for n in range(1, 40)))
        assert log.inner._producer._producers.current is not poisoned  # noqa: SLF001
        async with log.inner.subscribe("processor", [ACCEPTED]) as subscription:
            records = await take(subscription, 40)
        assert {one.headers["ce_id"] for one in records} == set(ids(range(40)))
