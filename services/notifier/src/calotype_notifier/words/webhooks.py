"""The letters about a webhook."""

from collections.abc import Sequence

from calotype_notifier.catalogue import WEBHOOK_TEST, Envelope, WebhookData
from calotype_notifier.words.letters import Figures, Letter, Link
from calotype_notifier.words.phrases import clean, moment

_LONGEST_REASON, _LONGEST_URL = 300, 70  # characters


def subject(envelope: Envelope[WebhookData]) -> str:
    """Return what became of a webhook, in one line."""
    if envelope.type == WEBHOOK_TEST.name:
        return "A test of Calotype's notifications"
    return f"A webhook was switched off: {clean(envelope.data.url, _LONGEST_URL)}"


def off(envelope: Envelope[WebhookData], base: str) -> Letter:
    """Return the letter about a webhook that is called no more."""
    data = envelope.data
    told = (
        f"Calotype has switched off a webhook: {clean(data.url, _LONGEST_REASON)} is told nothing"
        " any more."
    )
    remedy = (
        'Once its receiver is well again, set the webhook\'s "state" to "active" with a PATCH to'
        " the address below, and ask for what it missed with a POST to the same address and"
        " /replay."
    )
    why = [("Why", clean(data.reason, _LONGEST_REASON))] if data.reason else []
    link = Link(title="The webhook", url=f"{base}/webhooks/{data.webhook_id}")
    parts = (told, Figures(rows=[*why, *_figures(envelope)]), remedy, link)
    return Letter(subject=subject(envelope), parts=parts)


def tested(envelope: Envelope[WebhookData], base: str) -> Letter:  # noqa: ARG001 - letters are all asked for alike
    """Return the letter of a test."""
    told = "This is a test that somebody asked for. Nothing happened, and nothing is to be done."
    return Letter(subject=subject(envelope), parts=(told, Figures(rows=_figures(envelope))))


def _figures(envelope: Envelope[WebhookData]) -> Sequence[tuple[str, str]]:
    return [("When", moment(envelope.timestamp)), ("Webhook", envelope.data.webhook_id)]
