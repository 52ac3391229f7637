"""Create, show, change, test and delete webhooks: what their owners ask, done."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calotype_core.domain.ids import MalformedIdError, parse_id
from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries, Delivery, Line, Replayed
from calotype_core.ports.ids import Ids
from calotype_core.ports.webhooks import PreviousSecret, Webhook, Webhooks, WebhookState
from calotype_notifier.announcements import announce
from calotype_notifier.catalogue import BY_DEFAULT, WEBHOOK_TEST, WebhookData
from calotype_notifier.errors import (
    TooManyWebhooksError,
    UnknownWebhookError,
    WebhookOffError,
    WebhookPausedError,
)
from calotype_notifier.owed import Asked, line_of_webhook, owed
from calotype_notifier.wishes import Wish

PREVIOUS_SIGNS_FOR = timedelta(hours=24)  # after a rotation
PREVIOUS_MAX = 3  # each signs every request
REPLAYED_AT_ONCE = 10_000
_LINES_AT_ONCE = 50

Standing = tuple[Webhook, Line]  # a webhook, and how its endpoint fares


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookDesk:
    """What webhooks need of the world.

    new_secret draws one; poke is called when something became due, so that it is sent at once.
    """

    webhooks: Webhooks
    deliveries: Deliveries
    clock: Clock
    ids: Ids
    new_secret: Callable[[], str]
    poke: Callable[[], None]
    most: int

    async def create(self, wish: Wish) -> Webhook:
        """Keep a new webhook; its URL is given. Raises TooManyWebhooksError, Unavailable."""
        webhook = Webhook(
            webhook_id=self.ids.new(),
            url=wish.url or "",
            event_types=wish.event_types or BY_DEFAULT,
            description=wish.description or "",
            secret=wish.secret or self.new_secret(),
            created_at=self.clock.now(),
        )
        if not await self.webhooks.add(webhook, most=self.most):
            raise TooManyWebhooksError(
                f"There are {self.most} webhooks, as many as there may be. Delete one that nobody"
                " needs, or have CALOTYPE_WEBHOOKS_MAX raised."
            )
        return webhook

    async def newest(self, limit: int, before: str | None) -> Sequence[Standing]:
        """Return up to limit webhooks and how they fare, newest first. Raises Unavailable."""
        found = await self.webhooks.newest(limit, before=before)
        lines: list[Line] = []
        for at in range(0, len(found), _LINES_AT_ONCE):
            asked = (self._line(one.webhook_id) for one in found[at : at + _LINES_AT_ONCE])
            lines += await asyncio.gather(*asked)
        return list(zip(found, lines, strict=True))

    async def show(self, text: str) -> Standing:
        """Return the webhook and how it fares. Raises UnknownWebhookError, Unavailable."""
        webhook = await self._find(text)
        return webhook, await self._line(webhook.webhook_id)

    async def change(self, text: str, wish: Wish) -> Standing:
        """Change what was said of.

        Who says that it is active, or where it is now, has what waits for it sent at once. Raises
        UnknownWebhookError, Unavailable.
        """
        changed = await self.webhooks.update(_id_of(text), lambda one: _changed(one, wish))
        if changed is None:
            raise _unknown(text)
        if wish.state is WebhookState.ACTIVE or wish.url:
            await self._wake(changed.webhook_id)
        return changed, await self._line(changed.webhook_id)

    async def rotate(self, text: str, secret: str | None) -> Webhook:
        """Give it another secret; the one that it had signs, too, for PREVIOUS_SIGNS_FOR.

        So do, for as long as they were to, up to PREVIOUS_MAX from before: who asks again since the
        answer was lost still has receivers that know the first. Raises UnknownWebhookError,
        Unavailable.
        """
        webhook_id, now = _id_of(text), self.clock.now()
        candidate = secret or self.new_secret()
        rotated = await self.webhooks.update(webhook_id, lambda one: _rotated(one, candidate, now))
        if rotated is None:
            raise _unknown(text)
        return rotated

    async def test(self, text: str) -> Delivery:
        """Send it a test, also where it is off: that is how one sees that it is well again.

        Raises UnknownWebhookError, WebhookPausedError, Unavailable.
        """
        webhook = await self._find(text)
        if webhook.state is WebhookState.PAUSED:
            raise WebhookPausedError(
                "The webhook is paused, so that nothing is sent to it, no test either: set its"
                ' state to "active" first.'
            )
        delivery = _test_of(webhook, self.ids.new(), self.clock.now())
        await self.deliveries.schedule([delivery])
        await self._wake(webhook.webhook_id)
        return delivery

    async def replay(self, text: str, since: datetime) -> Replayed:
        """Send again what has ended of all that was owed to it since, up to REPLAYED_AT_ONCE.

        Raises UnknownWebhookError, WebhookOffError, Unavailable.
        """
        webhook = await self._find(text)
        if webhook.state is WebhookState.OFF:
            raise WebhookOffError(
                "The webhook is off, so that nothing but a test is sent to it: set its state to"
                ' "active" first.'
            )
        line, now = line_of_webhook(webhook.webhook_id), self.clock.now()
        replayed = await self.deliveries.again_since(line, since, now, limit=REPLAYED_AT_ONCE)
        await self._wake(webhook.webhook_id)
        return replayed

    async def delete(self, text: str) -> None:
        """Forget the webhook, and all that was owed to it. Raises UnknownWebhookError, Unavailable.

        Asked again after a crash it finishes what it began, although it knows the webhook no more.
        """
        webhook_id = _id_of(text)
        known = await self.webhooks.delete(webhook_id)  # first, so that nothing new is owed to it
        await self.deliveries.drop(line_of_webhook(webhook_id))
        if not known:
            raise _unknown(text)

    async def _find(self, text: str) -> Webhook:
        webhook = await self.webhooks.get(_id_of(text))
        if webhook is None:
            raise _unknown(text)
        return webhook

    async def _wake(self, webhook_id: str) -> None:
        """Have what is due be sent at once: who asks for it waits for no rest of the line."""
        await self.deliveries.wake(line_of_webhook(webhook_id), self.clock.now())
        self.poke()

    async def _line(self, webhook_id: str) -> Line:
        endpoint = line_of_webhook(webhook_id)
        return await self.deliveries.line(endpoint) or Line(endpoint=endpoint)


def _id_of(text: str) -> str:
    try:
        return parse_id(text)
    except MalformedIdError:
        raise _unknown(text) from None


def _unknown(text: str) -> UnknownWebhookError:
    return UnknownWebhookError(
        f"No webhook has the id {text[:80]!r}. It never was, or it has been deleted; GET /webhooks"
        " lists those that there are."
    )


def _changed(webhook: Webhook, wish: Wish) -> Webhook:
    state = wish.state or webhook.state
    return replace(
        webhook,
        url=wish.url or webhook.url,
        event_types=wish.event_types or webhook.event_types,
        description=webhook.description if wish.description is None else wish.description,
        state=state,
        off_reason=webhook.off_reason if state is WebhookState.OFF else None,
    )


def _rotated(webhook: Webhook, secret: str, now: datetime) -> Webhook:
    if webhook.secret == secret:
        return webhook
    latest = PreviousSecret(secret=webhook.secret, until=now + PREVIOUS_SIGNS_FOR)
    signing = [one for one in webhook.previous if now < one.until and one.secret != secret]
    return replace(webhook, secret=secret, previous=(latest, *signing)[:PREVIOUS_MAX])


def _test_of(webhook: Webhook, event_id: str, now: datetime) -> Delivery:
    told = WebhookData(status=webhook.state.value, webhook_id=webhook.webhook_id, url=webhook.url)
    test = announce(event_id, WEBHOOK_TEST, webhook.webhook_id, now, told)
    (delivery,) = owed(test, Asked(webhooks=[webhook]), now)
    # Due before whatever else waits: who asks for a test does not wait for a backlog.
    return replace(delivery, next_attempt_at=webhook.created_at)
