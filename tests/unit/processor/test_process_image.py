"""What becomes of an image whose bytes are in the store, at a URL, or were never taken in."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.events import (
    ImageAccepted,
    ImageFailed,
    ImageOutcome,
    ImageProcessed,
    RenditionRequested,
)
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import FocalPoint, ImageMetadata, Original
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.domain.operations import Watermark
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.ports.fetcher import Fetcher, HostTimeoutError, NotThereError
from calotype_core.ports.object_store import ObjectMissingError, ObjectStore
from calotype_processor.engine.messages import Print, Rendered, RenderTask
from calotype_processor.errors import UnsupportedFormatError
from calotype_processor.facts import BY_DEFAULT
from calotype_processor.overlays import Overlays
from calotype_processor.process_image import OriginalChangedError, Renderer, process_image
from tests.fetchers import Ready, Unasked
from tests.unit.ingest.bodies import chunks

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IMAGE_ID = make_id(0, 7)
INSTRUCTIONS = Instructions(renditions={"main": Recipe()})


class Untouched:
    """A renderer that is not to be asked."""

    async def render(self, task: RenderTask) -> Rendered:
        raise AssertionError(task)


class Unable:
    """A renderer to which nothing is an image."""

    async def render(self, task: RenderTask) -> Rendered:
        raise UnsupportedFormatError("These bytes are no image.")


class Copier:
    """A renderer whose prints are the original's bytes, backwards."""

    async def render(self, task: RenderTask) -> Rendered:
        data = task.source.read_bytes()
        path = task.outputs / "main.webp"
        path.write_bytes(data[::-1])
        made = Print(
            name="main",
            path=path,
            format="webp",
            width=1,
            height=1,
            size_bytes=len(data),
            sha256=sha256_of(data[::-1]),
        )
        metadata = ImageMetadata(
            width=1,
            height=1,
            format="jpeg",
            size_bytes=len(data),
            colour_mode="srgb",
            orientation=1,
            sha256=sha256_of(data),
        )
        return Rendered(metadata=metadata, prints=(made,))


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def accepted(*, url: str | None = None, original: Original | None = None) -> ImageAccepted:
    return ImageAccepted(
        image_id=IMAGE_ID,
        url=url,
        original=original,
        instructions=INSTRUCTIONS,
        job_id=make_id(0, 8),
        position=3,
        accepted_at=NOW,
    )


def requested(original: Original, focal_point: FocalPoint | None = None) -> RenditionRequested:
    return RenditionRequested(
        image_id=IMAGE_ID,
        request_id="request",
        original=original,
        instructions=INSTRUCTIONS,
        focal_point=focal_point,
        requested_at=NOW,
    )


async def processed(
    event: ImageAccepted | RenditionRequested,
    objects: ObjectStore,
    scratch: Path,
    *,
    fetcher: Fetcher | None = None,
    renderer: Renderer | None = None,
) -> ImageOutcome:
    """Return the outcome, once it is proved that nothing is left in the scratch folder."""
    try:
        return await process_image(
            event,
            attempt=1,
            objects=objects,
            fetcher=fetcher or Unasked(),
            renderer=renderer or Untouched(),
            facts=BY_DEFAULT,
            overlays=Overlays(objects),
            clock=ManualClock(),
            scratch=scratch,
        )
    finally:
        assert not any(scratch.iterdir())  # noqa: ASYNC240 - an empty folder


async def contents(objects: ObjectStore) -> Mapping[str, bytes]:
    found = {}
    async for key in objects.list(""):
        found[key] = b"".join([chunk async for chunk in objects.get(key)])
    return found


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


async def test_what_was_not_taken_in_fails_unread(scratch: Path) -> None:
    """An object that is too large is refused by its size, and its owner told what to do."""
    event = accepted(original=Original(key="uploads/a//b.jpg", size_bytes=5_000_000_000, sha256=""))
    outcome = await processed(event, MemoryObjectStore(), scratch)
    assert isinstance(outcome, ImageFailed)
    assert (outcome.image_id, outcome.attempts) == (IMAGE_ID, 1)
    assert outcome.failure.code == "image_too_large"
    assert "5000000000 bytes" in outcome.failure.message
    assert "CALOTYPE_UPLOAD_MAX_BYTES" in outcome.failure.message


async def fetched_into(objects: ObjectStore, scratch: Path, data: bytes) -> ImageProcessed:
    """Return the outcome of an image that was fetched, once all of it is proved to be kept."""
    event = accepted(url="https://shop.example/a.jpg")
    outcome = await processed(event, objects, scratch, fetcher=Ready(data), renderer=Copier())
    assert isinstance(outcome, ImageProcessed)
    assert outcome.original is not None
    assert outcome.original.sha256 == outcome.metadata.sha256 == sha256_of(data)
    assert outcome.original.size_bytes == len(data)
    kept = await contents(objects)
    assert kept[outcome.original.key] == data
    assert kept[outcome.renditions[0].key] == data[::-1]
    return outcome


@pytest.mark.parametrize("kind", ["memory", "filesystem"])
async def test_what_was_fetched_is_kept(kind: str, tmp_path: Path, scratch: Path) -> None:
    """A URL's bytes become an original of the image, beside its prints, and the news tell of it."""
    if kind == "memory":
        await fetched_into(MemoryObjectStore(), scratch, b"photograph")
        return
    async with FilesystemObjectStore.open(tmp_path / "objects") as objects:
        outcome = await fetched_into(objects, scratch, b"photograph")
        assert (outcome.job_id, outcome.position) == (make_id(0, 8), 3)


async def test_what_is_announced_stays_as_it_was(scratch: Path) -> None:
    """An event that is handled again, when the URL has other bytes, changes no object."""
    objects = MemoryObjectStore()
    await fetched_into(objects, scratch, b"first")
    before = await contents(objects)
    await fetched_into(objects, scratch, b"second")
    await fetched_into(objects, scratch, b"second")
    after = await contents(objects)
    assert before.items() <= after.items()
    assert len(after) == 2 * len(before)


@pytest.mark.parametrize(
    "error", [NotThereError("shop.example has nothing there (404)."), HostTimeoutError("Slow.")]
)
async def test_what_cannot_be_fetched_fails(error: CalotypeError, scratch: Path) -> None:
    """The outcome has the fetcher's reason, whether a retry helps or not, and nothing is kept."""
    objects = MemoryObjectStore()
    event = accepted(url="https://shop.example/a.jpg")
    outcome = await processed(event, objects, scratch, fetcher=Ready(error))
    assert isinstance(outcome, ImageFailed)
    assert (outcome.failure.code, outcome.failure.message) == (error.code, error.message)
    assert (outcome.job_id, outcome.position, outcome.attempts) == (event.job_id, 3, 1)
    assert await contents(objects) == {}


async def test_what_is_no_image_is_not_kept(scratch: Path) -> None:
    """A page behind a URL that says .jpg fails as it would as an upload."""
    objects = MemoryObjectStore()
    event = accepted(url="https://shop.example/a.jpg")
    fetcher = Ready(b"<!doctype html>")
    outcome = await processed(event, objects, scratch, fetcher=fetcher, renderer=Unable())
    assert isinstance(outcome, ImageFailed)
    assert outcome.failure.code == "unsupported_format"
    assert await contents(objects) == {}


async def test_our_own_trouble_is_waited_for(scratch: Path) -> None:
    """Where the scratch folder has no room, the URL is not to blame."""
    event = accepted(url="https://shop.example/a.jpg")
    with pytest.raises(Unavailable):
        await processed(event, MemoryObjectStore(), scratch, fetcher=Ready(Unavailable("No room.")))


async def test_an_original_that_changed_is_not_what_was_accepted(scratch: Path) -> None:
    """Bytes of the store that have another SHA-256 than was promised make no rendition."""
    objects = MemoryObjectStore()
    await fetched_into(objects, scratch, b"photograph")
    [key] = [one for one in await contents(objects) if one.startswith("originals/")]
    event = accepted(original=Original(key=key, size_bytes=10, sha256=sha256_of(b"another")))
    with pytest.raises(OriginalChangedError):
        await processed(event, objects, scratch, renderer=Copier())


async def test_a_watermark_that_is_gone_fails_the_image(scratch: Path) -> None:
    """An image whose watermark is not in the store fails, under a code of its own, unrendered."""
    objects = MemoryObjectStore()
    marked = Recipe(steps=(Watermark(image="logo.png@0000000000000000"),))
    original = Original(key=f"originals/{IMAGE_ID}", size_bytes=5, sha256=sha256_of(b"bytes"))
    await objects.put(original.key, chunks(b"bytes"), content_type="image/jpeg")
    event = replace(
        accepted(original=original), instructions=Instructions(renditions={"main": marked})
    )
    outcome = await processed(event, objects, scratch)
    assert isinstance(outcome, ImageFailed)
    assert outcome.failure.code == "watermark_missing"


async def test_a_request_writes_over_nothing(scratch: Path) -> None:
    """The same recipe around another point has a key of its own, and again the same one."""
    objects = MemoryObjectStore()
    original = (await fetched_into(objects, scratch, b"photograph")).original
    assert original is not None
    points = [None, FocalPoint(x=0.5, y=0.5), FocalPoint(x=0.5, y=0.25), FocalPoint(x=0.5, y=0.5)]
    keys = []
    for point in points:
        outcome = await processed(requested(original, point), objects, scratch, renderer=Copier())
        assert isinstance(outcome, ImageProcessed)
        assert (outcome.request_id, outcome.job_id) == ("request", None)
        keys += [one.key for one in outcome.renditions]
    assert keys[1] == keys[3]
    assert len(set(keys)) == 3
    assert all(key.startswith(f"renditions/{IMAGE_ID}/main-") for key in keys)


@pytest.mark.parametrize("kind", ["memory", "filesystem"])
async def test_an_original_that_is_gone(kind: str, tmp_path: Path, scratch: Path) -> None:
    """A request for more of it fails and says what to do; an upload's event is kept as a letter."""
    original = Original(key=f"originals/{IMAGE_ID}", size_bytes=9, sha256="0" * 64)
    async with FilesystemObjectStore.open(tmp_path / "objects") as files:
        objects = MemoryObjectStore() if kind == "memory" else files
        outcome = await processed(requested(original), objects, scratch)
        assert isinstance(outcome, ImageFailed)
        assert (outcome.failure.code, outcome.request_id) == ("object_missing", "request")
        assert "upload the image again" in outcome.failure.message
        with pytest.raises(ObjectMissingError):
            await processed(accepted(original=original), objects, scratch)
