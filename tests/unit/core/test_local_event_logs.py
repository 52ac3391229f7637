"""What the logs of a single process promise beside what every event log does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.sqlite import event_log as sqlite_event_log
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.event_log import SqliteEventLog
from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import Message, Record
from calotype_core.topology import DEAD_LETTERS, IMAGES_ACCEPTED, RETENTION

pytestmark = pytest.mark.anyio

LocalLog = MemoryEventLog | SqliteEventLog


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite"])
async def log(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[LocalLog]:
    if request.param == "memory":
        yield MemoryEventLog(clock)
        return
    async with Database.open(tmp_path / "calotype.db") as database:
        yield SqliteEventLog(database, clock)


def messages(*values: str, topic: str = IMAGES_ACCEPTED) -> list[Message]:
    return [Message(topic=topic, key="key", value=one.encode(), headers={}) for one in values]


async def everything(log: LocalLog, topic: str = IMAGES_ACCEPTED) -> list[Record]:
    async with log.subscribe("everything", [topic]) as subscription:
        return list(await subscription.poll(1000, 0))


async def test_a_group_has_one_member(log: LocalLog) -> None:
    """A second member at the same time is refused in words; one after it is not."""
    async with log.subscribe("group", [IMAGES_ACCEPTED]):
        with pytest.raises(Unavailable, match="has a member already"):
            async with log.subscribe("group", [IMAGES_ACCEPTED]):
                pass
    async with log.subscribe("group", [IMAGES_ACCEPTED]):
        pass


async def test_old_records_are_dropped(log: LocalLog, clock: ManualClock) -> None:
    """Expire drops what is older than its topic is kept, tells how many, and leaves the rest."""
    await log.append(messages("1", "2"))
    await log.append(messages("letter", topic=DEAD_LETTERS))
    clock.advance(RETENTION[IMAGES_ACCEPTED].total_seconds() + 1)
    await log.append(messages("3"))
    assert await log.expire(clock.now()) == 2
    assert [record.value for record in await everything(log)] == [b"3"]
    assert len(await everything(log, DEAD_LETTERS)) == 1


async def test_a_record_is_kept_to_the_last_moment(log: LocalLog, clock: ManualClock) -> None:
    """A record that is exactly as old as its topic is kept stays."""
    await log.append(messages("1"))
    assert await log.expire(clock.now() + RETENTION[IMAGES_ACCEPTED]) == 0
    assert len(await everything(log)) == 1


async def test_many_old_records_are_dropped(
    log: LocalLog, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are, expire drops them all, a batch at a time."""
    monkeypatch.setattr(sqlite_event_log, "EXPIRE_BATCH", 3)
    await log.append(messages(*map(str, range(10))))
    assert await log.expire(clock.now() + timedelta(days=365)) == 10
    assert await everything(log) == []


async def test_offsets_are_never_given_again(log: LocalLog, clock: ManualClock) -> None:
    """A reader that stands at the end misses nothing that comes after everything was dropped."""
    async with log.subscribe("group", [IMAGES_ACCEPTED]) as subscription:
        await log.append(messages("1", "2"))
        old = await subscription.poll(10, 0)
        await log.expire(clock.now() + timedelta(days=365))
        await log.append(messages("3"))
        (new,) = await subscription.poll(10, 0)
    assert new.offset > old[-1].offset


async def test_a_tail_of_an_emptied_log_sees_what_comes(log: LocalLog, clock: ManualClock) -> None:
    """A tail that is opened after everything was dropped has what is appended from then on."""
    await log.append(messages("1"))
    await log.expire(clock.now() + timedelta(days=365))
    async with log.tail([IMAGES_ACCEPTED]) as tail:
        await log.append(messages("2"))
        assert [record.value for record in await tail.poll(10, 0)] == [b"2"]


async def test_topics_come_in_the_order_of_their_appends(log: LocalLog) -> None:
    """One reader of several topics has the records in the order in which they were appended."""
    for number in range(6):
        await log.append(messages(str(number), topic=(IMAGES_ACCEPTED, DEAD_LETTERS)[number % 2]))
    async with log.tail([]) as nothing:
        assert await nothing.poll(10, 0) == ()
    async with log.subscribe("group", [DEAD_LETTERS, IMAGES_ACCEPTED]) as subscription:
        first = await subscription.poll(4, 0)
        rest = await subscription.poll(4, 0)
    assert [int(record.value) for record in (*first, *rest)] == list(range(6))


async def test_a_cancelled_append_still_wakes_readers(log: LocalLog) -> None:
    """Records whose appender was cancelled while they were written are handed out at once."""
    async with log.tail([IMAGES_ACCEPTED]) as tail:
        waiting = asyncio.create_task(tail.poll(10, 30))
        await asyncio.sleep(0.01)
        appending = asyncio.create_task(log.append(messages("1")))
        await asyncio.sleep(0)
        appending.cancel()
        assert [record.value for record in await waiting] == [b"1"]
