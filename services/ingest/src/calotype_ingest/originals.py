"""Originals on their way into the store: bounded, sniffed, and taken back when refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Original
from calotype_core.domain.image_formats import HEAD_BYTES, sniff
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest.errors import UploadTooLargeError
from calotype_ingest.parts import FilePart

LONGEST_FILENAME = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """A file that is in the store: which one of the request it is, and what it looks like."""

    position: int
    filename: str | None
    original: Original
    format: str | None


def original_key(image_id: str) -> str:
    """Return where an image's original is kept; one prefix holds all of it."""
    return f"originals/{image_id}"


@dataclass(slots=True)
class Intake:
    """Takes the files of one request in, one after the other, and can take them all back."""

    objects: ObjectStore
    request_id: str
    file_max_bytes: int
    request_max_bytes: int
    arrived: list[Arrived] = field(default_factory=list)
    _total: int = field(default=0, init=False)

    async def take(self, part: FilePart) -> None:
        """Store the file under its image's key; raises UploadTooLargeError as it passes a limit."""
        position = len(self.arrived)
        key = original_key(derive_id(self.request_id, position))
        head = bytearray()
        stored = await self.objects.put(
            key, self._bounded(part, head), content_type="application/octet-stream"
        )
        self.arrived.append(
            Arrived(
                position=position,
                filename=clean_filename(part.filename),
                original=Original(key=key, size_bytes=stored.size_bytes, sha256=stored.sha256),
                format=sniff(bytes(head)),
            )
        )

    async def _bounded(self, part: FilePart, head: bytearray) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in part.chunks:
            size += len(chunk)
            self._total += len(chunk)
            if size > self.file_max_bytes:
                raise UploadTooLargeError(
                    f"The image is over the limit of {self.file_max_bytes} bytes; send a smaller"
                    " one, or have CALOTYPE_UPLOAD_MAX_BYTES raised."
                )
            if self._total > self.request_max_bytes:
                raise UploadTooLargeError(
                    f"The request is over the limit of {self.request_max_bytes} bytes; send fewer"
                    " images at once, or have CALOTYPE_REQUEST_MAX_BYTES raised."
                )
            if len(head) < HEAD_BYTES:
                head += chunk[:HEAD_BYTES]
            yield chunk

    async def take_back(self) -> None:
        """Remove what was stored of a request that is refused."""
        for one in self.arrived:
            await self.objects.delete(one.original.key)


def clean_filename(name: str | None) -> str | None:
    """Return the name without a path or anything unprintable; it is for people, never a path."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in last if one.isprintable())[:LONGEST_FILENAME] or None
