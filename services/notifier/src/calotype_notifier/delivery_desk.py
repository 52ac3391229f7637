"""Look deliveries up, and have one sent again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries, Delivery, Sought
from calotype_core.ports.webhooks import Webhooks, WebhookState
from calotype_notifier.catalogue import WEBHOOK_TEST
from calotype_notifier.errors import UnknownDeliveryError, WebhookOffError
from calotype_notifier.owed import webhook_of_line


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryDesk:
    """What deliveries need of the world; poke is called when something became due."""

    webhooks: Webhooks
    deliveries: Deliveries
    clock: Clock
    poke: Callable[[], None]

    async def newest(self, sought: Sought, limit: int, before: str | None) -> Sequence[Delivery]:
        """Return up to limit of those sought, newest first. Raises Unavailable."""
        return await self.deliveries.newest(sought, limit=limit, before=before)

    async def show(self, delivery_id: str) -> Delivery:
        """Return the delivery. Raises UnknownDeliveryError, Unavailable."""
        delivery = await self.deliveries.get(delivery_id)
        if delivery is None:
            raise _unknown(delivery_id)
        return delivery

    async def replay(self, delivery_id: str) -> Delivery:
        """Send it once more, from its first try on, however it ended or stands.

        Raises UnknownDeliveryError, WebhookOffError, Unavailable.
        """
        await self._check_wanted(await self.show(delivery_id))
        now = self.clock.now()
        delivery = await self.deliveries.again(delivery_id, now)
        if delivery is None:
            raise _unknown(delivery_id)
        await self.deliveries.wake(delivery.endpoint, now)  # who asks waits for no rest of its line
        self.poke()
        return delivery

    async def _check_wanted(self, delivery: Delivery) -> None:
        webhook_id = webhook_of_line(delivery.endpoint)
        if webhook_id is None or delivery.event_type == WEBHOOK_TEST.name:
            return
        webhook = await self.webhooks.get(webhook_id)
        if webhook and webhook.state is WebhookState.OFF:
            raise WebhookOffError(
                "The webhook that it was sent to is off, so that nothing but a test is sent there:"
                f' set its state to "active" first (PATCH /webhooks/{webhook_id}).'
            )


def _unknown(delivery_id: str) -> UnknownDeliveryError:
    return UnknownDeliveryError(
        f"No delivery has the id {delivery_id[:80]!r}. It never was, or it is so old that it has"
        " been forgotten; GET /deliveries lists those that there are."
    )
