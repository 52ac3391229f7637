"""Deliveries for tests, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from calotype_core.ports.deliveries import Deliveries, Delivery, DeliveryState, Line

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
LATER = NOW + timedelta(minutes=5)
HOOK = "webhook:höok"


def delivery(
    delivery_id: str = "one",
    *,
    due: datetime = NOW,
    endpoint: str = HOOK,
    created: datetime = NOW,
    event_type: str = "image.processed",
    subject_id: str = "image",
) -> Delivery:
    """Return a delivery that is owed."""
    return Delivery(
        delivery_id=delivery_id,
        event_id="event",
        event_type=event_type,
        subject_id=subject_id,
        channel="webhook",
        endpoint=endpoint,
        to="https://é.example/hook?a=1",
        body='{"é": 1}',
        next_attempt_at=due,
        created_at=created,
    )


def ended(one: Delivery, state: DeliveryState = DeliveryState.DELIVERED) -> Delivery:
    """Return what the delivery has become after its last try."""
    return replace(one, state=state, tries=one.tries + 1)


async def schedule(deliveries: Deliveries, *several: Delivery) -> None:
    """Schedule deliveries that are all new."""
    assert await deliveries.schedule(several) == len(several)


async def take(
    deliveries: Deliveries,
    now: datetime = NOW,
    *,
    holder: str = "us",
    until: datetime = LATER,
    limit: int = 100,
) -> Sequence[Line]:
    """Take lines until some time."""
    return await deliveries.take(now, holder=holder, until=until, limit=limit)


async def taken(deliveries: Deliveries, now: datetime = NOW, *, holder: str = "us") -> Line:
    """Take the only line there is to take."""
    [line] = await take(deliveries, now, holder=holder, until=now + (LATER - NOW))
    return line


async def due(
    deliveries: Deliveries, now: datetime = NOW, *, limit: int = 100, endpoint: str = HOOK
) -> list[str]:
    """Return the ids of what is due."""
    return [one.delivery_id for one in await deliveries.due(endpoint, now, limit)]
