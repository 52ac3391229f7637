"""How each endpoint is told: through which channel, signed by what, and whether it is just now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from calotype_core import logs
from calotype_core.metric_defs import WEBHOOKS_OFF_TOTAL
from calotype_core.ports.channel import Channel
from calotype_core.ports.clock import Clock
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.webhooks import Webhook, Webhooks, WebhookState
from calotype_notifier import announcements, catalogue
from calotype_notifier.announcements import Announcement
from calotype_notifier.catalogue import WebhookData
from calotype_notifier.owed import EMAIL, WEBHOOK, callback_of_line, webhook_of_line
from calotype_notifier.own_secret import CallbackSecrets

_log = logs.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Whoever is told. host: what stands or falls together; to: where, if not where it was.

    held: nothing is sent just now. tested: nothing but a test, by which one sees that it is well
    again. gathers: what is due is sent as one message.
    """

    channel: Channel | None
    host: str = ""
    to: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    held: bool = False
    tested: bool = False
    gathers: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """Finds the endpoint of a line; switches webhooks off that nobody answers at any more."""

    webhooks: Webhooks
    channels: Mapping[str, Channel]
    callback_secrets: CallbackSecrets
    clock: Clock
    metrics: Metrics

    async def find(self, line: str) -> Endpoint | None:
        """Return the endpoint, None where it is no more; raises Unavailable."""
        if (webhook_id := webhook_of_line(line)) is not None:
            webhook = await self.webhooks.get(webhook_id)
            return self._of_webhook(webhook) if webhook else None
        if (url := callback_of_line(line)) is not None:
            return self._called(url, await self.callback_secrets.get())
        channel = self.channels.get(line)  # sns, email: None while nothing says where to
        return Endpoint(channel=channel, host=line, gathers=line == EMAIL)

    async def switch_off(self, line: str, url: str | None, reason: str) -> Announcement | None:
        """Switch the line's webhook off, if it is one, on and still there; return what tells it."""
        webhook_id = webhook_of_line(line)
        if webhook_id is None:
            return None
        off = await self.webhooks.update(webhook_id, lambda one: _switched_off(one, url, reason))
        if off is None or off.state is not WebhookState.OFF:
            return None
        _log.error("webhook switched off", webhook_id=webhook_id, reason=reason)
        self.metrics.add(WEBHOOKS_OFF_TOTAL)
        return _announcement_of(off, self.clock.now())

    def _of_webhook(self, webhook: Webhook) -> Endpoint:
        secrets = webhook.secrets(self.clock.now())
        called = self._called(webhook.url, secrets)
        off = webhook.state is WebhookState.OFF
        return replace(called, held=webhook.state is WebhookState.PAUSED, tested=off)

    def _called(self, url: str, secrets: tuple[str, ...]) -> Endpoint:
        channel = self.channels[WEBHOOK]
        return Endpoint(channel=channel, host=urlsplit(url).netloc.lower(), to=url, secrets=secrets)


def _switched_off(webhook: Webhook, url: str | None, reason: str) -> Webhook:
    if webhook.state is not WebhookState.ACTIVE or webhook.url != url:
        return webhook
    return replace(webhook, state=WebhookState.OFF, off_reason=reason)


def _announcement_of(webhook: Webhook, now: datetime) -> Announcement:
    return announcements.announce(
        f"{webhook.webhook_id}.off.{now.isoformat()}",
        catalogue.WEBHOOK_OFF,
        webhook.webhook_id,
        now,
        WebhookData(
            status=webhook.state.value,
            webhook_id=webhook.webhook_id,
            url=webhook.url,
            reason=webhook.off_reason,
        ),
    )
