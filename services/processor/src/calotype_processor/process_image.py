"""Process an image: its bytes, from wherever; its pixels, in the child; its prints; the news."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
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
from calotype_core.domain.keys import requested_stem, stem_of
from calotype_core.errors import CalotypeError
from calotype_core.failpoints import reach
from calotype_core.ports.clock import Clock
from calotype_core.ports.fetcher import Fetcher, FetchError
from calotype_core.ports.object_store import LocalFile, ObjectMissingError, ObjectStore
from calotype_processor.engine.messages import Print, Rendered, RenderTask
from calotype_processor.errors import BadImageError, ImageTooLargeError, ScratchUnusableError
from calotype_processor.facts import Fact
from calotype_processor.labelling import Labelling
from calotype_processor.overlays import Overlays
from calotype_processor.sources import (
    SHA_CHARS,
    Source,
    fetched_original,
    stored_original,
    to_keep,
)

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    renditions: tuple[Rendition, ...]
    original: Original | None = None


class OriginalChangedError(CalotypeError):
    """The original's bytes are not those that were accepted."""

    code = "original_changed"
    retry = True


async def process_image(
    event: Wanted,
    *,
    attempt: int,
    objects: ObjectStore,
    fetcher: Fetcher,
    renderer: Renderer,
    facts: frozenset[Fact],
    overlays: Overlays,
    clock: Clock,
    scratch: Path,
    labelling: Labelling | None = None,
) -> ImageOutcome:
    """Return what became of the image: its renditions are durable, or no image came, or none was.

    May run twice for one event: the same keys get the same bytes. Raises CalotypeError.
    """
    if event.original is not None and not event.original.is_taken_in:
        return failed(event, _too_large(event.original), attempts=attempt, at=clock.now())
    async with _workspace(scratch) as folder:
        try:
            source = await _source_of(event, objects=objects, fetcher=fetcher, folder=folder)
            reach("processor.fetched")
            laid = await overlays.fetch(event.instructions, folder)
            task = _task(event, source, folder, overlays=laid, facts=facts)
            rendered = await renderer.render(task)
        except (FetchError, BadImageError) as error:  # the fetcher itself has tried again
            failure = Failure(code=error.code, message=error.message)
            return failed(event, failure, attempts=attempt, at=clock.now())
        except ObjectMissingError as error:
            if isinstance(event, ImageAccepted):  # whoever puts it back can have it tried again
                raise
            return failed(event, _gone(error), attempts=attempt, at=clock.now())
        if rendered.metadata.sha256 != source.sha256:
            raise OriginalChangedError(
                f"The original of {event.image_id} is not what came: the store, or the disk,"
                " changed it."
            )
        if labelling and isinstance(event, ImageAccepted):  # the child has another image by now
            labels = await labelling.labels_of(rendered.preview)
            rendered = replace(rendered, metadata=replace(rendered.metadata, labels=labels))
        kept = await _keep(objects, event, source, rendered)
        reach("processor.stored")
    return _processed(event, rendered, kept, attempts=attempt, at=clock.now())


async def _source_of(
    event: Wanted, *, objects: ObjectStore, fetcher: Fetcher, folder: Path
) -> Source:
    if event.original is not None:
        key, sha256 = event.original.key, event.original.sha256
        return await stored_original(key, sha256, objects=objects, folder=folder)
    return await fetched_original(_url_of(event), fetcher=fetcher, folder=folder)


def _url_of(event: Wanted) -> str:
    if isinstance(event, ImageAccepted) and event.url is not None:
        return event.url
    raise ValueError("an image has one source: either an original or a url")


def _task(
    event: Wanted,
    source: Source,
    folder: Path,
    *,
    overlays: Mapping[str, Path],
    facts: frozenset[Fact],
) -> RenderTask:
    return RenderTask(
        source=source.path,
        outputs=folder,
        recipes=event.instructions.renditions,
        focal_point=event.focal_point,
        # The record has the labels that the image was accepted with, and takes no others.
        facts=facts if isinstance(event, ImageAccepted) else facts - {Fact.LABELS},
        overlays=overlays,
        bulk=_is_bulk(event),
    )


def _is_bulk(event: Wanted) -> bool:
    return isinstance(event, ImageAccepted) and event.job_id is not None


def _gone(error: ObjectMissingError) -> Failure:
    return Failure(
        code=error.code,
        message="The image's original is missing from the store, so that nothing more can be made"
        " of it: upload the image again.",
    )


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


async def _keep(objects: ObjectStore, event: Wanted, source: Source, rendered: Rendered) -> _Kept:
    """Store the prints, and what they were made of where it was fetched, in one go."""
    files = [_file(event, one, source) for one in rendered.prints]
    if event.original is None:
        format_ = rendered.metadata.format
        files.append(to_keep(source, image_id=event.image_id, format=format_))
    stored = await objects.put_files(files)
    renditions = tuple(
        Rendition(
            name=one.name,
            key=kept.key,
            format=one.format,
            width=one.width,
            height=one.height,
            size_bytes=kept.size_bytes,
            sha256=kept.sha256,
        )
        for one, kept in zip(rendered.prints, stored, strict=False)  # the original is the last
    )
    if event.original is not None:
        return _Kept(renditions=renditions)
    last = stored[-1]
    original = Original(key=last.key, size_bytes=last.size_bytes, sha256=last.sha256)
    return _Kept(renditions=renditions, original=original)


def _file(event: Wanted, made: Print, source: Source) -> LocalFile:
    return LocalFile(
        key=f"{_stem(event, made.name, source)}.{EXTENSIONS[made.format]}",
        path=made.path,
        content_type=CONTENT_TYPES[made.format],
    )


def _stem(event: Wanted, name: str, source: Source) -> str:
    recipe = event.instructions.renditions[name]
    if isinstance(event, RenditionRequested):
        return requested_stem(event.image_id, name, recipe, event.focal_point)
    # The URL may have other bytes the next time.
    further = [] if event.original is not None else [source.sha256[:SHA_CHARS]]
    return stem_of(event.image_id, name, recipe, *further)


def _processed(
    event: Wanted, rendered: Rendered, kept: _Kept, *, attempts: int, at: datetime
) -> ImageProcessed:
    return ImageProcessed(
        image_id=event.image_id,
        metadata=rendered.metadata,
        renditions=kept.renditions,
        original=kept.original,
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
