"""One endpoint's turn, under a clock that moves by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.ports.channel import Answer, Message, NotTakenError
from calotype_core.ports.deliveries import DeliveryState, Line
from calotype_core.ports.webhooks import PreviousSecret, WebhookState
from tests.unit.notifier.stage import (
    CALLBACK,
    HOOK,
    SETTINGS,
    SIGNED,
    Stage,
    broken,
    silent,
    well,
)

pytestmark = pytest.mark.anyio

OLD = PreviousSecret(secret="whsec_old", until=ManualClock().now() + timedelta(hours=24))  # noqa: S106 - none is needed


async def test_what_is_due_is_sent_and_on_record() -> None:
    """A delivery is sent once, under its id, signed by the secret of callbacks, and is over."""
    stage = Stage()
    (owed,) = await stage.owe()
    assert await stage.turn() == 1
    (message,) = stage.channel.sent
    assert (message.message_id, message.to) == (owed.delivery_id, "https://example.org/hook")
    assert message.secrets == SIGNED
    assert (await stage.state(owed)).state is DeliveryState.DELIVERED
    assert await stage.deliveries.line(CALLBACK) is None
    assert await stage.turn() == 0


async def test_the_schedule_holds() -> None:
    """Of an endpoint that fails nine times, the tenth try comes 75 hours later and is taken."""
    stage = Stage()
    behaviours = iter([*[broken] * 9, well])

    def in_turn(message: Message) -> Answer:
        return next(behaviours)(message)

    stage.channel.behaviour = in_turn
    (owed,) = await stage.owe()
    await stage.turns_for(85 * 3600, step=30)
    became = await stage.state(owed)
    assert (became.state, became.tries) == (DeliveryState.DELIVERED, 10)
    assert {one.message_id for one in stage.channel.sent} == {owed.delivery_id}
    total = became.attempts[-1].at - became.attempts[0].at
    assert timedelta(hours=75.6) * 0.9 <= total <= timedelta(hours=75.6) * 1.1


async def test_given_up() -> None:
    """After the last pause of the schedule a delivery has failed, and is not tried again."""
    stage = Stage()
    stage.channel.behaviour = silent
    (owed,) = await stage.owe()
    await stage.turns_for(100 * 3600, step=60)
    assert (await stage.state(owed)).state is DeliveryState.FAILED
    assert len(stage.channel.sent) == 10


async def test_many_go_at_once_to_who_takes_them() -> None:
    """The first is sent alone; once it is taken, the others follow several at once."""
    stage = Stage()
    await stage.owe(count=20)
    await stage.turn()
    assert len(stage.channel.sent) == 20
    assert stage.channel.widest == SETTINGS.at_once


async def test_who_keeps_silent_is_asked_once() -> None:
    """Of a hundred deliveries to an endpoint that never answers, one costs the wait; it rests."""
    stage = Stage()
    stage.channel.behaviour = silent
    owed = await stage.owe(count=100)
    await stage.turn()
    assert len(stage.channel.sent) == 1
    await stage.owe()
    assert await stage.turn() == 0  # what came meanwhile waits with the rest
    assert len(stage.channel.sent) == 1
    stage.channel.behaviour = well
    stage.clock.advance(10)
    await stage.turn()
    assert {(await stage.state(one)).state for one in owed} == {DeliveryState.DELIVERED}


async def test_who_asks_for_a_pause_gets_it() -> None:
    """After 429 with Retry-After nothing is sent to the endpoint until then."""
    stage = Stage()

    def throttled(_: Message) -> Answer:
        raise NotTakenError("Too often.", answer=Answer(status=429), again_in=120)

    stage.channel.behaviour = throttled
    await stage.owe(count=3)
    await stage.turns_for(119)
    assert len(stage.channel.sent) == 1
    stage.channel.behaviour = well
    await stage.turns_for(10)
    assert len(stage.channel.sent) == 4


async def test_an_error_of_ours_is_a_try() -> None:
    """A delivery that cannot be put into words fails by its schedule, and holds up no other."""
    stage = Stage()
    owed = await stage.owe(count=2)
    await stage.deliveries.record(replace(owed[0], body="poison"))
    await stage.turn()
    poisoned, other = [await stage.state(one) for one in owed]
    assert (poisoned.state, poisoned.tries) == (DeliveryState.PENDING, 1)
    assert poisoned.attempts[0].code == "message_failed"
    assert other.state is DeliveryState.DELIVERED


async def test_a_webhook_signs_with_its_own() -> None:
    """A webhook is called where it is now, signed by its own secret; by both after a rotation."""
    stage = Stage()
    moved = replace(
        HOOK,
        url="https://moved.example.com/",
        previous=(OLD,),
    )
    await stage.webhooks.add(moved, most=9)
    await stage.owe("webhook:hook")
    await stage.turn()
    assert stage.channel.sent[0].to == moved.url
    assert stage.channel.sent[0].secrets == ("whsec_its", "whsec_old")
    stage.clock.advance(25 * 3600)
    await stage.owe("webhook:hook")
    await stage.turn()
    assert stage.channel.sent[1].secrets == ("whsec_its",)


async def test_what_signs_is_not_shown() -> None:
    """Neither a message nor a webhook nor an endpoint shows a secret where it is printed."""
    stage = Stage()
    webhook = replace(HOOK, previous=(OLD,))
    await stage.webhooks.add(webhook, most=9)
    await stage.owe("webhook:hook")
    await stage.turn()
    endpoint = await stage.sender.endpoints.find("webhook:hook")
    assert "whsec" not in f"{webhook} {stage.channel.sent} {endpoint}"


@pytest.mark.parametrize("state", [WebhookState.PAUSED, WebhookState.OFF])
async def test_a_webhook_that_is_held_is_not_called(state: WebhookState) -> None:
    """What is owed to a webhook that is paused or off waits, until it is on and its line woken."""
    stage = Stage()
    await stage.webhooks.add(replace(HOOK, state=state), most=9)
    (owed,) = await stage.owe("webhook:hook")
    await stage.turns_for(5)
    assert not stage.channel.sent
    await stage.webhooks.update("hook", lambda one: replace(one, state=WebhookState.ACTIVE))
    await stage.deliveries.wake("webhook:hook", stage.clock.now())
    await stage.turn()
    assert (await stage.state(owed)).state is DeliveryState.DELIVERED


async def test_a_webhook_that_is_paused_meanwhile() -> None:
    """However much waits for a webhook, nothing more is begun once it is paused."""
    stage = Stage()
    await stage.webhooks.add(HOOK, most=9)
    await stage.owe("webhook:hook", count=100)

    def well_until_it_is_paused(_: Message) -> Answer:
        if len(stage.channel.sent) == 20:
            stage.webhooks._known["hook"] = replace(HOOK, state=WebhookState.PAUSED)  # noqa: SLF001 - in the middle of a turn
        return Answer(status=200)

    stage.channel.behaviour = well_until_it_is_paused
    await stage.turns_for(5)
    assert 20 <= len(stage.channel.sent) < 20 + SETTINGS.at_once


async def test_the_record_says_where_it_was_sent() -> None:
    """What was owed before a webhook moved is on record as sent to where it is now."""
    stage = Stage()
    moved = "https://moved.example.com/"
    await stage.webhooks.add(replace(HOOK, url=moved), most=9)
    (owed,) = await stage.owe("webhook:hook")
    await stage.turn()
    assert (await stage.state(owed)).to == moved


async def test_a_webhook_that_is_no_more() -> None:
    """What was owed to a webhook that has been deleted is forgotten with it."""
    stage = Stage()
    (owed,) = await stage.owe("webhook:hook")
    await stage.turn()
    assert await stage.deliveries.get(owed.delivery_id) is None
    assert not stage.channel.sent


async def test_who_lost_the_line_leaves_it() -> None:
    """A holder whose line passed to another sends nothing more, and spoils nothing of theirs."""
    stage = Stage()
    (owed,) = await stage.owe()
    now = stage.clock.now()
    (mine,) = await stage.deliveries.take(now, holder="me", until=now, limit=1)
    stage.clock.advance(60)
    now = stage.clock.now()
    (theirs,) = await stage.deliveries.take(
        now, holder="they", until=now + timedelta(hours=1), limit=1
    )
    await stage.sender.serve(mine, stage.stop)
    assert not stage.channel.sent
    assert (await stage.state(owed)).state is DeliveryState.PENDING
    assert await stage.deliveries.line(CALLBACK) == theirs


async def test_a_stop_begins_nothing() -> None:
    """Once told to stop, a turn lets the line go, for another to go on at once."""
    stage = Stage()
    await stage.owe(count=3)

    def stopping(_: Message) -> Answer:
        stage.stop.set()
        return Answer(status=200)

    stage.channel.behaviour = stopping
    await stage.turn()
    assert len(stage.channel.sent) == 1
    line = await stage.deliveries.line(CALLBACK)
    assert line == Line(endpoint=CALLBACK)
