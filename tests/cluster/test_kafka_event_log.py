"""What the log in Kafka promises beyond what every log does: groups that move, strangers, tails."""

import asyncio
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer

from calotype_core import topology
from calotype_core.adapters.kafka import connection
from calotype_core.adapters.kafka.connection import RecordTooLargeError
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.errors import Unavailable
from calotype_core.ports.event_log import Message, Partition
from tests.cluster.members import (
    ACCEPTED,
    Member,
    Work,
    eventually,
    fresh_settings,
    ids,
    messages,
    take,
    watched_log,
)
from tests.servers import drop_topics

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]


async def test_members_come_and_go_under_load() -> None:
    """One to six members and back to one: all is handled, nothing twice, and the lag is zero."""
    work = Work(seconds=0.05)
    async with watched_log(fresh_settings(), work) as log:
        await log.append(messages(range(600)))
        members = [Member(log)]
        await work.until(20)
        members += [Member(log) for _ in range(5)]
        await work.until(200)
        await asyncio.gather(*(member.leave() for member in members[1:]))
        await work.until(600)
        await members[0].leave()
        assert sorted(work.begun) == sorted(work.done) == ids(range(600))
        assert await log.lag() == 0


async def test_more_members_than_partitions() -> None:
    """A member without a partition waits for one, and takes no quiet for silence."""
    work = Work()
    async with watched_log(fresh_settings(partitions=2), work) as log:
        members = [Member(log, silence_seconds=1.5) for _ in range(3)]
        await eventually(lambda: log.joined == 3)
        await asyncio.sleep(3)
        await log.append(messages(range(20)))
        await work.until(20)
        await asyncio.gather(*(member.leave() for member in members))
        assert log.joined == 3
        assert sorted(work.begun) == ids(range(20))


async def test_a_long_drain_is_waited_for() -> None:
    """Who waits for another's drain is neither refused, nor silent; and nothing comes twice."""
    work = Work(seconds=6)
    async with watched_log(fresh_settings(partitions=2, timeout_seconds=1), work) as log:
        await log.append(messages(range(8)))
        first = Member(log)
        await eventually(lambda: work.begun)
        # Both have handed out all that they may, and see lag; the third has to wait longest.
        others = [Member(log, silence_seconds=1.5) for _ in range(2)]
        await work.until(8)
        await eventually(lambda: log.joined == 3)
        await asyncio.gather(*(member.leave() for member in (first, *others)))
        assert log.joined == 3
        assert sorted(work.begun) == ids(range(8))


async def test_a_member_that_waits_for_others_leaves_at_once() -> None:
    """Who is told to stop while others drain is gone before they are, and delays nobody."""
    work = Work(seconds=8)
    async with watched_log(fresh_settings(partitions=2), work) as log:
        await log.append(messages(range(4)))
        first = Member(log)
        await eventually(lambda: work.begun)
        second = Member(log)
        await asyncio.sleep(2)
        await second.leave()
        assert not work.done
        await work.until(4)
        await log.append(messages(range(4, 8)))
        # Less than the session after which a member that went without a word is given up.
        await work.until(8, longest=18)
        await first.leave()
        assert sorted(work.begun) == ids(range(8))


async def test_a_commit_that_comes_too_late() -> None:
    """What is committed after its partition has moved is lost, which is no error."""
    async with watched_log(fresh_settings(partitions=1), Work()) as log:
        await log.append(messages(range(3)))
        async with log.inner.subscribe("processor", [ACCEPTED]) as one:
            records = await take(one, 3)
            late = {records[0].partition: records[-1].offset + 1}
            async with log.inner.subscribe("processor", [ACCEPTED]):
                await asyncio.sleep(5)
                await one.commit(late)
                await one.commit({Partition(ACCEPTED, 7): 1})


async def send_foreign(
    settings: KafkaSettings, *records: tuple[bytes | None, bytes | None], **options: str
) -> None:
    """Append what no service of ours would."""
    producer = AIOKafkaProducer(
        **connection.client_options(settings, "stranger"),
        max_request_size=2_000_000,
        **options,
    )
    await producer.start()
    for key, value in records:
        await producer.send_and_wait(settings.kafka_namespace + ACCEPTED, value, key)
    await producer.stop()


async def test_foreign_records() -> None:
    """What is no event goes to the dead letters, whole, with its cause, and stops nothing."""
    settings, work = fresh_settings(partitions=1), Work()
    async with watched_log(settings, work) as log:
        large = b"\xff\x00" * 500_000
        await send_foreign(
            settings, (b"key", None), (None, b"garbage"), (b"\xff\xfe", b"{}"), (None, large)
        )
        await log.append(messages(range(1)))
        member = Member(log)
        await work.until(1)
        letters = await log.letters(4)
        await member.leave()
        assert [one.value for one in letters] == [b"", b"garbage", b"{}", large]
        assert [one.key for one in letters] == ["key", "", "\\xff\\xfe", ""]
        assert {one.cause.code for one in letters} == {"undecodable_event"}
        assert await log.lag() == 0


async def test_foreign_records_that_fit_no_dead_letter() -> None:
    """A key of a megabyte, text or not, makes a dead letter that says where the record stands."""
    settings, work = fresh_settings(partitions=1), Work()
    async with watched_log(settings, work) as log:
        await send_foreign(settings, (b"k" * 1_048_000, None), (b"\xff" * 1_048_000, b""))
        await log.append(messages(range(1)))
        member = Member(log)
        await work.until(1)
        text, bytes_ = await log.letters(2)
        await member.leave()
        assert len(text.key) < 1_100_000
        assert bytes_.key.endswith("… (1048000 bytes)")


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_foreign_compression(codec: str) -> None:
    """Records are read whatever they are compressed with: brokers and strangers choose it."""
    settings = fresh_settings(partitions=1)
    async with watched_log(settings, Work()) as log:
        await send_foreign(settings, (b"key", b"value" * 100), compression_type=codec)
        async with log.inner.subscribe("processor", [ACCEPTED]) as subscription:
            [record] = await take(subscription, 1)
        assert record.value == b"value" * 100


@pytest.mark.parametrize("size", [1_500_000, 3_000_000])
async def test_a_record_too_large(size: int) -> None:
    """A record that brokers or the client refuse is rejected at once, and others still go."""
    async with watched_log(fresh_settings(partitions=1), Work()) as log:
        huge = Message(topic=ACCEPTED, key="", value=b"x" * size, headers={})
        with pytest.raises(RecordTooLargeError, match="too large"):
            await log.append([*messages(range(1)), huge])
        await log.append(messages(range(1)))


async def test_topics_that_are_not_there() -> None:
    """Who appends, joins, follows or checks learns which command makes the topics."""
    settings = fresh_settings(timeout_seconds=2)
    async with KafkaEventLog.open(settings) as log:
        with pytest.raises(Unavailable, match="calotype topics ensure"):
            await log.append(messages(range(1)))
        with pytest.raises(Unavailable, match="calotype topics ensure"):
            async with log.subscribe("processor", [ACCEPTED]):
                pass
        with pytest.raises(Unavailable, match="calotype topics ensure"):
            async with log.tail([ACCEPTED]):
                pass
        with pytest.raises(Unavailable, match=f"{settings.kafka_namespace}calotype.dead-letters"):
            await log.check()


async def test_a_check_looks_for_the_topics_of_its_service() -> None:
    """A service is ready where its own topics are, whatever else is missing."""
    settings = fresh_settings()
    await ensure_topics(settings, {ACCEPTED: topology.RETENTION[ACCEPTED]})
    async with KafkaEventLog.open(settings, [ACCEPTED]) as log:
        await log.check()
        await log.check()
    await drop_topics(settings)


async def test_a_tail_outlives_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where partitions are added a tail reads them too, and nothing again."""
    monkeypatch.setattr(connection, "_METADATA_MAX_AGE_MS", 300)
    settings = fresh_settings(partitions=2)
    async with watched_log(settings, Work()) as log:
        await log.append(messages(range(10)))
        async with log.tail([ACCEPTED]) as tail:
            await log.append(messages(range(10, 20)))
            records = [*await take(tail, 10)]
            await ensure_topics(replace(settings, kafka_partitions=8))
            await asyncio.sleep(2)
            await log.append(messages(range(20, 60)))
            records += await take(tail, 40)
            assert await tail.poll(100, 1) == ()
        assert sorted(one.headers["ce_id"] for one in records) == ids(range(10, 60))
        assert {one.partition.number for one in records} == set(range(8))
