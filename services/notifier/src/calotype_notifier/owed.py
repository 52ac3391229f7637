"""Who is owed word of an announcement, and the deliveries that this makes."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calotype_core.ports.deliveries import Delivery
from calotype_core.ports.webhooks import Webhook
from calotype_notifier.announcements import Announcement
from calotype_notifier.catalogue import Kind

WEBHOOK, SNS, EMAIL = "webhook", "sns", "email"  # the channels
_CALLBACK, _STANDING = "callback:", "webhook:"
_ID_CHARS = 26  # of base32: 130 bits


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Somebody whom the operator's settings have told of some kinds of events, always.

    What is told of an image is held back for a moment (gather), so that a flood becomes one letter.
    """

    channel: str
    to: str
    event_types: Sequence[str]
    gather: timedelta = field(default=timedelta())


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Everybody who is to be told of an event."""

    callback_url: str | None = None
    webhooks: Sequence[Webhook] = ()
    standing: Sequence[Standing] = ()


def line_of_callback(url: str) -> str:
    """Return the name of a callback URL's line."""
    return f"{_CALLBACK}{url}"


def line_of_webhook(webhook_id: str) -> str:
    """Return the name of a webhook's line."""
    return f"{_STANDING}{webhook_id}"


def webhook_of_line(endpoint: str) -> str | None:
    """Return the id of the webhook whose line it is, None where it is another's."""
    return endpoint.removeprefix(_STANDING) if endpoint.startswith(_STANDING) else None


def callback_of_line(endpoint: str) -> str | None:
    """Return the callback URL whose line it is, None where it is another's."""
    return endpoint.removeprefix(_CALLBACK) if endpoint.startswith(_CALLBACK) else None


def delivery_id_of(event_id: str, endpoint: str) -> str:
    """Return the id of the one delivery of an event to an endpoint, and of its every try."""
    digest = hashlib.sha256(f"{event_id}\n{endpoint}".encode()).digest()
    return "msg_" + base64.b32encode(digest).decode().lower()[:_ID_CHARS]


def owed(announcement: Announcement, asked: Asked, now: datetime) -> Sequence[Delivery]:
    """Return a delivery to the callback, to each webhook, and to each who always wants to know."""
    return [
        Delivery(
            delivery_id=delivery_id_of(announcement.event_id, endpoint),
            event_id=announcement.event_id,
            event_type=announcement.kind.name,
            subject_id=announcement.subject_id,
            channel=channel,
            endpoint=endpoint,
            to=to,
            body=announcement.body,
            next_attempt_at=now + wait,
            created_at=now,
        )
        for endpoint, channel, to, wait in _endpoints(announcement.kind, asked)
    ]


_Endpoint = tuple[str, str, str, timedelta]  # its line, its channel, to where, after how long


def _endpoints(kind: Kind, asked: Asked) -> Iterator[_Endpoint]:
    at_once = timedelta()
    if asked.callback_url:
        yield line_of_callback(asked.callback_url), WEBHOOK, asked.callback_url, at_once
    for webhook in asked.webhooks:
        yield line_of_webhook(webhook.webhook_id), WEBHOOK, webhook.url, at_once
    for one in asked.standing:
        yield one.channel, one.channel, one.to, one.gather if kind.is_of_an_image else at_once
