"""Webhooks and deliveries as clients see them. A secret is in what answers its making only."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from calotype_core.http.bodies import Body
from calotype_core.ports.deliveries import Delivery, DeliveryState, Line, Try
from calotype_core.ports.webhooks import Webhook
from calotype_notifier.webhook_desk import Standing


class HealthBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """How an endpoint fares: its failures in a row, and since when."""

    failures: int
    failing_since: datetime | None


class WebhookBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """A webhook. It is active, paused by its owner, or off by us, and offReason says why."""

    webhook_id: str
    url: str
    event_types: list[str]
    description: str
    state: str
    off_reason: str | None
    created_at: datetime
    health: HealthBody


class NewWebhookBody(WebhookBody, frozen=True, kw_only=True, omit_defaults=False):
    """A webhook that was just made, with the secret that it is signed with: shown this once."""

    secret: str


class WebhooksBody(Body, frozen=True, kw_only=True):
    """A page of webhooks, newest first; next is where the page after it is."""

    webhooks: list[WebhookBody]
    next: str | None = None


class RotatedBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """The new secret, shown this once; the previous one signs, too, until previousUntil."""

    webhook_id: str
    secret: str
    previous_until: datetime | None


class TestedBody(Body, frozen=True, kw_only=True):
    """The delivery that the test is: GET /deliveries/{deliveryId} tells what came of it."""

    delivery_id: str


class ReplayedBody(Body, frozen=True, kw_only=True):
    """How many deliveries are sent again; next is since when to go on where there may be more."""

    replayed: int
    next: datetime | None = None


class AttemptBody(Body, frozen=True, kw_only=True):
    """One try: status is an HTTP answer's, code says what went wrong, answer is an excerpt."""

    at: datetime
    seconds: float
    status: int | None = None
    code: str | None = None
    answer: str


class DeliveryBody(Body, frozen=True, kw_only=True):
    """One notification to one endpoint, its tries so far, and the attempts that are remembered."""

    delivery_id: str
    event: str
    subject_id: str
    channel: str
    endpoint: str
    to: str
    state: str
    tries: int
    next_attempt_at: datetime | None = None
    created_at: datetime
    attempts: list[AttemptBody]


class DeliveryDetailsBody(DeliveryBody, frozen=True, kw_only=True):
    """A delivery with what is sent: the same on every try."""

    body: dict[str, Any]


class DeliveriesBody(Body, frozen=True, kw_only=True):
    """A page of deliveries, newest first; next is where the page after it is."""

    deliveries: list[DeliveryBody]
    next: str | None = None


def webhook(standing: Standing) -> WebhookBody:
    """Return a webhook."""
    return WebhookBody(**_facts(*standing))


def new_webhook(made: Webhook) -> NewWebhookBody:
    """Return a webhook with its secret; nothing can be wrong with it yet."""
    return NewWebhookBody(**_facts(made, Line(endpoint="")), secret=made.secret)


def webhooks(found: Sequence[Standing], limit: int) -> WebhooksBody:
    """Return a page of webhooks; a full page may have one after it."""
    more = len(found) == limit
    return WebhooksBody(
        webhooks=[webhook(one) for one in found],
        next=f"/webhooks?limit={limit}&before={found[-1][0].webhook_id}" if more else None,
    )


def rotated(webhook: Webhook) -> RotatedBody:
    """Return a webhook's new secret."""
    return RotatedBody(
        webhook_id=webhook.webhook_id,
        secret=webhook.secret,
        previous_until=webhook.previous[0].until if webhook.previous else None,
    )


def delivery(known: Delivery) -> DeliveryBody:
    """Return a delivery, without what is sent."""
    return DeliveryBody(**_story(known))


def delivery_details(known: Delivery) -> DeliveryDetailsBody:
    """Return a delivery, with what is sent."""
    return DeliveryDetailsBody(**_story(known), body=json.loads(known.body))


def deliveries(
    found: Sequence[Delivery], *, limit: int, asked: Mapping[str, str | None]
) -> DeliveriesBody:
    """Return a page of deliveries; asked is what else narrows them."""
    more = len(found) == limit
    told = {name: value for name, value in asked.items() if value is not None}
    query = urlencode({**told, "limit": limit, "before": found[-1].delivery_id}) if more else ""
    return DeliveriesBody(
        deliveries=[delivery(one) for one in found],
        next=f"/deliveries?{query}" if more else None,
    )


def _facts(webhook: Webhook, line: Line) -> dict[str, Any]:
    return {
        "webhook_id": webhook.webhook_id,
        "url": webhook.url,
        "event_types": list(webhook.event_types),
        "description": webhook.description,
        "state": webhook.state,
        "off_reason": webhook.off_reason,
        "created_at": webhook.created_at,
        "health": HealthBody(failures=line.failures, failing_since=line.failing_since),
    }


def _story(known: Delivery) -> dict[str, Any]:
    pending = known.state is DeliveryState.PENDING
    return {
        "delivery_id": known.delivery_id,
        "event": known.event_type,
        "subject_id": known.subject_id,
        "channel": known.channel,
        "endpoint": known.endpoint,
        "to": known.to,
        "state": known.state,
        "tries": known.tries,
        "next_attempt_at": known.next_attempt_at if pending else None,
        "created_at": known.created_at,
        "attempts": [_attempt(one) for one in known.attempts],
    }


def _attempt(one: Try) -> AttemptBody:
    return AttemptBody(
        at=one.at,
        seconds=round(one.seconds, 3),
        status=one.status,
        code=one.code,
        answer=one.answer,
    )
