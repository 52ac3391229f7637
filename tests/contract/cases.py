"""The events that are recorded: of each kind one with every field, one with the fewest."""

from dataclasses import replace
from datetime import UTC, datetime

from calotype_core.domain import events
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event
from calotype_core.domain.image import (
    Colour,
    Failure,
    FocalPoint,
    ImageMetadata,
    Label,
    Original,
    Place,
    Rendition,
)
from calotype_core.domain.instructions_parser import parse_instructions

AT = datetime(2026, 3, 1, 12, 30, 45, 123_456, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 12, 30, 47, tzinfo=UTC)
IMAGE = "019ca963-8a43-7abc-8def-0123456789ab"
JOB = "019ca963-8a42-7000-9000-00000000000f"
REQUEST = "019ca963-9999-7abc-8def-0123456789ab"
CALLBACK = "https://example.com/hook?for=1"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

PLAIN = parse_instructions('{"resize": {"width": 800}}', {})
RICH = parse_instructions(
    """{"renditions": {
        "large": [{"crop": {"width": 10, "height": 9, "x": 1, "y": 0}}, {"rotate": 90},
                  {"flip": "both"}, {"resize": {"height": 480, "fit": "fill", "enlarge": true}},
                  {"format": "webp"}, {"quality": 50}, {"stripMetadata": false}],
        "avatar": {"crop": {"width": 64, "height": 64, "gravity": "north"}}}}""",
    {},
)
ORIGINAL = Original(key=f"originals/{IMAGE}", size_bytes=5_000_000_000, sha256=SHA)
METADATA = ImageMetadata(
    width=4032,
    height=3024,
    format="jpeg",
    size_bytes=5_000_000_000,
    colour_mode="srgb",
    orientation=6,
    sha256=SHA,
    pages=3,
    has_alpha=True,
)
KNOWN = replace(
    METADATA,
    duration_ms=1_200,
    exif={"make": "Fuji", "takenAt": "2026:03:01 12:30:00"},
    place=Place(latitude=-33.5, longitude=151.25, altitude=12.5),
    phash="e1d4c3b2a5968778",
    blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
    thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
    colours=(Colour(hex="#3a5f0b", share=0.75), Colour(hex="#ffffff", share=0.25)),
    labels=(Label(name="espresso", confidence=0.95),),
)
FOCUS = FocalPoint(x=0.25, y=0.75)
RENDITIONS = tuple(
    Rendition(
        name=name,
        key=f"renditions/{IMAGE}/{name}-0123456789abcdef.webp",
        format="webp",
        width=640,
        height=480,
        size_bytes=34_567,
        sha256=SHA,
    )
    for name in ("large", "avatar")
)
FAILURE = Failure(code="image_too_large", message="Das Bild ist zu groß: 200 MP.")

CASES: dict[str, Event] = {
    "job-accepted.least": events.JobAccepted(
        job_id=JOB, total=0, manifest_key=f"jobs/{JOB}/manifest", instructions=PLAIN, accepted_at=AT
    ),
    "job-accepted.full": events.JobAccepted(
        job_id=JOB,
        total=100_000,
        manifest_key=f"jobs/{JOB}/manifest",
        instructions=RICH,
        callback_url=CALLBACK,
        accepted_at=AT,
    ),
    "job-accepted.csv": events.JobAccepted(
        job_id=JOB,
        total=3,
        manifest_key=f"jobs/{JOB}/manifest.jsonl",
        instructions=PLAIN,
        kind="csv",
        name="Produkte für März.csv",
        accepted_at=AT,
    ),
    "job-retried.least": events.JobRetried(
        job_id=JOB,
        generation=2,
        total=3,
        manifest_key=f"jobs/{JOB}/manifest.jsonl",
        instructions=PLAIN,
        requested_at=LATER,
    ),
    "job-retried.full": events.JobRetried(
        job_id=JOB,
        generation=3,
        total=100_000,
        manifest_key=f"jobs/{JOB}/manifest.jsonl",
        instructions=RICH,
        callback_url=CALLBACK,
        causes=("fetch_timeout", "fetch_not_found"),
        requested_at=LATER,
    ),
    "job-expanded.full": events.JobExpanded(job_id=JOB, generation=2, expanded_at=LATER),
    "job-cancelled.full": events.JobCancelled(job_id=JOB, cancelled_at=LATER),
    "job-deleted.full": events.JobDeleted(job_id=JOB, deleted_at=LATER),
    "image-accepted.least": events.ImageAccepted(
        image_id=IMAGE, url="https://example.com/a.png", instructions=PLAIN, accepted_at=AT
    ),
    "image-accepted.full": events.ImageAccepted(
        image_id=IMAGE,
        generation=2,
        original=ORIGINAL,
        filename="Урок ☕ 写真.jpg",
        instructions=RICH,
        callback_url=CALLBACK,
        job_id=JOB,
        position=0,
        accepted_at=AT,
    ),
    "image-accepted.focused": events.ImageAccepted(
        image_id=IMAGE, original=ORIGINAL, instructions=RICH, focal_point=FOCUS, accepted_at=AT
    ),
    "rendition-requested.focused": events.RenditionRequested(
        image_id=IMAGE,
        request_id=REQUEST,
        original=ORIGINAL,
        instructions=RICH,
        focal_point=FOCUS,
        requested_at=AT,
    ),
    "rendition-requested.least": events.RenditionRequested(
        image_id=IMAGE, request_id=REQUEST, original=ORIGINAL, instructions=PLAIN, requested_at=AT
    ),
    "rendition-requested.full": events.RenditionRequested(
        image_id=IMAGE,
        request_id=REQUEST,
        original=ORIGINAL,
        instructions=RICH,
        callback_url=CALLBACK,
        requested_at=AT,
    ),
    "image-processed.least": events.ImageProcessed(
        image_id=IMAGE,
        metadata=replace(METADATA, pages=1, has_alpha=False),
        renditions=(),
        accepted_at=AT,
        processed_at=LATER,
    ),
    "image-processed.full": events.ImageProcessed(
        image_id=IMAGE,
        generation=2,
        request_id=REQUEST,
        metadata=METADATA,
        renditions=RENDITIONS,
        attempts=3,
        callback_url=CALLBACK,
        job_id=JOB,
        position=99_999,
        accepted_at=AT,
        processed_at=LATER,
    ),
    "image-processed.fetched": events.ImageProcessed(
        image_id=IMAGE,
        metadata=METADATA,
        renditions=RENDITIONS,
        original=ORIGINAL,
        job_id=JOB,
        position=0,
        accepted_at=AT,
        processed_at=LATER,
    ),
    "image-processed.known": events.ImageProcessed(
        image_id=IMAGE,
        metadata=KNOWN,
        renditions=RENDITIONS,
        accepted_at=AT,
        processed_at=LATER,
    ),
    "image-failed.not-accepted": events.ImageFailed(
        image_id=IMAGE,
        failure=FAILURE,
        filename="Урок/☕ 写真.jpg",
        url="https://example.com/é,1.jpg",
        job_id=JOB,
        position=2,
        accepted_at=AT,
        failed_at=LATER,
    ),
    "image-failed.least": events.ImageFailed(
        image_id=IMAGE, failure=FAILURE, accepted_at=AT, failed_at=LATER
    ),
    "image-failed.full": events.ImageFailed(
        image_id=IMAGE,
        generation=2,
        request_id=REQUEST,
        failure=FAILURE,
        attempts=3,
        callback_url=CALLBACK,
        job_id=JOB,
        position=1,
        accepted_at=AT,
        failed_at=LATER,
    ),
    "job-finished.least": events.JobFinished(job_id=JOB, completed=0, failed=0, finished_at=LATER),
    "job-finished.full": events.JobFinished(
        job_id=JOB, completed=99_999, failed=1, callback_url=CALLBACK, finished_at=LATER
    ),
    "job-finished.again": events.JobFinished(
        job_id=JOB, generation=2, completed=100_000, failed=0, finished_at=LATER
    ),
}
LETTER = DeadLetter(
    topic="calotype.images.accepted",
    key=IMAGE,
    headers={"ce_id": f"{IMAGE}.accepted.1", "ce_type": "calotype.ImageAccepted.v1"},
    value=b"\x00\xff as it was",
    service="processor",
    cause=Failure(code="engine_died", message="The decoder died three times."),
    attempts=3,
    died_at=LATER,
)
