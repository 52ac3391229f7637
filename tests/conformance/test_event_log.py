"""What every event log promises."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calotype_core.ports.event_log import EventLog, Message, Partition, Reader, Record, Subscription
from tests.conformance.adapters import Place

pytestmark = pytest.mark.anyio

OpenLog = Callable[[], AbstractAsyncContextManager[EventLog]]
LONG = 30.0  # seconds that a poll would wait; no test does
FRESH = itertools.count()


def message(value: str, *, topic: str = "topic", key: str = "key") -> Message:
    return Message(topic=topic, key=key, value=value.encode(), headers={"ce_id": value})


def messages(*values: str, topic: str = "topic") -> list[Message]:
    return [message(value, topic=topic) for value in values]


def values(records: Sequence[Record]) -> list[str]:
    return [record.value.decode() for record in records]


async def take(reader: Reader, count: int) -> list[Record]:
    """Poll until there are so many; a poll may give fewer than there are."""
    taken: list[Record] = []
    while len(taken) < count:
        taken += await reader.poll(count - len(taken), LONG)
    return taken


def after(records: Sequence[Record]) -> dict[Partition, int]:
    return {record.partition: record.offset + 1 for record in records}


async def test_a_record_is_the_message_at_its_place(event_log: EventLog, place: Place) -> None:
    """A record has its message's key, bytes and headers, and the time at which it was appended."""
    value = bytes(range(256))
    headers = {"ce_id": "é", "traceparent": ""}
    before = place.log_time(event_log)
    await event_log.append([Message(topic="topic", key="ключ", value=value, headers=headers)])
    async with event_log.subscribe("group", ["topic"]) as subscription:
        (record,) = await take(subscription, 1)
    assert (record.key, record.value, record.headers) == ("ключ", value, headers)
    assert record.partition.topic == "topic"
    assert before <= record.appended_at <= place.log_time(event_log)


async def test_a_keys_records_keep_their_order(event_log: EventLog) -> None:
    """Records of one key come in the order of their appends, at growing offsets."""
    await event_log.append(messages("1", "2"))
    await event_log.append(messages("3"))
    async with event_log.subscribe("group", ["topic"]) as subscription:
        records = await take(subscription, 3)
    assert values(records) == ["1", "2", "3"]
    offsets = [record.offset for record in records]
    assert offsets == sorted(set(offsets))


async def test_nothing_appended_is_nothing(event_log: EventLog) -> None:
    """Appending no messages is no error."""
    await event_log.append([])
    async with event_log.subscribe("group", ["topic"]) as subscription:
        assert await subscription.poll(10, 0) == ()


async def test_a_subscription_hands_out_each_record_once(event_log: EventLog) -> None:
    """Polls go on where the last one ended, and give at most what they were asked for."""
    await event_log.append(messages("1", "2", "3"))
    async with event_log.subscribe("group", ["topic"]) as subscription:
        first = await subscription.poll(2, LONG)
        assert 1 <= len(first) <= 2
        await take(subscription, 3 - len(first))
        assert await subscription.poll(10, 0) == ()


async def test_polls_at_the_same_time_share(event_log: EventLog) -> None:
    """Two polls of one subscription at the same time are not given the same record."""
    await event_log.append(messages(*map(str, range(20))))
    async with event_log.subscribe("group", ["topic"]) as subscription:
        parts = await asyncio.gather(*(take(subscription, 5) for _ in range(4)))
    assert sorted(map(int, itertools.chain(*map(values, parts)))) == list(range(20))


async def test_what_was_not_committed_comes_again(event_log: EventLog) -> None:
    """A new subscription begins after what was committed, not after what was handed out."""
    await event_log.append(messages("1", "2", "3"))
    async with event_log.subscribe("group", ["topic"]) as subscription:
        records = await take(subscription, 3)
        await subscription.commit(after(records[:1]))
    async with event_log.subscribe("group", ["topic"]) as subscription:
        assert values(await take(subscription, 2)) == ["2", "3"]


async def test_a_group_without_a_commit_begins_at_the_oldest(event_log: EventLog) -> None:
    """A new group is given everything that is in the log."""
    await event_log.append(messages("1"))
    async with event_log.subscribe("new", ["topic"]) as subscription:
        await event_log.append(messages("2"))
        assert values(await take(subscription, 2)) == ["1", "2"]


async def test_groups_do_not_disturb_one_another(event_log: EventLog) -> None:
    """Each group is given every record, whatever another one has committed."""
    await event_log.append(messages("1"))
    async with (
        event_log.subscribe("one", ["topic"]) as one,
        event_log.subscribe("two", ["topic"]) as two,
    ):
        await one.commit(after(await take(one, 1)))
        assert values(await take(two, 1)) == ["1"]


async def test_only_topics_asked_for_come(event_log: EventLog) -> None:
    """A subscription to several topics has the records of those and of no other."""
    for topic in ("a", "b", "c", "a"):
        await event_log.append([message(topic, topic=topic)])
    async with event_log.subscribe("group", ["a", "b"]) as subscription:
        assert sorted(values(await take(subscription, 3))) == ["a", "a", "b"]
        assert await subscription.poll(10, 0) == ()


async def test_topics_are_committed_one_by_one(event_log: EventLog) -> None:
    """Committing a topic's position leaves the group's other topics where they were."""
    await event_log.append([message("a", topic="a"), message("b", topic="b")])
    async with event_log.subscribe("group", ["a", "b"]) as subscription:
        records = await take(subscription, 2)
        await subscription.commit(after([record for record in records if record.value == b"a"]))
    async with event_log.subscribe("group", ["a", "b"]) as subscription:
        assert values(await take(subscription, 1)) == ["b"]


async def test_a_waiting_poll_is_woken(event_log: EventLog) -> None:
    """A poll that waits is given what is appended meanwhile."""
    async with event_log.subscribe("group", ["topic"]) as subscription:
        waiting = asyncio.create_task(take(subscription, 1))
        await asyncio.sleep(0.01)
        await event_log.append(messages("1"))
        assert values(await waiting) == ["1"]


async def test_a_poll_waits_no_longer_than_told(event_log: EventLog) -> None:
    """A poll that is given a moment returns nothing after it, also while other topics move."""
    async with event_log.subscribe("group", ["topic"]) as subscription:
        await event_log.append(messages("1", topic="other"))
        assert await subscription.poll(10, 0.01) == ()


async def test_a_cancelled_poll_takes_nothing_away(event_log: EventLog) -> None:
    """Records that a cancelled poll might have had are given to the next one."""
    async with event_log.subscribe("group", ["topic"]) as subscription:
        waiting = asyncio.create_task(subscription.poll(10, LONG))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await event_log.append(messages("1"))
        assert values(await take(subscription, 1)) == ["1"]


async def test_lag_is_what_is_not_committed(event_log: EventLog) -> None:
    """Lag counts the records from the committed position on, in this subscription's topics."""
    await event_log.append(messages("1", "2", "3"))
    await event_log.append(messages("4", topic="other"))
    async with event_log.subscribe("group", ["topic"]) as subscription:
        assert sum((await subscription.lag()).values()) == 3
        records = await take(subscription, 2)
        assert sum((await subscription.lag()).values()) == 3
        await subscription.commit(after(records))
        assert sum((await subscription.lag()).values()) == 1


async def test_a_tail_begins_now(event_log: EventLog) -> None:
    """A tail has every record appended since it was opened, and none from before."""
    await event_log.append(messages("before"))
    async with event_log.tail(["topic"]) as tail:
        await event_log.append(messages("1", "2"))
        await event_log.append(messages("3", topic="other"))
        assert values(await take(tail, 2)) == ["1", "2"]
        assert await tail.poll(10, 0) == ()


async def test_every_tail_has_every_record(event_log: EventLog) -> None:
    """Tails share nothing, neither with each other nor with groups."""
    async with AsyncExitStack() as open_tails:
        tails = [await open_tails.enter_async_context(event_log.tail(["topic"])) for _ in range(3)]
        waiting = [asyncio.create_task(take(tail, 1)) for tail in tails]
        await event_log.append(messages("1"))
        assert [values(await one) for one in waiting] == [["1"]] * 3


async def test_a_tail_may_begin_in_the_past(event_log: EventLog, place: Place) -> None:
    """A tail since a moment has what was appended from then on, then what is appended, in order."""
    await event_log.append(messages("before"))
    await place.pass_time(event_log)
    since = place.log_time(event_log)
    await event_log.append(messages("1", "2"))
    await place.pass_time(event_log)
    await event_log.append(messages("3"))
    await event_log.append(messages("another", topic="other"))
    async with event_log.tail(["topic"], since=since) as tail:
        await event_log.append(messages("4"))
        assert values(await take(tail, 4)) == ["1", "2", "3", "4"]
        assert await tail.poll(10, 0) == ()


async def test_a_tail_since_a_moment_that_nothing_is_from(
    event_log: EventLog, place: Place
) -> None:
    """A tail since after the last record begins now; one since before the first has everything."""
    await event_log.append(messages("1"))
    await place.pass_time(event_log)
    now = place.log_time(event_log)
    async with (
        event_log.tail(["topic"], since=now) as late,
        event_log.tail(["topic"], since=now - timedelta(days=1)) as early,
    ):
        await event_log.append(messages("2"))
        assert values(await take(late, 1)) == ["2"]
        assert values(await take(early, 2)) == ["1", "2"]


async def test_a_tail_tells_when_it_has_caught_up(event_log: EventLog, place: Place) -> None:
    """A tail has caught up once all that was there at its opening was handed out, not before."""
    since = place.log_time(event_log)
    await event_log.append([message(str(n), topic=("a", "b")[n % 2], key=str(n)) for n in range(9)])
    async with event_log.tail(["a", "b", "c"], since=since) as tail:
        seen = 0
        while not tail.caught_up:
            assert seen < 9
            seen += len(await tail.poll(2, 0.1))
        assert seen == 9


async def test_the_log_outlives_the_process(open_event_log: OpenLog) -> None:
    """Records and committed positions are there after closing and opening again."""
    async with open_event_log() as log:
        await log.append(messages("1", "2"))
        async with log.subscribe("group", ["topic"]) as subscription:
            await subscription.commit(after(await take(subscription, 1)))
    async with open_event_log() as log, log.subscribe("group", ["topic"]) as subscription:
        assert values(await take(subscription, 1)) == ["2"]
        await log.append(messages("3"))
        assert values(await take(subscription, 1)) == ["3"]


APPEND = st.tuples(st.just("append"), st.integers(1, 5))
TAKE = st.tuples(st.just("take"), st.integers(1, 5))
COMMIT = st.tuples(st.just("commit"), st.integers(0, 5))
AGAIN = st.tuples(st.just("again"), st.just(0))


class Follower:
    """What a group's reader must see: the log as a list, how far it has read, what it committed."""

    def __init__(self, log: EventLog, topic: str) -> None:
        self.log = log
        self.topic = topic
        self.appended: list[str] = []
        self.taken: list[Record] = []  # since the subscription began
        self.begun_at = 0  # index of the first of those

    async def run(self, steps: Iterator[tuple[str, int]]) -> None:
        self.taken = []
        async with self.log.subscribe(self.topic, [self.topic]) as subscription:
            for name, count in steps:
                if name == "append":
                    await self.append(count)
                elif name == "take":
                    await self.take(subscription, count)
                elif name == "commit":
                    await self.commit(subscription, count)
                else:
                    break
            else:
                return
        await self.run(steps)

    async def take(self, subscription: Subscription, count: int) -> None:
        read = self.begun_at + len(self.taken)
        wanted = self.appended[read : read + count]
        records = await take(subscription, len(wanted))
        assert values(records) == wanted
        self.taken += records

    async def commit(self, subscription: Subscription, unfinished: int) -> None:
        if done := self.taken[: max(0, len(self.taken) - unfinished)]:
            await subscription.commit(after(done))
            self.begun_at += len(done)
            self.taken = self.taken[len(done) :]

    async def append(self, count: int) -> None:
        fresh = [str(len(self.appended) + number) for number in range(count)]
        self.appended += fresh
        await self.log.append(messages(*fresh, topic=self.topic))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(steps=st.lists(APPEND | TAKE | COMMIT | AGAIN, max_size=15))
async def test_commits_and_redelivery(event_log: EventLog, steps: list[tuple[str, int]]) -> None:
    """However a group reads, commits and begins again, it misses nothing that is not committed."""
    await Follower(event_log, f"topic{next(FRESH)}").run(iter([*steps, ("again", 0), ("take", 5)]))
