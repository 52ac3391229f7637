"""What is told, in words: a subject that says it all, then the numbers, the reasons and the links.

Pure functions of what was stored, so that every try of a delivery says the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from calotype_core.ports.channel import Message
from calotype_core.ports.deliveries import Delivery
from calotype_notifier import catalogue
from calotype_notifier.catalogue import Envelope
from calotype_notifier.owed import WEBHOOK
from calotype_notifier.words import digest, images, jobs, webhooks
from calotype_notifier.words.letters import Letter, as_html, as_text
from calotype_notifier.words.phrases import cut

_LONGEST_SUBJECT = 120
_LETTERS: Mapping[str, Callable[[Envelope[Any], str], Letter]] = {
    catalogue.IMAGE_COMPLETED.name: images.completed,
    catalogue.IMAGE_FAILED.name: images.failed,
    catalogue.JOB_FINISHED.name: jobs.finished,
    catalogue.JOB_IMAGE_COMPLETED.name: images.completed,
    catalogue.JOB_IMAGE_FAILED.name: images.failed,
    catalogue.RENDITION_COMPLETED.name: images.completed,
    catalogue.RENDITION_FAILED.name: images.failed,
    catalogue.WEBHOOK_OFF.name: webhooks.off,
    catalogue.WEBHOOK_TEST.name: webhooks.tested,
}


def compose(deliveries: Sequence[Delivery], *, base: str, secrets: tuple[str, ...] = ()) -> Message:
    """Return what is sent for them through their channel: words where people read it."""
    if deliveries[0].channel == WEBHOOK:
        (delivery,) = deliveries  # letters alone are gathered
        return _request(delivery, secrets)
    return message_of(deliveries, base=base, secrets=secrets)


def _request(delivery: Delivery, secrets: tuple[str, ...]) -> Message:
    return Message(
        message_id=delivery.delivery_id,
        event_type=delivery.event_type,
        to=delivery.to,
        body=delivery.body,
        secrets=secrets,
    )


def message_of(
    deliveries: Sequence[Delivery], *, base: str, secrets: tuple[str, ...] = ()
) -> Message:
    """Return what is sent for a delivery, or one letter that sums up several to one address.

    base is the origin of links, without a slash at its end.
    """
    envelopes = [catalogue.decode(one.body) for one in deliveries]
    if len(deliveries) > 1:
        letter = digest.letter(envelopes, base)
        message_id, body = digest.id_of(deliveries), digest.body_of(deliveries)
    else:
        letter = _LETTERS[envelopes[0].type](envelopes[0], base)
        message_id, body = deliveries[0].delivery_id, deliveries[0].body
    letter = _signed(letter, deliveries[0], base)
    return Message(
        message_id=message_id,
        event_type=_shared([one.type for one in envelopes]),
        status=_shared([one.data.status for one in envelopes]),
        to=deliveries[0].to,
        body=body,
        subject=letter.subject,
        text=as_text(letter),
        html=as_html(letter),
        secrets=secrets,
    )


def _shared(values: Sequence[str]) -> str:
    return values[0] if len(set(values)) == 1 else digest.SEVERAL


def _signed(letter: Letter, delivery: Delivery, base: str) -> Letter:
    footer = f"Sent by Calotype, {base}."
    if delivery.channel == "email":
        footer = (
            f"Sent by Calotype, {base}, to {delivery.to}. CALOTYPE_EMAIL_TO says to whom it writes,"
            " and CALOTYPE_EMAIL_EVENTS of what."
        )
    return replace(letter, subject=cut(letter.subject, _LONGEST_SUBJECT), footer=footer)
