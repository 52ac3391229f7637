"""When a webhook is switched off, and when it is not."""

from dataclasses import replace

import pytest

from calotype_core.ports.channel import Answer, Message
from calotype_core.ports.deliveries import DeliveryState
from calotype_core.ports.webhooks import WebhookState
from tests.unit.notifier.stage import HOOK, Stage, broken, gone, silent, well

pytestmark = pytest.mark.anyio


async def test_what_was_said_where_it_was_switches_nothing_off() -> None:
    """A webhook that is moved while it is called is not switched off for what the old URL says."""
    stage = Stage()
    await stage.webhooks.add(HOOK, most=9)
    (owed,) = await stage.owe("webhook:hook")
    moved = replace(HOOK, url="https://moved.example.com/")

    def gone_once_it_moved(message: Message) -> Answer:
        stage.webhooks._known["hook"] = moved  # noqa: SLF001 - in the middle of a try
        return gone(message)

    stage.channel.behaviour = gone_once_it_moved
    await stage.turn()
    assert await stage.webhooks.get("hook") == moved
    assert not stage.announced
    assert (await stage.state(owed)).to == HOOK.url


async def test_gone_switches_off() -> None:
    """A webhook that answers 410 is off at once, and whoever is to know that is told."""
    stage = Stage()
    stage.channel.behaviour = gone
    await stage.webhooks.add(HOOK, most=9)
    owed = await stage.owe("webhook:hook", count=2)
    await stage.turns_for(3)
    webhook = await stage.webhooks.get("hook")
    assert webhook is not None
    assert webhook.state is WebhookState.OFF
    assert "410" in (webhook.off_reason or "")
    assert len(stage.channel.sent) == 1
    assert [(await stage.state(one)).state.value for one in owed] == ["failed", "pending"]
    assert [one.kind.name for one in stage.announced] == ["webhook.off"]


async def test_days_of_failure_switch_off() -> None:
    """A webhook that takes nothing for five days is off, once, whatever it is sent meanwhile."""
    stage = Stage()
    stage.channel.behaviour = broken
    await stage.webhooks.add(HOOK, most=9)
    for _ in range(6 * 24):
        await stage.owe("webhook:hook")
        await stage.turns_for(3600, step=600)
    webhook = await stage.webhooks.get("hook")
    assert webhook is not None
    assert webhook.state is WebhookState.OFF
    assert len(stage.announced) == 1


async def test_a_failure_now_and_then_switches_nothing_off() -> None:
    """Where a month lies between two messages, that the second is not taken at once is no end."""
    stage = Stage()
    await stage.webhooks.add(HOOK, most=9)
    stage.channel.behaviour = broken
    await stage.owe("webhook:hook")
    await stage.turns_for(4 * 86400, step=600)  # until it is given up
    stage.clock.advance(30 * 86400)
    (second,) = await stage.owe("webhook:hook")
    await stage.turns_for(3600, step=60)
    stage.channel.behaviour = well
    await stage.turns_for(2 * 3600, step=600)
    webhook = await stage.webhooks.get("hook")
    assert webhook is not None
    assert webhook.state is WebhookState.ACTIVE
    assert (await stage.state(second)).state is DeliveryState.DELIVERED


async def test_who_never_takes_anything_is_switched_off() -> None:
    """Where one message after the other is given up, for days, the webhook is off, however few."""
    stage = Stage()
    await stage.webhooks.add(HOOK, most=9)
    stage.channel.behaviour = broken
    for _ in range(2):
        await stage.owe("webhook:hook")
        await stage.turns_for(4 * 86400, step=600)
        stage.clock.advance(7 * 86400)
    webhook = await stage.webhooks.get("hook")
    assert webhook is not None
    assert webhook.state is WebhookState.OFF


async def test_silence_with_thousands_waiting_switches_off() -> None:
    """A silent endpoint for which so much waits that nothing is ever given up is off in time."""
    stage = Stage()
    await stage.webhooks.add(HOOK, most=9)
    stage.channel.behaviour = silent
    await stage.owe("webhook:hook", count=500)
    await stage.turns_for(5.1 * 86400, step=300)
    webhook = await stage.webhooks.get("hook")
    assert webhook is not None
    assert webhook.state is WebhookState.OFF
