"""What every keeper of webhooks promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from calotype_core.ports.webhooks import PreviousSecret, Webhook, Webhooks, WebhookState

pytestmark = pytest.mark.anyio

OpenWebhooks = Callable[[], AbstractAsyncContextManager[Webhooks]]
NOW = datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC)
NEW, NEWER = "whsec_bmV3", "whsec_bmV3ZXI="
BOTH = ("image.failed", "job.finished")


def webhook(webhook_id: str = "one", event_types: tuple[str, ...] = BOTH) -> Webhook:
    return Webhook(
        webhook_id=webhook_id,
        url="https://é.example/hook?a=1",
        event_types=event_types,
        description="Für alle",
        secret=NEW,
        created_at=NOW,
    )


async def add(webhooks: Webhooks, *several: Webhook) -> None:
    for one in several:
        assert await webhooks.add(one, most=100)


async def told_of(webhooks: Webhooks, event_type: str) -> list[str]:
    return [one.webhook_id for one in await webhooks.told_of(event_type)]


async def newest(webhooks: Webhooks, limit: int = 9, before: str | None = None) -> list[str]:
    return [one.webhook_id for one in await webhooks.newest(limit, before=before)]


async def test_a_webhook_is_kept_whole(webhooks: Webhooks) -> None:
    """Every field of a webhook comes back as it was kept, and as it was changed."""
    await add(webhooks, webhook())
    assert await webhooks.get("one") == webhook()
    changed = replace(
        webhook(event_types=()),
        secret=NEWER,
        previous=(PreviousSecret(secret=NEW, until=NOW + timedelta(days=1)),),
        state=WebhookState.OFF,
        off_reason="It answered 410.",
    )
    assert await webhooks.update("one", lambda _: changed) == changed
    assert await webhooks.get("one") == changed
    assert list(await webhooks.newest(1)) == [changed]


async def test_an_unknown_webhook_is_none(webhooks: Webhooks) -> None:
    """Nothing is known of a webhook that was not added, and nothing can be done to it."""
    assert await webhooks.get("one") is None
    assert await webhooks.update("one", lambda known: known) is None
    assert not await webhooks.delete("one")
    assert await newest(webhooks) == []
    assert await told_of(webhooks, "job.finished") == []


async def test_there_are_no_more_than_may_be(webhooks: Webhooks) -> None:
    """Where there are as many as may be, no further one is kept, until one is deleted."""
    assert not await webhooks.add(webhook(), most=0)
    assert await webhooks.add(webhook("one"), most=2)
    assert await webhooks.add(webhook("two"), most=2)
    assert not await webhooks.add(webhook("three"), most=2)
    assert await webhooks.get("three") is None
    assert await told_of(webhooks, "job.finished") == ["one", "two"]
    assert await webhooks.delete("one")
    assert await webhooks.add(webhook("three"), most=2)
    assert await newest(webhooks) == ["two", "three"]


async def test_the_newest_come_first(webhooks: Webhooks) -> None:
    """Webhooks are listed by descending id, page by page, as many as asked for."""
    await add(webhooks, *(webhook(one) for one in "bdac"))
    assert await newest(webhooks) == ["d", "c", "b", "a"]
    assert await newest(webhooks, 2) == ["d", "c"]
    assert await newest(webhooks, 2, "c") == ["b", "a"]
    assert await newest(webhooks, 2, "a") == []
    assert await newest(webhooks, 0) == []


async def test_who_is_told_of_what(webhooks: Webhooks) -> None:
    """An event is told to those that asked for its type, by their ids, and to nobody else."""
    await add(webhooks, webhook("c"), webhook("a", ("image.failed",)), webhook("b", ()))
    assert await told_of(webhooks, "image.failed") == ["a", "c"]
    assert await told_of(webhooks, "job.finished") == ["c"]
    assert await told_of(webhooks, "job") == []
    [told] = await webhooks.told_of("job.finished")
    assert told == webhook("c")


async def test_one_that_is_off_is_told_nothing(webhooks: Webhooks) -> None:
    """A paused webhook is told of what happens, one that is off is not until it is on again."""
    await add(webhooks, webhook())
    for state, told in [
        (WebhookState.PAUSED, ["one"]),
        (WebhookState.OFF, []),
        (WebhookState.ACTIVE, ["one"]),
    ]:
        await webhooks.update("one", partial(replace, state=state))
        assert await told_of(webhooks, "job.finished") == told


async def test_a_change_of_types_is_seen_at_once(webhooks: Webhooks) -> None:
    """Who asks for other types is told of these from then on, and of no others."""
    await add(webhooks, webhook())
    await webhooks.update("one", lambda known: replace(known, event_types=("image.processed",)))
    assert await told_of(webhooks, "job.finished") == []
    assert await told_of(webhooks, "image.processed") == ["one"]


async def test_a_deleted_webhook_is_gone(webhooks: Webhooks) -> None:
    """Nothing is left of a webhook that was deleted, and it is deleted once."""
    await add(webhooks, webhook("one"), webhook("two"))
    assert await webhooks.delete("one")
    assert not await webhooks.delete("one")
    assert await webhooks.get("one") is None
    assert await told_of(webhooks, "job.finished") == ["two"]
    assert await webhooks.update("one", lambda known: known) is None
    assert await newest(webhooks) == ["two"]


async def test_a_change_that_fails_changes_nothing(webhooks: Webhooks) -> None:
    """What a change raises is raised, and the webhook stays as it is."""

    def refuse(known: Webhook) -> Webhook:
        raise ValueError(known.webhook_id)

    await add(webhooks, webhook())
    with pytest.raises(ValueError, match="one"):
        await webhooks.update("one", refuse)
    assert await webhooks.get("one") == webhook()


async def test_concurrent_changes_all_apply(webhooks: Webhooks) -> None:
    """However many change a webhook at once, each change is made to what the last one left."""

    def longer(known: Webhook) -> Webhook:
        return replace(known, description=f"{known.description}.")

    await add(webhooks, replace(webhook(), description=""))
    became = await asyncio.gather(*(webhooks.update("one", longer) for _ in range(16)))
    lengths = sorted(len(one.description) for one in became if one is not None)
    assert lengths == list(range(1, 17))
    assert await webhooks.get("one") == replace(webhook(), description="." * 16)


async def test_webhooks_outlive_the_process(open_webhooks: OpenWebhooks) -> None:
    """Webhooks and their changes are there after opening again, and so is who is told of what."""
    async with open_webhooks() as webhooks:
        await add(webhooks, webhook("one"), webhook("two"), webhook("three"))
        await webhooks.update("one", lambda known: replace(known, event_types=("image.failed",)))
        await webhooks.delete("two")
    async with open_webhooks() as webhooks:
        assert await newest(webhooks) == ["three", "one"]
        assert await told_of(webhooks, "image.failed") == ["one", "three"]
        assert await told_of(webhooks, "job.finished") == ["three"]
