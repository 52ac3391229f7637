"""What reaches a webhook that is off."""

from dataclasses import replace

import pytest

from calotype_core.ports.deliveries import DeliveryState
from calotype_core.ports.webhooks import WebhookState
from tests.unit.notifier.stage import HOOK, Stage, broken, well

pytestmark = pytest.mark.anyio


async def test_a_webhook_that_is_off_is_tested() -> None:
    """A test reaches a webhook that is off, and nothing else does; a test fails once an hour."""
    stage = Stage()
    await stage.webhooks.add(replace(HOOK, state=WebhookState.OFF), most=9)
    (owed,) = await stage.owe("webhook:hook")
    test = replace(owed, delivery_id="msg_test", event_type="webhook.test")
    stage.channel.behaviour = broken
    await stage.deliveries.schedule([test])
    await stage.turns_for(60)
    assert [one.message_id for one in stage.channel.sent] == ["msg_test"]
    stage.channel.behaviour = well
    await stage.deliveries.wake("webhook:hook", stage.clock.now())
    await stage.turn()
    assert (await stage.state(test)).state is DeliveryState.DELIVERED
    assert (await stage.state(owed)).attempts == ()
