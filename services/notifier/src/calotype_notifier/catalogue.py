"""Every kind of event that is told to others, and what each one's data holds.

docs/events.md and the AsyncAPI document are generated from here. A kind is never renamed, and its
data only ever gains fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from calotype_core.http.bodies import Body, FailureBody, MetadataBody, RenditionBody


class ImageData(Body, frozen=True, kw_only=True):
    """An image's end. url and renditions where it completed, failure where it failed.

    filename is what it came in as, where that is known; jobId and position tell its place in a job,
    where it has one. Of a rendition, requestId is what POST /process answered.
    """

    status: str
    image_id: str
    filename: str | None = None
    url: str | None = None
    renditions: list[RenditionBody] = []  # noqa: RUF012 - each struct gets its own
    metadata: MetadataBody | None = None
    failure: FailureBody | None = None
    job_id: str | None = None
    position: int | None = None
    request_id: str | None = None


class CountsData(Body, frozen=True, kw_only=True, omit_defaults=False):
    """How a job's images fared."""

    total: int
    completed: int
    failed: int


class JobData(Body, frozen=True, kw_only=True, omit_defaults=False):
    """A job's end. urls are in input order, null where an image failed.

    Of a large job they are the first ones; urlsUrl has all of them, page by page.
    """

    status: str
    job_id: str
    name: str | None
    generation: int
    counts: CountsData
    causes: dict[str, int]
    output_csv_url: str
    urls: list[str | None]
    urls_url: str


class WebhookData(Body, frozen=True, kw_only=True):
    """A webhook, and what is the matter with it."""

    status: str
    webhook_id: str
    url: str
    reason: str | None = None


DataT = TypeVar("DataT", bound=Body)


class Envelope(msgspec.Struct, Generic[DataT], frozen=True, kw_only=True):
    """What is sent: the kind of event, when it happened, and its data."""

    type: str
    timestamp: datetime
    data: DataT


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of event."""

    name: str
    meaning: str
    data: type[Body]
    by_default: bool = False  # told to who names no kinds

    @property
    def is_of_an_image(self) -> bool:
        """Whether there may be very many of it at once."""
        return self.data is ImageData


IMAGE_COMPLETED = Kind(
    name="image.completed",
    meaning="An image that was uploaded by itself has its renditions.",
    data=ImageData,
    by_default=True,
)
IMAGE_FAILED = Kind(
    name="image.failed",
    meaning="An image that was uploaded by itself has none, and will have none.",
    data=ImageData,
    by_default=True,
)
JOB_FINISHED = Kind(
    name="job.finished",
    meaning="Every image of a job has its outcome; once more after each retry.",
    data=JobData,
    by_default=True,
)
JOB_IMAGE_COMPLETED = Kind(
    name="job.image.completed",
    meaning="An image of a job has its renditions. Of a large job these are very many.",
    data=ImageData,
)
JOB_IMAGE_FAILED = Kind(
    name="job.image.failed",
    meaning="An image of a job has no renditions, and will have none unless it is retried.",
    data=ImageData,
)
RENDITION_COMPLETED = Kind(
    name="rendition.completed",
    meaning="The renditions that POST /process asked for are there; the data lists these alone.",
    data=ImageData,
)
RENDITION_FAILED = Kind(
    name="rendition.failed",
    meaning="What POST /process asked for cannot be made; the image is what it was.",
    data=ImageData,
)
WEBHOOK_OFF = Kind(
    name="webhook.off",
    meaning="A webhook was switched off: its endpoint is gone, or has failed for days.",
    data=WebhookData,
)
WEBHOOK_TEST = Kind(
    name="webhook.test",
    meaning="Somebody asked for a test of this webhook; sent to it whatever it is told of.",
    data=WebhookData,
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        IMAGE_COMPLETED,
        IMAGE_FAILED,
        JOB_FINISHED,
        JOB_IMAGE_COMPLETED,
        JOB_IMAGE_FAILED,
        RENDITION_COMPLETED,
        RENDITION_FAILED,
        WEBHOOK_OFF,
        WEBHOOK_TEST,
    )
}
BY_DEFAULT = tuple(name for name, kind in KINDS.items() if kind.by_default)
SUBSCRIBABLE = tuple(name for name in KINDS if name != WEBHOOK_TEST.name)


def decode(body: str) -> Envelope[Any]:
    """Return what a body says; it is one that we wrote."""
    kind = KINDS[msgspec.json.decode(body, type=_Typed).type]
    envelope: Envelope[Any] = msgspec.json.decode(body, type=Envelope[kind.data])  # type: ignore[name-defined]  # a type that is found at run time
    return envelope


class _Typed(msgspec.Struct):
    type: str
