"""What every record of deliveries promises."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype_core.ports.deliveries import Deliveries, Delivery, DeliveryState

pytestmark = pytest.mark.anyio

OpenDeliveries = Callable[[], AbstractAsyncContextManager[Deliveries]]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def delivery(delivery_id: str = "one", due_in: timedelta = timedelta()) -> Delivery:
    return Delivery(
        delivery_id=delivery_id,
        event_id="event",
        channel="webhook",
        endpoint="https://example.org/hook",
        body='{"é": 1}',
        next_attempt_at=NOW + due_in,
    )


async def due(deliveries: Deliveries, now: datetime = NOW, limit: int = 10) -> list[str]:
    return [one.delivery_id for one in await deliveries.due(now, limit)]


async def test_a_delivery_exists_once(deliveries: Deliveries) -> None:
    """Scheduling an id again says so and leaves the delivery as it is."""
    assert await deliveries.schedule(delivery())
    assert not await deliveries.schedule(replace(delivery(), body="another"))
    assert await deliveries.get("one") == delivery()


async def test_an_unknown_delivery_is_none(deliveries: Deliveries) -> None:
    """Nothing is known of a delivery that was never scheduled."""
    assert await deliveries.get("one") is None


async def test_a_delivery_is_kept_whole(deliveries: Deliveries) -> None:
    """Every field of a delivery comes back as it was recorded."""
    await deliveries.schedule(delivery())
    became = replace(
        delivery(due_in=timedelta(microseconds=1)),
        state=DeliveryState.FAILED,
        attempts=10,
        last_answer="410 Gone",
    )
    await deliveries.record(became)
    assert await deliveries.get("one") == became


async def test_what_is_due_comes_longest_due_first(deliveries: Deliveries) -> None:
    """Due gives what has come to its time, the oldest first, as many as asked for."""
    for delivery_id, seconds in [("b", -1), ("later", 1), ("now", 0), ("a", -2)]:
        await deliveries.schedule(delivery(delivery_id, timedelta(seconds=seconds)))
    assert await due(deliveries) == ["a", "b", "now"]
    assert await due(deliveries, limit=1) == ["a"]
    assert await due(deliveries, limit=0) == []
    assert await due(deliveries, NOW + timedelta(seconds=1)) == ["a", "b", "now", "later"]


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.FAILED])
async def test_what_is_over_is_never_due(deliveries: Deliveries, state: DeliveryState) -> None:
    """A delivery that was made or given up is on record, and is not due any more."""
    await deliveries.schedule(delivery())
    await deliveries.record(replace(delivery(), state=state))
    assert await due(deliveries) == []


async def test_a_postponed_delivery_is_due_later(deliveries: Deliveries) -> None:
    """After an attempt that failed, a delivery is due at its new time."""
    await deliveries.schedule(delivery())
    await deliveries.record(replace(delivery(due_in=timedelta(minutes=5)), attempts=1))
    assert await due(deliveries) == []
    assert await due(deliveries, NOW + timedelta(minutes=5)) == ["one"]


async def test_deliveries_outlive_the_process(open_deliveries: OpenDeliveries) -> None:
    """What is owed is still owed after closing and opening again."""
    async with open_deliveries() as deliveries:
        await deliveries.schedule(delivery())
    async with open_deliveries() as deliveries:
        assert await due(deliveries) == ["one"]
        assert not await deliveries.schedule(delivery())
