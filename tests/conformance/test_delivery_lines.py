"""What every record of deliveries promises of the lines that they wait in."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from itertools import count
from random import Random

import pytest

from calotype_core.ports.deliveries import Deliveries, Line, Sought
from tests.owed import (
    HOOK,
    LATER,
    NOW,
    SECOND,
    TICK,
    delivery,
    due,
    ended,
    schedule,
    take,
    taken,
)

pytestmark = pytest.mark.anyio

OpenDeliveries = Callable[[], AbstractAsyncContextManager[Deliveries]]


async def failing(deliveries: Deliveries, endpoint: str = HOOK) -> Line:
    """Have an endpoint fail, and nothing wait for it; return its line."""
    one = delivery(f"to {endpoint}", endpoint=endpoint)
    await schedule(deliveries, one)
    line = replace(await taken(deliveries), failures=3, failing_since=NOW - SECOND)
    await deliveries.record(ended(one))
    await deliveries.let_go(line)
    return replace(line, holder=None, held_until=None)


async def test_a_due_line_is_taken_once(deliveries: Deliveries) -> None:
    """Who takes a line is its holder until the time given, and nobody else gets it meanwhile."""
    await schedule(deliveries, delivery("one"), delivery("two"))
    line = await taken(deliveries)
    assert line == Line(endpoint=HOOK, holder="us", held_until=LATER)
    assert await deliveries.line(HOOK) == line
    assert await take(deliveries, holder="them") == []
    assert await take(deliveries, holder="us") == []


async def test_a_line_is_not_due_before_its_first(deliveries: Deliveries) -> None:
    """A line is taken when the first of its deliveries is due, and not a moment earlier."""
    await schedule(deliveries, delivery("two", due=LATER), delivery("one", due=NOW + SECOND))
    assert await take(deliveries, NOW + SECOND - TICK) == []
    assert (await taken(deliveries, NOW + SECOND)).endpoint == HOOK


async def test_the_longest_due_lines_come_first(deliveries: Deliveries) -> None:
    """As many lines are taken as asked for, those first that have waited longest."""
    for name, seconds in [("b", -1), ("later", 1), ("c", 0), ("a", -2)]:
        await schedule(deliveries, delivery(name, endpoint=name, due=NOW + seconds * SECOND))
    assert await take(deliveries, limit=0) == []
    assert [one.endpoint for one in await take(deliveries, limit=2)] == ["a", "b"]
    assert [one.endpoint for one in await take(deliveries, limit=2)] == ["c"]


async def test_a_dead_holders_line_is_free(deliveries: Deliveries) -> None:
    """From the end of its time on, a line is anybody's, and its holder of before has no say."""
    await schedule(deliveries, delivery())
    dead = await taken(deliveries, holder="dead")
    assert await take(deliveries, LATER - TICK) == []
    line = await taken(deliveries, LATER, holder="us")
    assert not await deliveries.keep(dead, LATER + LATER.resolution)
    await deliveries.let_go(replace(dead, failures=9))
    assert await deliveries.line(HOOK) == line


async def test_what_a_dead_holder_was_brought_is_due(deliveries: Deliveries) -> None:
    """What was scheduled while a holder died is found by the next one."""
    await schedule(deliveries, delivery("one", due=NOW))
    await taken(deliveries, holder="dead")
    await schedule(deliveries, delivery("two", due=NOW))
    await taken(deliveries, LATER)
    assert await due(deliveries) == ["one", "two"]


async def test_a_line_is_kept(deliveries: Deliveries) -> None:
    """Who keeps a line in time holds it for longer."""
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    assert await deliveries.keep(line, LATER + SECOND)
    assert await deliveries.line(HOOK) == replace(line, held_until=LATER + SECOND)
    await schedule(deliveries, delivery("two"))
    assert await take(deliveries, LATER) == []
    assert (await taken(deliveries, LATER + SECOND, holder="them")).holder == "them"


async def test_a_line_that_nobody_holds_is_not_kept(deliveries: Deliveries) -> None:
    """Keeping fails where the line was let go of, or is not there."""
    assert not await deliveries.keep(Line(endpoint=HOOK, holder="us"), LATER)
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    await deliveries.let_go(line)
    for nobodys in (line, Line(endpoint=HOOK)):
        assert not await deliveries.keep(nobodys, LATER)
        await deliveries.let_go(replace(nobodys, failures=9, rests_until=LATER))
    assert await deliveries.line(HOOK) == Line(endpoint=HOOK)
    assert len(await take(deliveries)) == 1


async def test_an_idle_line_of_a_well_endpoint_is_forgotten(deliveries: Deliveries) -> None:
    """Once all of a line has ended, nothing is left of it, until something is scheduled again."""
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    await deliveries.record(ended(delivery()))
    await deliveries.let_go(line)
    assert await deliveries.line(HOOK) is None
    await schedule(deliveries, delivery("two"))
    assert await taken(deliveries) == line


async def test_a_failing_endpoint_is_remembered(deliveries: Deliveries) -> None:
    """How an endpoint fares is kept with its line, whether or not anything waits in it."""
    idle = await failing(deliveries)
    assert await deliveries.line(HOOK) == idle
    assert await take(deliveries, LATER) == []
    await schedule(deliveries, delivery("two", due=LATER))
    line = await taken(deliveries, LATER)
    assert (line.failures, line.failing_since) == (3, NOW - SECOND)
    await deliveries.let_go(replace(line, failures=0, failing_since=None))
    assert await deliveries.line(HOOK) == Line(endpoint=HOOK)


async def test_a_line_is_due_with_its_first_again(deliveries: Deliveries) -> None:
    """A line that was let go of is due with the first that waits in it, however late that is."""
    await schedule(deliveries, delivery("one"), delivery("two", due=LATER))
    line = await taken(deliveries)
    await deliveries.record(replace(delivery("one", due=LATER + SECOND), tries=1))
    await deliveries.let_go(line)
    assert await take(deliveries, LATER - TICK) == []
    assert (await taken(deliveries, LATER)).endpoint == HOOK


async def test_a_line_rests(deliveries: Deliveries) -> None:
    """A line that is let go of for a while is not due before, though what is in it may be."""
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    await deliveries.let_go(replace(line, rests_until=LATER))
    assert await take(deliveries, LATER - TICK) == []
    line = await taken(deliveries, LATER)
    await deliveries.let_go(replace(line, rests_until=NOW - SECOND))
    assert (await taken(deliveries, NOW)).endpoint == HOOK


async def test_what_comes_wakes_nobody_who_rests(deliveries: Deliveries) -> None:
    """What is scheduled in a line that rests waits with the others, in it or alone."""
    await schedule(deliveries, delivery(), delivery("two", endpoint="sns"))
    for line in await take(deliveries):
        if line.endpoint == "sns":
            await deliveries.record(ended(delivery("two", endpoint="sns")))
        await deliveries.let_go(replace(line, rests_until=LATER))
    await schedule(deliveries, delivery("three"), delivery("four", endpoint="sns"))
    assert await take(deliveries, LATER - TICK) == []
    assert len(await take(deliveries, LATER)) == 2


async def test_what_comes_during_a_hold_is_found(deliveries: Deliveries) -> None:
    """Letting go of a line does not forget what was scheduled since it was looked at."""
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    await deliveries.record(ended(delivery()))
    assert await due(deliveries) == []
    await schedule(deliveries, delivery("two"))
    await deliveries.let_go(line)
    await taken(deliveries)
    assert await due(deliveries) == ["two"]


async def test_what_comes_earlier_is_due_earlier(deliveries: Deliveries) -> None:
    """A line that waits for something late is due with what comes before that."""
    await schedule(deliveries, delivery("late", due=LATER))
    assert await take(deliveries) == []
    await schedule(deliveries, delivery("now"))
    await schedule(deliveries, delivery("later", due=LATER + SECOND))
    assert (await taken(deliveries)).endpoint == HOOK


async def test_what_is_known_makes_its_line_due(deliveries: Deliveries) -> None:
    """Scheduling what is known finds its line; where it has ended, there is none to be found."""
    await schedule(deliveries, delivery("one"), delivery("two", endpoint="sns"))
    for line in await take(deliveries):
        if line.endpoint == "sns":
            await deliveries.record(ended(delivery("two", endpoint="sns")))
        await deliveries.let_go(line)
    assert await deliveries.schedule([delivery("one"), delivery("two", endpoint="sns")]) == 0
    assert await deliveries.line("sns") is None
    assert (await taken(deliveries)).endpoint == HOOK


async def test_a_line_is_woken(deliveries: Deliveries) -> None:
    """A line that rests is due at once when it is woken, and its failures are forgotten."""
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    await deliveries.let_go(replace(line, failures=3, failing_since=NOW, rests_until=LATER))
    await deliveries.wake(HOOK, NOW + TICK)
    assert await deliveries.line(HOOK) == Line(endpoint=HOOK)
    assert await taken(deliveries, NOW + TICK) == replace(line, held_until=LATER + TICK)


async def test_waking_where_nothing_waits(deliveries: Deliveries) -> None:
    """Nothing is left of a line that is woken with nothing in it, and an unknown one stays so."""
    await failing(deliveries)
    for _ in range(2):
        await deliveries.wake(HOOK, NOW)
        assert await deliveries.line(HOOK) is None
    assert await take(deliveries, LATER) == []


@pytest.mark.parametrize("waiting", [0, 1])
async def test_a_wake_outlives_a_hold(deliveries: Deliveries, waiting: int) -> None:
    """Who holds a line while it is woken cannot have it rest, or count failures of before."""
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    if not waiting:
        await deliveries.record(ended(delivery()))
    await deliveries.wake(HOOK, NOW)
    held = await deliveries.line(HOOK)
    assert held is not None
    assert (held.holder, held.failures) == ("us", 0)
    await deliveries.let_go(replace(line, failures=4, failing_since=NOW, rests_until=LATER))
    assert await deliveries.line(HOOK) == (Line(endpoint=HOOK) if waiting else None)
    assert len(await take(deliveries)) == waiting


async def test_a_wake_counts_for_one_hold(deliveries: Deliveries) -> None:
    """What the next holder says of a line that was woken is kept."""
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    await deliveries.wake(HOOK, NOW)
    await deliveries.let_go(line)
    line = await taken(deliveries)
    await deliveries.let_go(replace(line, failures=1, failing_since=NOW, rests_until=LATER))
    fares = Line(endpoint=HOOK, failures=1, failing_since=NOW, rests_until=LATER)
    assert await deliveries.line(HOOK) == fares
    assert await take(deliveries) == []


async def test_who_fails_for_ever_is_forgotten(deliveries: Deliveries) -> None:
    """Expiry forgets endpoints that failed long ago and for which nothing waits."""
    await failing(deliveries, "gone")
    await failing(deliveries, "waiting")
    await schedule(deliveries, delivery("new", endpoint="waiting", created=LATER))
    await deliveries.expire(NOW - SECOND)
    assert await deliveries.line("gone") is not None
    await deliveries.expire(NOW)
    assert await deliveries.line("gone") is None
    assert await deliveries.line("waiting") is not None


async def test_who_rests_is_not_forgotten(deliveries: Deliveries) -> None:
    """Expiry leaves a rest as it is, for as long as that is, though nothing waits meanwhile."""
    await schedule(deliveries, delivery())
    line = await taken(deliveries)
    await deliveries.record(ended(delivery()))
    await deliveries.let_go(replace(line, failures=1, failing_since=NOW, rests_until=LATER))
    await deliveries.expire(LATER)
    await schedule(deliveries, delivery("two"))
    assert await take(deliveries, LATER - TICK) == []
    await deliveries.record(ended(delivery("two")))
    await deliveries.let_go(await taken(deliveries, LATER))
    await deliveries.expire(LATER + TICK)
    assert await deliveries.line(HOOK) is None


async def test_one_of_two_holders_gets_a_line(open_deliveries: OpenDeliveries) -> None:
    """Where two processes reach for the same lines, each line goes to one of them."""
    async with open_deliveries() as ours, open_deliveries() as theirs:
        names = {f"endpoint{at}" for at in range(40)}
        await schedule(ours, *(delivery(name, endpoint=name) for name in names))
        got: list[str] = []
        while len(got) < len(names):
            lines = await asyncio.gather(
                *(
                    take(store, holder=f"holder{at}", limit=7)
                    for at, store in enumerate([ours, theirs] * 3)
                )
            )
            got += [line.endpoint for some in lines for line in some]
        assert sorted(got) == sorted(names)
        assert await take(ours) == []


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_lost_between_holders(deliveries: Deliveries, seed: int) -> None:
    """Whoever schedules while others take and let go, each delivery is sent, in one line at once.

    At the end nothing waits and no line is left.
    """
    await _play(deliveries, deliveries, Random(seed))


@pytest.mark.parametrize("seed", range(4, 6))
async def test_nothing_is_lost_between_processes(
    open_deliveries: OpenDeliveries, seed: int
) -> None:
    """The same holds where those who schedule and those who send are different processes."""
    async with open_deliveries() as ours, open_deliveries() as theirs:
        await _play(ours, theirs, Random(seed))


async def _play(ours: Deliveries, theirs: Deliveries, random: Random) -> None:
    endpoints = ["a", "b", HOOK]
    numbers = count()
    held: set[str] = set()
    sent: list[str] = []
    scheduling = 6

    async def bring(store: Deliveries) -> None:
        nonlocal scheduling
        for _ in range(12):
            some = [
                delivery(f"d{next(numbers)}", endpoint=random.choice(endpoints))
                for _ in range(random.randrange(1, 3))
            ]
            await schedule(store, *some)
            await asyncio.sleep(random.choice([0, 0, 0.002]))
        scheduling -= 1

    async def send(store: Deliveries, holder: str) -> None:
        while scheduling or await store.newest(_PENDING, limit=1):
            for line in await take(store, holder=holder, limit=random.randrange(1, 4)):
                assert line.endpoint not in held
                held.add(line.endpoint)
                for one in await store.due(line.endpoint, NOW, 5):
                    sent.append(one.delivery_id)
                    await store.record(ended(one))
                held.discard(line.endpoint)
                await store.let_go(line)
            await asyncio.sleep(0)

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for store in [ours, theirs] * 3:
            tasks.create_task(bring(store))
        for at, store in enumerate([ours, theirs, ours]):
            tasks.create_task(send(store, f"holder{at}"))
    assert sorted(sent) == sorted(f"d{at}" for at in range(next(numbers)))
    assert [await ours.line(endpoint) for endpoint in endpoints] == [None] * 3


_PENDING = Sought(state=delivery().state)
