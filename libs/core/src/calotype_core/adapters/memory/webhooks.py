from collections.abc import Callable, Sequence

from calotype_core.ports.webhooks import Webhook, Webhooks, WebhookState


class MemoryWebhooks(Webhooks):
    """Webhooks in a dictionary, gone with the process."""

    def __init__(self) -> None:
        self._known: dict[str, Webhook] = {}

    async def add(self, webhook: Webhook, *, most: int) -> bool:
        """See Webhooks."""
        if len(self._known) >= most:
            return False
        self._known[webhook.webhook_id] = webhook
        return True

    async def get(self, webhook_id: str) -> Webhook | None:
        """See Webhooks."""
        return self._known.get(webhook_id)

    async def newest(self, limit: int, *, before: str | None = None) -> Sequence[Webhook]:
        """See Webhooks."""
        ids = sorted((one for one in self._known if before is None or one < before), reverse=True)
        return [self._known[webhook_id] for webhook_id in ids[:limit]]

    async def told_of(self, event_type: str) -> Sequence[Webhook]:
        """See Webhooks."""
        told = (one for _, one in sorted(self._known.items()) if event_type in one.event_types)
        return [one for one in told if one.state is not WebhookState.OFF]

    async def update(self, webhook_id: str, change: Callable[[Webhook], Webhook]) -> Webhook | None:
        """See Webhooks."""
        known = self._known.get(webhook_id)
        if known is None:
            return None
        changed = self._known[webhook_id] = change(known)
        return changed

    async def delete(self, webhook_id: str) -> bool:
        """See Webhooks."""
        return self._known.pop(webhook_id, None) is not None
