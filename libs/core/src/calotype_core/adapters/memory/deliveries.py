from collections.abc import Sequence
from datetime import datetime

from calotype_core.ports.deliveries import Deliveries, Delivery, DeliveryState


class MemoryDeliveries(Deliveries):
    """Deliveries in a dictionary, gone with the process."""

    def __init__(self) -> None:
        self._known: dict[str, Delivery] = {}

    async def schedule(self, delivery: Delivery) -> bool:
        """See Deliveries."""
        if delivery.delivery_id in self._known:
            return False
        self._known[delivery.delivery_id] = delivery
        return True

    async def get(self, delivery_id: str) -> Delivery | None:
        """See Deliveries."""
        return self._known.get(delivery_id)

    async def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """See Deliveries."""
        pending = [
            one
            for one in self._known.values()
            if one.state is DeliveryState.PENDING and one.next_attempt_at <= now
        ]
        return sorted(pending, key=lambda one: (one.next_attempt_at, one.delivery_id))[:limit]

    async def record(self, delivery: Delivery) -> None:
        """See Deliveries."""
        self._known[delivery.delivery_id] = delivery
