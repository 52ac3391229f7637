"""What every record of deliveries promises of them; of their lines: test_delivery_lines.py."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from calotype_core.ports.deliveries import (
    Deliveries,
    Delivery,
    DeliveryState,
    Replayed,
    Sought,
    Try,
)
from tests.owed import HOOK, LATER, NOW, SECOND, TICK, delivery, due, ended, schedule, taken

pytestmark = pytest.mark.anyio

OpenDeliveries = Callable[[], AbstractAsyncContextManager[Deliveries]]
PENDING, DELIVERED, FAILED = DeliveryState
REFUSED = Try(at=NOW, seconds=0.25, code="endpoint_failed", status=500, answer="é: no")
TAKEN = Try(at=NOW + TICK, seconds=1.5, status=204)


async def newest(
    deliveries: Deliveries, sought: Sought, *, limit: int = 100, before: str | None = None
) -> list[str]:
    found = await deliveries.newest(sought, limit=limit, before=before)
    return [one.delivery_id for one in found]


async def paged(deliveries: Deliveries, sought: Sought, limit: int) -> list[str]:
    found = await newest(deliveries, sought, limit=limit)
    page = found
    while len(page) == limit:
        page = await newest(deliveries, sought, limit=limit, before=page[-1])
        found = found + page
    return found


async def seeded(deliveries: Deliveries, count: int) -> list[Delivery]:
    """Keep deliveries of all kinds, several of each moment; return them, the newest first."""
    random = Random(count)
    every = [
        delivery(
            f"d{number:03}",
            endpoint=random.choice(["sns", "email", HOOK]),
            created=NOW + random.randrange(count // 4) * SECOND,
            event_type=random.choice(["job.finished", "image.failed"]),
            subject_id=random.choice(["image", "job"]),
        )
        for number in range(count)
    ]
    await schedule(deliveries, *every)
    became = [replace(one, state=random.choice(list(DeliveryState))) for one in every]
    for one in became:
        await deliveries.record(one)
    return sorted(became, key=lambda one: (one.created_at, one.delivery_id), reverse=True)


async def test_a_delivery_exists_once(deliveries: Deliveries) -> None:
    """Scheduling tells how many were new, and leaves those that are known as they are."""
    assert await deliveries.schedule([delivery("one"), delivery("two")]) == 2
    changed = replace(delivery("two"), body="another")
    assert await deliveries.schedule([changed, delivery("three"), delivery("one")]) == 1
    assert await deliveries.schedule([changed]) == 0
    assert await deliveries.get("two") == delivery("two")
    assert await due(deliveries) == ["one", "three", "two"]


async def test_nothing_is_scheduled(deliveries: Deliveries) -> None:
    """An event that nobody asked for owes nothing."""
    assert await deliveries.schedule([]) == 0


async def test_one_that_is_named_twice_exists_once(deliveries: Deliveries) -> None:
    """Where one call brings an id twice, the first of them is kept."""
    twice = [delivery(), replace(delivery(), body="another")]
    assert await deliveries.schedule(twice) == 1
    assert await deliveries.get("one") == delivery()


async def test_an_unknown_delivery_is_none(deliveries: Deliveries) -> None:
    """Nothing is known of a delivery that was never scheduled, and nothing is to be done to it."""
    assert await deliveries.get("one") is None
    assert await deliveries.again("one", NOW) is None
    await deliveries.record(delivery())
    assert await deliveries.get("one") is None


async def test_a_delivery_is_kept_whole(deliveries: Deliveries) -> None:
    """Every field of a delivery comes back as it was recorded, its attempts in order."""
    await schedule(deliveries, delivery())
    became = replace(ended(delivery(due=NOW + TICK)), attempts=(REFUSED, TAKEN))
    await deliveries.record(became)
    assert await deliveries.get("one") == became
    assert list(await deliveries.newest(Sought(), limit=1)) == [became]


async def test_what_is_due_comes_longest_due_first(deliveries: Deliveries) -> None:
    """Due gives what has come to its time in that line, the oldest first, as many as asked for."""
    for delivery_id, seconds in [("b", -1), ("later", 1), ("now", 0), ("a", -2), ("now2", 0)]:
        await schedule(deliveries, delivery(delivery_id, due=NOW + seconds * SECOND))
    await schedule(deliveries, delivery("other", endpoint="sns"))
    assert await due(deliveries) == ["a", "b", "now", "now2"]
    assert await due(deliveries, limit=1) == ["a"]
    assert await due(deliveries, limit=0) == []
    assert await due(deliveries, NOW - TICK) == ["a", "b"]
    assert await due(deliveries, NOW + SECOND) == ["a", "b", "now", "now2", "later"]
    assert await due(deliveries, endpoint="sns") == ["other"]


@pytest.mark.parametrize("state", [DELIVERED, FAILED])
async def test_what_is_over_is_never_due(deliveries: Deliveries, state: DeliveryState) -> None:
    """A delivery that was made or given up is on record, and is not due any more."""
    await schedule(deliveries, delivery())
    await deliveries.record(ended(delivery(), state))
    assert await due(deliveries, LATER) == []


async def test_a_postponed_delivery_is_due_later(deliveries: Deliveries) -> None:
    """After an attempt that failed, a delivery is due at its new time."""
    await schedule(deliveries, delivery())
    await deliveries.record(replace(delivery(due=LATER), tries=1))
    assert await due(deliveries, LATER - TICK) == []
    assert await due(deliveries, LATER) == ["one"]


async def test_all_are_found_with_every_filter(deliveries: Deliveries) -> None:
    """Page by page, newest gives all that match, the newest first, and none twice."""
    every = await seeded(deliveries, 60)
    for endpoint, state, event_type, subject_id in product(
        [None, HOOK], [None, *DeliveryState], [None, "job.finished"], [None, "job"]
    ):
        matching = [
            one.delivery_id
            for one in every
            if endpoint in {None, one.endpoint}
            and state in {None, one.state}
            and event_type in {None, one.event_type}
            and subject_id in {None, one.subject_id}
        ]
        sought = Sought(
            endpoint=endpoint, state=state, event_type=event_type, subject_id=subject_id
        )
        assert await newest(deliveries, sought) == matching
        assert await paged(deliveries, sought, 7) == matching


async def test_nothing_is_older_than_what_is_unknown(deliveries: Deliveries) -> None:
    """An unknown place gives no deliveries, and a limit of none gives none."""
    await schedule(deliveries, delivery())
    assert await newest(deliveries, Sought(), before="two") == []
    assert await newest(deliveries, Sought(), before="one") == []
    assert await newest(deliveries, Sought(), limit=0) == []
    assert await newest(deliveries, Sought(endpoint="nobody")) == []


@pytest.mark.parametrize("state", list(DeliveryState))
async def test_a_delivery_is_sent_again(deliveries: Deliveries, state: DeliveryState) -> None:
    """Whatever became of it, a delivery that is replayed is due from its first try on."""
    await schedule(deliveries, delivery())
    became = replace(ended(delivery(due=LATER), state), attempts=(REFUSED,))
    await deliveries.record(became)
    line = await taken(deliveries)
    await deliveries.let_go(line)
    owed = replace(became, state=PENDING, tries=0, next_attempt_at=NOW + TICK)
    assert await deliveries.again("one", NOW + TICK) == owed
    assert await deliveries.get("one") == owed
    assert await due(deliveries, NOW + TICK) == ["one"]
    assert (await taken(deliveries, NOW + TICK)).endpoint == HOOK


async def test_what_is_replayed_during_its_last_try_is_sent_again(deliveries: Deliveries) -> None:
    """A try that ends in vain after somebody asked for a replay is told of, and ends nothing."""
    tried = replace(delivery(due=LATER), tries=1, attempts=(TAKEN,))
    await schedule(deliveries, tried)
    owed = await deliveries.again("one", NOW)
    assert owed is not None
    await deliveries.record(replace(ended(tried, FAILED), attempts=(TAKEN, REFUSED)))
    assert await deliveries.get("one") == replace(owed, attempts=(TAKEN, REFUSED))
    assert await due(deliveries) == ["one"]


async def test_the_oldest_since_are_sent_again(deliveries: Deliveries) -> None:
    """Of what ended since, as many as asked for are replayed, the oldest first, and no others."""
    every = [delivery(f"d{at}", created=NOW + at * SECOND) for at in range(6)]
    other = delivery("other", endpoint="sns", created=NOW + SECOND)
    await schedule(deliveries, *every, other)
    for one, state in zip([*every, other], [*[DELIVERED, FAILED] * 3, FAILED], strict=True):
        await deliveries.record(ended(one, state))
    since = NOW + SECOND
    assert await deliveries.again_since(HOOK, since, LATER, limit=0) == Replayed(count=0)
    some = await deliveries.again_since(HOOK, since, LATER, limit=3)
    assert some == Replayed(count=3, goes_on_at=NOW + 3 * SECOND)
    assert await due(deliveries, LATER) == ["d1", "d2", "d3"]
    assert await deliveries.again_since(HOOK, since, LATER, limit=9) == Replayed(count=2)
    assert await deliveries.again_since(HOOK, since, LATER, limit=9) == Replayed(count=0)
    assert await due(deliveries, LATER) == ["d1", "d2", "d3", "d4", "d5"]
    assert await deliveries.get("other") == ended(other, FAILED)


async def test_a_pending_one_is_not_owed_anew(deliveries: Deliveries) -> None:
    """Replaying everything since leaves alone what is still being tried."""
    tried = replace(delivery(due=LATER), tries=3)
    await schedule(deliveries, tried)
    assert await deliveries.again_since(HOOK, NOW, NOW, limit=9) == Replayed(count=0)
    assert await deliveries.get("one") == tried


async def test_many_are_sent_again(deliveries: Deliveries) -> None:
    """More than are handled at once are replayed in one call, up to the limit."""
    every = [ended(delivery(f"d{at:04}", created=NOW + at // 9 * TICK)) for at in range(1200)]
    await schedule(deliveries, *every)
    some = await deliveries.again_since(HOOK, NOW, LATER, limit=1100)
    assert some == Replayed(count=1100, goes_on_at=every[1099].created_at)
    assert await due(deliveries, LATER, limit=2000) == [one.delivery_id for one in every[:1100]]
    line = await taken(deliveries, LATER)
    assert line.endpoint == HOOK


async def test_old_ones_are_forgotten(deliveries: Deliveries) -> None:
    """Expiry drops what was created before the time, whatever its state, and nothing else."""
    for state in DeliveryState:
        for name, created in [("old", NOW - TICK), ("new", NOW)]:
            one = delivery(f"{name}-{state}", created=created)
            await schedule(deliveries, one)
            await deliveries.record(replace(one, state=state))
    assert await deliveries.expire(NOW) == 3
    assert await deliveries.expire(NOW) == 0
    assert await newest(deliveries, Sought()) == ["new-pending", "new-failed", "new-delivered"]
    assert await due(deliveries) == ["new-pending"]


async def test_many_old_ones_are_forgotten(deliveries: Deliveries) -> None:
    """One call drops all that is old, however much it is."""
    old = [delivery(f"d{at}", created=NOW - TICK) for at in range(1100)]
    await schedule(deliveries, *old, delivery("new"))
    assert await deliveries.expire(NOW) == 1100
    assert await newest(deliveries, Sought()) == ["new"]


async def test_an_endpoint_is_dropped(deliveries: Deliveries) -> None:
    """Nothing is left of an endpoint that is gone, and a try on its way brings nothing back."""
    own = [delivery(f"d{at}") for at in range(1100)]
    await schedule(deliveries, *own, delivery("other", endpoint="sns"))
    [line, _] = await deliveries.take(NOW, holder="us", until=LATER, limit=2)
    await deliveries.drop("webhook:unknown")
    await deliveries.drop(HOOK)
    await deliveries.record(ended(own[0]))
    await deliveries.let_go(replace(line, endpoint=HOOK, failures=1))
    assert await deliveries.line(HOOK) is None
    assert not await deliveries.keep(replace(line, endpoint=HOOK), LATER)
    assert await newest(deliveries, Sought()) == ["other"]
    assert (await deliveries.line("sns")) is not None


async def test_deliveries_outlive_the_process(open_deliveries: OpenDeliveries) -> None:
    """What is owed, what became of it and whose line it is are there after opening again."""
    became = replace(ended(delivery("two"), FAILED), attempts=(REFUSED,))
    async with open_deliveries() as deliveries:
        await schedule(deliveries, delivery(), delivery("two"), delivery("three", endpoint="sns"))
        await deliveries.record(became)
        held = (await deliveries.take(NOW, holder="us", until=LATER, limit=1))[0]
    async with open_deliveries() as deliveries:
        assert await due(deliveries) == ["one"]
        assert await deliveries.get("two") == became
        assert await deliveries.schedule([delivery(), delivery("two")]) == 0
        assert await deliveries.line(held.endpoint) == held
        assert (await taken(deliveries)).endpoint != held.endpoint
