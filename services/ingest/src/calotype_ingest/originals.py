"""What a request sends on its way into the store: bounded, sniffed, taken back when refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from multipart import parse_options_header

from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Original
from calotype_core.domain.image_formats import HEAD_BYTES, sniff
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest.errors import MixedUploadError, UploadTooLargeError
from calotype_ingest.filenames import clean_filename
from calotype_ingest.parts import FilePart
from calotype_ingest.settings import IngestSettings
from calotype_ingest.sources import CONTENT_TYPES, Kind, Source, kind_of, peek, source_key


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """A file that is in the store: which one of the request it is, and what it looks like."""

    position: int
    filename: str | None
    original: Original
    format: str | None


class Limit(NamedTuple):
    """The most bytes that something may have, and the variable that says so."""

    most: int
    variable: str


def original_key(image_id: str) -> str:
    """Return where an image's original is kept; one prefix holds all of it."""
    return f"originals/{image_id}"


@dataclass(slots=True)
class Intake:
    """Takes the files of one request in, one after the other, and can take them all back.

    They are images, or one source of many.
    """

    objects: ObjectStore
    request_id: str
    settings: IngestSettings
    arrived: list[Arrived] = field(default_factory=list)
    source: Source | None = None
    is_shared: bool = False  # what was taken in is another request's by now
    _total: int = field(default=0, init=False)

    async def take(self, part: FilePart) -> None:
        """Store the file, an image under its own key, a source under the job's.

        Raises UploadTooLargeError as it passes a limit, MixedUploadError where a source is not
        alone.
        """
        head, chunks = await peek(part.chunks, HEAD_BYTES)
        part = replace(part, chunks=chunks)
        kind = kind_of(part.filename, part.content_type, head)
        if self.source or (self.arrived and kind is not Kind.IMAGE):
            raise MixedUploadError(
                "A CSV, a ZIP or a list of URLs is a job of its own: send it alone, and images in"
                " another request."
            )
        if kind is Kind.IMAGE:
            await self.take_image(part)
        else:
            await self._take_source(kind, part)

    async def take_image(self, part: FilePart) -> None:
        """Store the file as an image, whatever it is; raises UploadTooLargeError."""
        head, chunks = await peek(part.chunks, HEAD_BYTES)
        limit = Limit(self.settings.upload_max_bytes, "CALOTYPE_UPLOAD_MAX_BYTES")
        position = len(self.arrived)
        key = original_key(derive_id(self.request_id, position))
        stored = await self.objects.put(
            key, self._bounded(chunks, limit), content_type="application/octet-stream"
        )
        self.arrived.append(
            Arrived(
                position=position,
                filename=clean_filename(part.filename),
                original=Original(key=key, size_bytes=stored.size_bytes, sha256=stored.sha256),
                format=sniff(head),
            )
        )

    async def _take_source(self, kind: Kind, part: FilePart) -> None:
        limit = Limit(self.settings.request_max_bytes, "CALOTYPE_REQUEST_MAX_BYTES")
        key = source_key(self.request_id, kind)
        stored = await self.objects.put(
            key, self._bounded(part.chunks, limit), content_type=CONTENT_TYPES[kind]
        )
        _, options = parse_options_header(part.content_type)
        self.source = Source(
            kind=kind,
            key=key,
            name=clean_filename(part.filename),
            charset=options.get("charset"),
            sha256=stored.sha256,
        )

    async def _bounded(self, chunks: AsyncIterator[bytes], limit: Limit) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            self._total += len(chunk)
            if size > limit.most:
                raise UploadTooLargeError(
                    f"The file is over the limit of {limit.most} bytes; send a smaller one, or have"
                    f" {limit.variable} raised."
                )
            if self._total > self.settings.request_max_bytes:
                raise UploadTooLargeError(
                    f"The request is over the limit of {self.settings.request_max_bytes} bytes;"
                    " send fewer images at once, or have CALOTYPE_REQUEST_MAX_BYTES raised."
                )
            yield chunk

    async def take_back(self) -> None:
        """Remove what was stored of a request that is refused."""
        if self.is_shared:
            return
        if self.source:
            await self.objects.delete(self.source.key)
        for one in self.arrived:
            await self.objects.delete(one.original.key)
