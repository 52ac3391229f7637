"""The notifier's own record of what it owes to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One notification to one endpoint; its id is derived from both, so that it exists once."""

    delivery_id: str
    event_id: str
    channel: str
    endpoint: str
    body: str
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_attempt_at: datetime
    last_answer: str | None = None


class Deliveries(Protocol):
    """Deliveries by id, and by when they are due."""

    async def schedule(self, delivery: Delivery) -> bool:
        """Keep the delivery unless its id is known already; True if it is new."""

    async def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, or None."""

    async def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return up to limit pending deliveries whose time has come, the longest due first."""

    async def record(self, delivery: Delivery) -> None:
        """Replace the delivery by what it has become after an attempt."""
