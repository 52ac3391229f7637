"""The API of webhooks and deliveries, put together from its ports."""

from collections.abc import Callable, Sequence

from litestar.types import ControllerRouterHandler

from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.signatures import RANDOM_BYTES, new_secret
from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries
from calotype_core.ports.ids import Ids
from calotype_core.ports.webhooks import Webhooks
from calotype_notifier.delivery_desk import DeliveryDesk
from calotype_notifier.delivery_routes import DeliveryRoutes
from calotype_notifier.webhook_desk import WebhookDesk
from calotype_notifier.webhook_routes import WebhookRoutes


def webhook_routes(
    *,
    webhooks: Webhooks,
    deliveries: Deliveries,
    clock: Clock,
    ids: Ids,
    randomness: Callable[[int], bytes],
    callbacks: CallbackSettings,
    most: int,
    poke: Callable[[], None],
) -> Sequence[ControllerRouterHandler]:
    """Return the routes. randomness draws bytes that nobody can guess; most bounds the webhooks.

    poke is called when something became due, so that whoever sends looks at once.
    """
    desk = WebhookDesk(
        webhooks=webhooks,
        deliveries=deliveries,
        clock=clock,
        ids=ids,
        new_secret=lambda: new_secret(randomness(RANDOM_BYTES)),
        poke=poke,
        most=most,
    )
    sent = DeliveryDesk(webhooks=webhooks, deliveries=deliveries, clock=clock, poke=poke)
    return [
        *WebhookRoutes(desk=desk, callbacks=callbacks).handlers(),
        *DeliveryRoutes(desk=sent).handlers(),
    ]
