"""Receivers with every bad manner, over real connections, under a clock that moves by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import pairwise

import pytest
from standardwebhooks import Webhook

from calotype_core.adapters.http.channel import HttpChannel
from calotype_core.adapters.http.settings import WebhookCallSettings
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.ports.deliveries import Delivery
from calotype_notifier.tries import JITTER
from tests.receiver import Receiver
from tests.unit.notifier.stage import SETTINGS, Stage

pytestmark = pytest.mark.anyio

SECRET = "whsec_" + "QUJD" * 10
CALLS = WebhookCallSettings(
    webhook_allow_http=True,
    webhook_allowed_networks=(ip_network("127.0.0.0/8"),),
    webhook_seconds=0.2,
)
# By the receiver's manner: how often it is called, and how that ends.
MANNERS = {
    "/failing/9/a": (10, "delivered"),
    "/status/500/a": (10, "failed"),
    "/redirect/a": (10, "failed"),
    "/never/a": (10, "failed"),
    "/slow/29/a": (10, "failed"),
    "/drip/a": (10, "failed"),
    "/close/a": (10, "failed"),
    "/gone/a": (1, "failed"),
}
DAYS = 4
STEPS_SECONDS = [*[1] * 120, *[60] * (DAYS * 24 * 60)]
LONGEST_STEP = max(STEPS_SECONDS)
OTHERS_EVERY = 500  # steps


def pauses(delivery: Delivery) -> Sequence[float]:
    tried = [one.at for one in delivery.attempts]
    return [(later - earlier).total_seconds() for earlier, later in pairwise(tried)]


def check_proofs(receiver: Receiver) -> None:
    """Every request is signed as the oracle signs, for the time of its try."""
    for one in receiver.received:
        at = datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), UTC)
        signature = Webhook(SECRET).sign(one.message_id, at, one.body)
        assert one.headers["webhook-signature"] == signature


async def test_the_schedule_holds() -> None:
    """Each is tried by the schedule for three days, under one id, and nobody else waits for it."""
    async with (
        Receiver.open() as receiver,
        HttpChannel.open(CALLS, clock=(clock := ManualClock())) as channel,
    ):
        stage = Stage(through=channel, secrets=[SECRET], clock=clock)
        owed = {path: (await stage.owe(f"callback:{receiver.url}{path}"))[0] for path in MANNERS}
        others: list[Delivery] = []
        for number, seconds in enumerate(STEPS_SECONDS):
            if number % OTHERS_EVERY == 0:
                others += await stage.owe(f"callback:{receiver.url}/ok/others")
            await stage.turn()
            clock.advance(seconds)
        for path, (calls, end) in MANNERS.items():
            became = await stage.state(owed[path])
            assert (became.tries, became.state.value) == (calls, end), path
            assert {one.message_id for one in receiver.at(path)} == {became.delivery_id}
            for pause, wanted in zip(pauses(became), SETTINGS.schedule, strict=False):
                least, most = wanted * (1 - JITTER), wanted * (1 + JITTER) + LONGEST_STEP
                assert least <= pause <= most, path
        for one in others:
            (tried,) = (await stage.state(one)).attempts
            assert (tried.at, tried.status) == (one.created_at, 200)
        check_proofs(receiver)
