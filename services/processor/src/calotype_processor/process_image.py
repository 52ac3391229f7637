"""Process an image: its pixels in the child, its prints into the store, then the news of it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypedDict

from calotype_core.domain.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageOutcome,
    ImageProcessed,
    RenditionRequested,
)
from calotype_core.domain.image import Failure, Original, Rendition
from calotype_core.domain.image_formats import CONTENT_TYPES, EXTENSIONS
from calotype_core.errors import CalotypeError, Rejected
from calotype_core.failpoints import reach
from calotype_core.ports.clock import Clock
from calotype_core.ports.object_store import LocalFile, ObjectStore, SupportsLocalPath
from calotype_processor.engine.messages import Print, Rendered, RenderTask
from calotype_processor.errors import BadImageError, ImageTooLargeError, ScratchUnusableError

Wanted = ImageAccepted | RenditionRequested


class _Lineage(TypedDict):
    generation: int
    request_id: str | None
    job_id: str | None
    position: int | None
    accepted_at: datetime


class Renderer(Protocol):
    """What turns a file into prints of it; the engine's child processes do."""

    async def render(self, task: RenderTask) -> Rendered:
        """Return what was made. Raises BadImageError, or an error whose retry may help."""


class OriginalChangedError(CalotypeError):
    """The original's bytes are not those that were accepted."""

    code = "original_changed"
    retry = True


class NoFetcherError(Rejected):
    """The image is to be fetched from a URL, which this version cannot."""

    code = "fetching_unsupported"


async def process_image(
    event: Wanted,
    *,
    attempt: int,
    objects: ObjectStore,
    renderer: Renderer,
    clock: Clock,
    scratch: Path,
) -> ImageOutcome:
    """Return what became of the image: its renditions are durable, or it is no image.

    May run twice for one event: the same keys get the same bytes. Raises CalotypeError.
    """
    if event.original is None:
        raise NoFetcherError("Images cannot be fetched from URLs yet; upload the bytes instead.")
    if not event.original.is_taken_in:
        return failed(event, _too_large(event.original), attempts=attempt, at=clock.now())
    async with _workspace(scratch) as folder:
        source = await _file_of(objects, event.original, folder)
        reach("processor.fetched")
        task = RenderTask(
            source=source,
            outputs=folder,
            recipes=event.instructions.renditions,
            bulk=_is_bulk(event),
        )
        try:
            rendered = await renderer.render(task)
        except BadImageError as error:
            failure = Failure(code=error.code, message=error.message)
            return failed(event, failure, attempts=attempt, at=clock.now())
        if rendered.metadata.sha256 != event.original.sha256:
            raise OriginalChangedError(
                f"The original {event.original.key} is not what was accepted: the store changed it."
            )
        kept = await _keep(objects, event, rendered.prints)
        reach("processor.stored")
    return _processed(event, rendered, kept, attempts=attempt, at=clock.now())


def _is_bulk(event: Wanted) -> bool:
    return isinstance(event, ImageAccepted) and event.job_id is not None


def _too_large(original: Original) -> Failure:
    return Failure(
        code=ImageTooLargeError.code,
        message=f"The file has {original.size_bytes} bytes, more than an image may have here. Put a"
        " smaller one, or have CALOTYPE_UPLOAD_MAX_BYTES raised: it was left where it is.",
    )


@asynccontextmanager
async def _workspace(scratch: Path) -> AsyncIterator[Path]:
    try:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=scratch))
    except OSError as error:
        raise ScratchUnusableError(
            f"The folder {scratch.name} cannot be written to ({error.strerror}): free some room on"
            " its disk, or see the kernel's log."
        ) from error
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _file_of(objects: ObjectStore, original: Original, folder: Path) -> Path:
    if isinstance(objects, SupportsLocalPath):
        return objects.local_path(original.key)
    path = folder / "original"
    with path.open("wb") as file:
        async for chunk in objects.get(original.key):
            await asyncio.to_thread(file.write, chunk)
    return path


async def _keep(objects: ObjectStore, event: Wanted, made: Sequence[Print]) -> Sequence[Rendition]:
    stored = await objects.put_files([_file(event, one) for one in made])
    return [
        Rendition(
            name=one.name,
            key=kept.key,
            format=one.format,
            width=one.width,
            height=one.height,
            size_bytes=kept.size_bytes,
            sha256=kept.sha256,
        )
        for one, kept in zip(made, stored, strict=True)
    ]


def _file(event: Wanted, made: Print) -> LocalFile:
    digest = event.instructions.renditions[made.name].digest
    name = f"{made.name}-{digest}.{EXTENSIONS[made.format]}"
    return LocalFile(
        key=f"renditions/{event.image_id}/{name}",
        path=made.path,
        content_type=CONTENT_TYPES[made.format],
    )


def _processed(
    event: Wanted, rendered: Rendered, kept: Sequence[Rendition], *, attempts: int, at: datetime
) -> ImageProcessed:
    return ImageProcessed(
        image_id=event.image_id,
        metadata=rendered.metadata,
        renditions=tuple(kept),
        attempts=attempts,
        callback_url=event.callback_url,
        processed_at=at,
        **_lineage(event),
    )


def failed(event: Wanted, failure: Failure, *, attempts: int, at: datetime) -> ImageFailed:
    """Return the news that the image has no renditions, and why."""
    return ImageFailed(
        image_id=event.image_id,
        failure=failure,
        attempts=attempts,
        callback_url=event.callback_url,
        failed_at=at,
        **_lineage(event),
    )


def _lineage(event: Wanted) -> _Lineage:
    if isinstance(event, RenditionRequested):
        return _Lineage(
            generation=1,
            request_id=event.request_id,
            job_id=None,
            position=None,
            accepted_at=event.requested_at,
        )
    return _Lineage(
        generation=event.generation,
        request_id=None,
        job_id=event.job_id,
        position=event.position,
        accepted_at=event.accepted_at,
    )


def wanted(event: Event) -> Wanted | None:
    """Return the event where it asks for pixels."""
    return event if isinstance(event, ImageAccepted | RenditionRequested) else None
