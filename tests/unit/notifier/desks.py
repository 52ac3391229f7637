"""The API of webhooks and deliveries over memory, as tests meet it."""

import asyncio
import json
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from litestar import Litestar
from litestar.testing import TestClient

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.deliveries import MemoryDeliveries
from calotype_core.adapters.memory.ids import SeededIds
from calotype_core.adapters.memory.webhooks import MemoryWebhooks
from calotype_core.callbacks import CallbackSettings
from calotype_core.http.problems import EXCEPTION_HANDLERS
from calotype_core.ports.deliveries import Delivery, Line
from calotype_core.ports.webhooks import Webhook
from calotype_notifier.api import webhook_routes
from calotype_notifier.owed import delivery_id_of

Client = TestClient[Litestar]
Json = dict[str, Any]
T = TypeVar("T")

HOOK = "https://hooks.example/calotype"


class World:
    """What the API works upon; pokes counts how often the sender was told to look."""

    def __init__(self, *, most: int = 3) -> None:
        self.clock = ManualClock()
        self.webhooks = MemoryWebhooks()
        self.deliveries = MemoryDeliveries()
        self.pokes = 0
        self.drawn = 0
        self.routes = webhook_routes(
            webhooks=self.webhooks,
            deliveries=self.deliveries,
            clock=self.clock,
            ids=SeededIds(clock=self.clock),
            randomness=self.draw,
            callbacks=CallbackSettings(),
            most=most,
            poke=self.poke,
        )

    def draw(self, count: int) -> bytes:
        self.drawn += 1
        return bytes([self.drawn]) * count

    def poke(self) -> None:
        self.pokes += 1

    @contextmanager
    def opened(self) -> Iterator[Client]:
        app = Litestar(list(self.routes), exception_handlers=EXCEPTION_HANDLERS)
        with TestClient(app) as client:
            yield client

    def webhook(self, webhook_id: str) -> Webhook:
        found = done(self.webhooks.get(webhook_id))
        assert found
        return found

    def line(self, webhook_id: str) -> Line | None:
        return done(self.deliveries.line(f"webhook:{webhook_id}"))

    def owe(self, endpoint: str, event: str = "image.completed", **more: Any) -> Delivery:  # noqa: ANN401 - any field
        """Keep a delivery, as if something had happened just now."""
        at = self.clock.now()
        event_id = more.pop("event_id", f"{event} {at}")
        known: Json = {
            "delivery_id": delivery_id_of(event_id, endpoint),
            "event_id": event_id,
            "event_type": event,
            "subject_id": "subject",
            "channel": "webhook",
            "endpoint": endpoint,
            "to": HOOK,
            "body": json.dumps({"type": event, "data": {}}),
            "next_attempt_at": at,
            "created_at": at,
        }
        delivery = Delivery(**{**known, **more})
        done(self.deliveries.schedule([delivery]))
        return delivery

    def failed(self, webhook_id: str, failures: int, since: datetime) -> None:
        """Have the endpoint's line remember that it fails."""
        now, endpoint = self.clock.now(), f"webhook:{webhook_id}"
        self.owe(endpoint)
        [line] = done(self.deliveries.take(now, holder="me", until=now, limit=1))
        told = Line(endpoint=endpoint, holder=line.holder, failures=failures, failing_since=since)
        done(self.deliveries.let_go(told))


def done(awaited: Awaitable[T]) -> T:
    """Return what comes of it; memory waits for nobody."""

    async def wait() -> T:
        return await awaited

    return asyncio.run(wait())


def created(client: Client, **wish: object) -> Json:
    """Return a new webhook as the API answers it."""
    answer = client.post("/webhooks", json={"url": HOOK, **wish})
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told
