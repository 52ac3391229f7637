"""One letter in place of many: how much happened, by cause, and the first of it one by one."""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calotype_core.links import status_path
from calotype_core.ports.deliveries import Delivery
from calotype_notifier import catalogue
from calotype_notifier.catalogue import Envelope
from calotype_notifier.words import images, jobs, webhooks
from calotype_notifier.words.letters import Figures, Item, Letter, Link, Listing, Part
from calotype_notifier.words.phrases import many, moment, number

SEVERAL = "several"  # where the parts of a digest do not have one type, or one status
LISTED_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """What is counted together: of one, of more, and above a figure."""

    thing: str
    one: str
    more: str
    title: str

    def told(self, count: int) -> str:
        return f"{many(count, self.thing)} {self.one if count == 1 else self.more}"


_OFF = _Group(
    thing="webhook", one="was switched off", more="were switched off", title="Webhooks switched off"
)
_FAILED = _Group(thing="image", one="failed", more="failed", title="Images that failed")
_JOBS = _Group(thing="job", one="is finished", more="are finished", title="Jobs that are finished")
_READY = _Group(thing="image", one="is ready", more="are ready", title="Images that are ready")
_NOT_MADE = _Group(
    thing="request",
    one="for more renditions failed",
    more="for more renditions failed",
    title="Requests for more renditions that failed",
)
_MADE = _Group(
    thing="request",
    one="for more renditions is done",
    more="for more renditions are done",
    title="Requests for more renditions that are done",
)
_TESTS = _Group(thing="test", one="was asked for", more="were asked for", title="Tests")
_GROUPS: Mapping[str, _Group] = {  # the worst first
    catalogue.WEBHOOK_OFF.name: _OFF,
    catalogue.IMAGE_FAILED.name: _FAILED,
    catalogue.JOB_IMAGE_FAILED.name: _FAILED,
    catalogue.RENDITION_FAILED.name: _NOT_MADE,
    catalogue.JOB_FINISHED.name: _JOBS,
    catalogue.IMAGE_COMPLETED.name: _READY,
    catalogue.JOB_IMAGE_COMPLETED.name: _READY,
    catalogue.RENDITION_COMPLETED.name: _MADE,
    catalogue.WEBHOOK_TEST.name: _TESTS,
}
_ORDER = list(_GROUPS)


def id_of(deliveries: Sequence[Delivery]) -> str:
    """Return an id that is the same whenever the same deliveries are told in one letter."""
    ids = "\n".join(sorted(one.delivery_id for one in deliveries))
    digest = hashlib.sha256(ids.encode()).digest()
    return "msg_" + base64.b32encode(digest).decode().rstrip("=").lower()


def body_of(deliveries: Sequence[Delivery]) -> str:
    """Return the bodies as one JSON array."""
    return f"[{','.join(one.body for one in deliveries)}]"


def letter(envelopes: Sequence[Envelope[Any]], base: str) -> Letter:
    """Return the letter that sums up what happened, the worst first."""
    worst_first = sorted(envelopes, key=lambda one: _ORDER.index(one.type))
    counts = Counter(_GROUPS[one.type] for one in worst_first)
    told = ", ".join(group.told(count) for group, count in counts.items())
    times = [one.timestamp for one in envelopes]
    codes = Counter(
        one.data.failure.code
        for one in worst_first
        if _GROUPS[one.type] is _FAILED and one.data.failure
    )
    figures = [(group.title, number(count)) for group, count in counts.items()]
    parts = [
        f"{told}. So much came at once that it is told in one letter.",
        Figures(rows=[*figures, ("From", moment(min(times))), ("Until", moment(max(times)))]),
        *jobs.reasons(codes),
        *_one_by_one(worst_first, base),
    ]
    return Letter(subject=told, parts=parts)


def _one_by_one(envelopes: Sequence[Envelope[Any]], base: str) -> Sequence[Part]:
    items = [_item(one, base) for one in envelopes[:LISTED_MAX]]
    listing = Listing(title="One by one", items=items)
    if not (more := len(envelopes) - len(items)):
        return [listing]
    items.append(Item(text=f"and {number(more)} more"))
    return [listing, Link(title="All of it", url=f"{base}/deliveries?endpoint=email")]


def _item(envelope: Envelope[Any], base: str) -> Item:
    data, group = envelope.data, _GROUPS[envelope.type]
    if group is _JOBS:
        return Item(text=jobs.subject(data), url=f"{base}{status_path(data.job_id)}")
    if group in {_FAILED, _READY, _NOT_MADE, _MADE}:
        there = f"{base}{status_path(data.image_id)}"
        return Item(text=images.subject(envelope), url=there)
    return Item(text=webhooks.subject(envelope))
