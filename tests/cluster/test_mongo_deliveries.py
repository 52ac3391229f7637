"""What deliveries in MongoDB promise where processes race, die and lose each other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient

from calotype_core.adapters.mongo.collections import DELIVERIES, DELIVERY_LINES, WEBHOOKS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.deliveries import MongoDeliveries
from calotype_core.adapters.mongo.delivery_lines import MongoDeliveryLines
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.adapters.mongo.webhooks import MongoWebhooks
from calotype_core.errors import Unavailable
from calotype_core.ports.deliveries import Line
from calotype_core.ports.webhooks import Webhook
from tests.mongo import command, fresh_database, losing, through_proxy
from tests.owed import HOOK, LATER, NOW, delivery, due, ended, schedule, take, taken

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]


@pytest.fixture
def settings() -> Iterator[MongoSettings]:
    with fresh_database() as settings:
        yield settings


@asynccontextmanager
async def opened(settings: MongoSettings) -> AsyncIterator[Mongo]:
    async with Mongo.open(settings, random=Random()) as mongo:
        yield mongo


class Overtaken(MongoDeliveryLines):
    """Lines whose holder is overtaken, once, between its look at what waits and its write."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def _first_due(self, endpoint: str) -> str | None:
        first = await super()._first_due(endpoint)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return first


@pytest.mark.parametrize("failures", [0, 3])
async def test_what_is_scheduled_behind_a_look_is_found(
    settings: MongoSettings, failures: int
) -> None:
    """Who lets go looks again where something came between its look and its write."""
    async with opened(settings) as mongo:
        deliveries, lines = MongoDeliveries(mongo), Overtaken(mongo)
        await schedule(deliveries, delivery())
        await taken(deliveries)
        await deliveries.record(ended(delivery()))
        lines.meanwhile = lambda: deliveries.schedule([delivery("two")])
        await lines.let_go(Line(endpoint=HOOK, holder="us", failures=failures))
        assert (await taken(deliveries)).failures == failures
        assert await due(deliveries) == ["two"]


async def test_a_wake_behind_a_look_counts(settings: MongoSettings) -> None:
    """A line that is woken between its holder's look and its write does not rest."""
    async with opened(settings) as mongo:
        deliveries, lines = MongoDeliveries(mongo), Overtaken(mongo)
        await schedule(deliveries, delivery())
        await taken(deliveries)
        lines.meanwhile = lambda: deliveries.wake(HOOK, NOW)
        await lines.let_go(Line(endpoint=HOOK, holder="us", failures=3, rests_until=LATER))
        assert (await taken(deliveries)).failures == 0


async def test_a_line_of_the_same_holder_is_another(settings: MongoSettings) -> None:
    """A line that was forgotten and taken anew meanwhile is not what its holder looked at."""
    async with opened(settings) as mongo:
        deliveries, lines = MongoDeliveries(mongo), Overtaken(mongo)
        await schedule(deliveries, delivery())
        line = await taken(deliveries)
        await deliveries.record(ended(delivery()))

        async def forgotten_and_taken() -> None:
            await deliveries.let_go(line)
            await schedule(deliveries, delivery("two"))
            assert await taken(deliveries) == line

        lines.meanwhile = forgotten_and_taken
        await lines.let_go(line)
        assert await deliveries.line(HOOK) is not None


async def test_a_crash_between_two_writes_is_mended(settings: MongoSettings) -> None:
    """Where a process died before it made the line due, the same once more makes it so."""
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongo_url)
    lines = client[settings.mongo_database][DELIVERY_LINES]
    async with opened(settings) as mongo:
        deliveries = MongoDeliveries(mongo)
        await schedule(deliveries, delivery())
        for mend in (
            lambda: deliveries.schedule([delivery()]),
            lambda: deliveries.again("one", NOW),
            lambda: deliveries.wake(HOOK, NOW),
        ):
            lines.delete_many({})
            assert await take(deliveries) == []
            await mend()
            assert (await taken(deliveries)).endpoint == HOOK
    client.close()


@pytest.mark.parametrize("lost", [command("insert", DELIVERIES), command("update", DELIVERY_LINES)])
async def test_deliveries_whose_answer_was_lost(settings: MongoSettings, lost: bytes) -> None:
    """What was written and not acknowledged is Unavailable; again, it is owed once."""
    async with through_proxy(settings, retry=False) as (proxy, mongo):
        deliveries = MongoDeliveries(mongo)
        with losing(proxy, lost), pytest.raises(Unavailable, match="CALOTYPE_MONGO_URL"):
            await deliveries.schedule([delivery("one"), delivery("two")])
        assert await deliveries.schedule([delivery("one"), delivery("two")]) == 0
        await taken(deliveries)
        assert await due(deliveries) == ["one", "two"]


async def test_a_hold_whose_answer_was_lost(settings: MongoSettings) -> None:
    """A line that nobody knows to hold is free again when its time is over."""
    async with through_proxy(settings, retry=False) as (proxy, mongo):
        deliveries = MongoDeliveries(mongo)
        await schedule(deliveries, delivery())
        with losing(proxy, command("update", DELIVERY_LINES)), pytest.raises(Unavailable):
            await taken(deliveries)
        assert await take(deliveries) == []
        assert (await taken(deliveries, LATER)).endpoint == HOOK


async def test_the_driver_repeats_a_hold(settings: MongoSettings) -> None:
    """Where the driver itself takes a line again, or lets go of it, it was done once."""
    async with through_proxy(settings, retry=True) as (proxy, mongo):
        deliveries = MongoDeliveries(mongo)
        await schedule(deliveries, delivery())
        with losing(proxy, command("update", DELIVERY_LINES)):
            line = await taken(deliveries)
        with losing(proxy, command("update", DELIVERY_LINES)):
            await deliveries.let_go(line)
        assert await deliveries.line(HOOK) == Line(endpoint=HOOK)


async def test_a_webhook_whose_answer_was_lost(settings: MongoSettings) -> None:
    """A webhook that the driver itself adds again is there once, and was added."""
    webhook = Webhook(
        webhook_id="one", url="https://example.org", event_types=(), secret="", created_at=NOW
    )
    async with through_proxy(settings, retry=True) as (proxy, mongo):
        webhooks = MongoWebhooks(mongo)
        with losing(proxy, command("insert", WEBHOOKS)):
            assert await webhooks.add(webhook, most=1)
        assert list(await webhooks.newest(9)) == [webhook]
