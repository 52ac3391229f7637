"""The notifications whose letters are recorded beside this file: NAME.subject.txt, .txt, .html."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from calotype_core.http.bodies import FailureBody, MetadataBody, RenditionBody
from calotype_core.ports.channel import Message
from calotype_core.ports.deliveries import Delivery
from calotype_notifier.catalogue import CountsData, Envelope, ImageData, JobData, WebhookData
from calotype_notifier.words import message_of

FOLDER = Path(__file__).parent
BASE = "https://images.example"
JOB = "01938d5e-0000-7000-8000-00000000000a"
IMAGE = "01938d5e-0000-7000-8000-00000000000b"
WEBHOOK = "01938d5e-0000-7000-8000-00000000000c"
REQUEST = "6e2c1f0b8d4a49e7a3f5c0d1b2e4f687"
WHEN = datetime(2026, 11, 25, 20, 33, tzinfo=UTC)
HOSTILE = (
    "\r\nBcc: everybody@example.com\r\n\u202egnp.<script>alert(1)</script>\"'&amp;\x00\x1b[31m"
    + "x" * 500
    + ".csv"
)
RTL = "\u05ea\u05de\u05d5\u05e0\u05d5\u05ea.csv"  # pictures.csv, in Hebrew


def delivery(kind: str, data: object, *, minutes: int = 0, channel: str = "email") -> Delivery:
    """Return a stored delivery of such an event to the operators."""
    envelope: Envelope[Any] = Envelope(
        type=kind,
        timestamp=WHEN + timedelta(minutes=minutes),
        data=data,
    )
    return Delivery(
        delivery_id=f"msg_{kind}_{minutes}",
        event_id="event",
        event_type=kind,
        subject_id=JOB,
        channel=channel,
        endpoint=channel,
        to="ops@example.com",
        body=msgspec.json.encode(envelope).decode(),
        next_attempt_at=WHEN,
        created_at=WHEN,
    )


def job(
    name: str | None = "spring-sale.csv",
    *,
    completed: int = 998,
    causes: Mapping[str, int] | None = None,
    generation: int = 1,
) -> JobData:
    """Return a job's end; what is not completed has failed of the causes."""
    why = dict(causes or {})
    failed = sum(why.values())
    return JobData(
        status="completed" if completed or not failed else "failed",
        job_id=JOB,
        name=name,
        generation=generation,
        counts=CountsData(total=completed + failed, completed=completed, failed=failed),
        causes=why,
        output_csv_url=f"{BASE}/jobs/{JOB}/output.csv",
        urls=[f"{BASE}/image/{IMAGE}"],
        urls_url=f"{BASE}/status/{JOB}",
    )


def rendition(name: str, width: int, height: int, size_bytes: int) -> RenditionBody:
    return RenditionBody(
        name=name,
        url=f"{BASE}/image/{IMAGE}/{name}",
        format="webp",
        width=width,
        height=height,
        size_bytes=size_bytes,
        sha256="0" * 64,
    )


def completed(filename: str | None = "lamp.jpg", position: int | None = None) -> ImageData:
    """Return the data of an image that has its renditions."""
    return ImageData(
        status="completed",
        image_id=IMAGE,
        filename=filename,
        url=f"{BASE}/image/{IMAGE}",
        renditions=[
            rendition("main", 4000, 3000, 1_234_567),
            rendition("thumbnail", 100, 75, 2_048),
        ],
        metadata=MetadataBody(
            width=4000,
            height=3000,
            format="jpeg",
            size_bytes=3_500_000,
            colour_mode="rgb",
            orientation=1,
            sha256="0" * 64,
            pages=1,
            has_alpha=False,
        ),
        job_id=None if position is None else JOB,
        position=position,
    )


def failed(
    filename: str | None = "lamp.jpg",
    *,
    code: str = "image_truncated",
    message: str = "The file ends before the image does: send it again, whole.",
    position: int | None = None,
) -> ImageData:
    """Return the data of an image that has none."""
    return ImageData(
        status="failed",
        image_id=IMAGE,
        filename=filename,
        failure=FailureBody(code=code, message=message),
        job_id=None if position is None else JOB,
        position=position,
    )


def of_request(data: ImageData) -> ImageData:
    """Return the data of a request for more of the image."""
    return msgspec.structs.replace(data, request_id=REQUEST)


def webhook(status: str, url: str = "https://shop.example/hooks") -> WebhookData:
    """Return a webhook's data."""
    reason = "Its endpoint answered 410 Gone." if status == "off" else None
    return WebhookData(status=status, webhook_id=WEBHOOK, url=url, reason=reason)


def flood() -> Sequence[Delivery]:
    """Return what comes when many fail at once: too many to be listed."""
    images = [
        delivery(
            "image.failed",
            failed(f"photo-{n:02}.jpg", code="unsupported_format" if n % 5 else "image_truncated"),
            minutes=n,
        )
        for n in range(57)
    ]
    ended = delivery("job.finished", job(causes={"fetch_not_found": 2}), minutes=3)
    return [*images, ended, delivery("webhook.off", webhook("off"), minutes=4)]


CASES: Mapping[str, Sequence[Delivery]] = {
    "image-completed": [delivery("image.completed", completed())],
    "image-completed-unnamed": [delivery("image.completed", completed(None))],
    "image-failed": [delivery("image.failed", failed())],
    "job-image-completed": [delivery("job.image.completed", completed(position=2))],
    "job-image-failed": [delivery("job.image.failed", failed(position=2))],
    "job-done": [delivery("job.finished", job(completed=1_000))],
    "job-some-failed": [
        delivery("job.finished", job(causes={"fetch_not_found": 1, "image_truncated": 1}))
    ],
    "job-none-done": [
        delivery("job.finished", job("one.zip", completed=0, causes={"empty_file": 1}))
    ],
    "job-cancelled": [
        delivery("job.finished", job(completed=300, causes={"cancelled": 698, "fetch_timeout": 2}))
    ],
    "job-retried": [
        delivery("job.finished", job(None, causes={"a_new_code": 1_234}, generation=3))
    ],
    "job-hostile": [delivery("job.finished", job(HOSTILE, causes={"fetch_timeout": 2}))],
    "job-right-to-left": [delivery("job.finished", job(RTL, causes={"fetch_timeout": 2}))],
    "rendition-completed": [delivery("rendition.completed", of_request(completed()))],
    "rendition-failed": [delivery("rendition.failed", of_request(failed()))],
    "webhook-off": [delivery("webhook.off", webhook("off"))],
    "webhook-test": [
        replace(
            delivery("webhook.test", webhook("test")), channel="webhook", to="https://a.example"
        )
    ],
    "digest": flood(),
    "digest-of-requests": [
        delivery("rendition.failed", of_request(failed(code="crop_outside_image")), minutes=1),
        delivery("rendition.completed", of_request(completed())),
    ],
    "digest-of-two": [
        delivery("image.failed", failed(), minutes=1),
        delivery("job.finished", job(completed=1)),
    ],
}


def written(message: Message) -> Mapping[str, str]:
    """Return what is recorded of a message, by the end of its file's name."""
    return {
        "subject.txt": f"{message.subject}\n",
        "txt": message.text,
        "html": message.html,
    }


def message(name: str) -> Message:
    """Return what is sent in a case."""
    return message_of(CASES[name], base=BASE)
