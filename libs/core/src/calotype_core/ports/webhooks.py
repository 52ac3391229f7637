"""Standing subscriptions: endpoints that are told of every event of some types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class WebhookState(StrEnum):
    """Whether a webhook is called.

    Paused: by its owner; what happens is kept for it. Off: by us, since it said that it is gone or
    failed for days; nothing more is kept for it until its owner switches it on.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    OFF = "off"


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviousSecret:
    """A secret that was replaced, and until when it signs beside the new one."""

    secret: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """An endpoint, what it is told of, and what it knows our requests by.

    After a rotation the previous secrets, the newest first, go on signing for a while. off_reason
    says why it is off.
    """

    webhook_id: str
    url: str
    event_types: tuple[str, ...]
    description: str = ""
    secret: str = field(repr=False)
    previous: tuple[PreviousSecret, ...] = ()
    state: WebhookState = WebhookState.ACTIVE
    off_reason: str | None = None
    created_at: datetime

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Return what signs at that time, the newest first."""
        return (self.secret, *(one.secret for one in self.previous if now < one.until))


class Webhooks(Protocol):
    """Webhooks by id. Every method raises Unavailable; every change is durable."""

    async def add(self, webhook: Webhook, *, most: int) -> bool:
        """Keep a new one; False, and nothing kept, where there are as many as may be.

        Where several are added at the same moment, there may be a few more than that.
        """

    async def get(self, webhook_id: str) -> Webhook | None:
        """Return the webhook, or None."""

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[Webhook]:
        """Return up to limit, newest id first; only ids smaller than before, if given."""

    async def told_of(self, event_type: str) -> Sequence[Webhook]:
        """Return those that are told of events of this type and are not off, by id.

        Sees every change that returned before it was called.
        """

    async def update(self, webhook_id: str, change: Callable[[Webhook], Webhook]) -> Webhook | None:
        """Replace the webhook by what change makes of it, atomically, and return that.

        change is pure and may be called more than once. None: the webhook is unknown.
        """

    async def delete(self, webhook_id: str) -> bool:
        """Forget the webhook; False where it was not known."""
