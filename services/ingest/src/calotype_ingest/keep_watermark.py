"""Keep a watermark, or remove it: its bytes first, then what its name stands for."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec

from calotype_core.domain.image_formats import CONTENT_TYPES, HEAD_BYTES, sniff
from calotype_core.domain.watermarks import NAME_WORDS, current_key, is_name
from calotype_core.ports.clock import Clock
from calotype_core.ports.object_store import ObjectStore
from calotype_core.watermarks import (
    MOST_STORED,
    StoredWatermark,
    find_watermark,
    watermark_names,
)
from calotype_ingest.errors import (
    EmptyFileError,
    InvalidWatermarkNameError,
    NothingSentError,
    TooManyWatermarksError,
    UnknownWatermarkError,
    UnsupportedMediaError,
    UploadTooLargeError,
)
from calotype_ingest.parts import FilePart, Part

FORMATS = ("png", "webp", "jpeg", "gif")


@dataclass(frozen=True, kw_only=True, slots=True)
class WatermarkShelf:
    """Where watermarks are kept, and how large one may be."""

    objects: ObjectStore
    clock: Clock
    most_bytes: int

    async def keep(self, name: str, parts: AsyncIterator[Part]) -> tuple[StoredWatermark, bool]:
        """Store the file of the parts under the name, and return it, and whether the name is new.

        What it replaces stays readable: renditions that are on their way are made with it. Raises
        InvalidWatermarkNameError, UnsupportedMediaError, UploadTooLargeError, Unavailable and what
        else is wrong with a request.
        """
        if not is_name(name):
            raise InvalidWatermarkNameError(f"A watermark cannot be called so: send {NAME_WORDS}.")
        is_new = await find_watermark(self.objects, name) is None
        if is_new and len(await watermark_names(self.objects)) >= MOST_STORED:
            raise TooManyWatermarksError(
                f"{MOST_STORED} watermarks are stored, as many as there may be: delete one first."
            )
        data = await self._read(parts)
        stored = StoredWatermark(
            name=name,
            format=_format_of(data),
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            updated_at=self.clock.now(),
        )
        content_type = CONTENT_TYPES[stored.format]
        await self.objects.put(stored.key, _once(data), content_type=content_type)
        told = msgspec.json.encode(stored)
        await self.objects.put(current_key(name), _once(told), content_type="application/json")
        return stored, is_new

    async def all(self) -> list[StoredWatermark]:
        """Return what is stored, by name."""
        names = await watermark_names(self.objects)
        found = [await find_watermark(self.objects, name) for name in names]
        return [one for one in found if one is not None]

    async def find(self, name: str) -> StoredWatermark:
        """Return what the name stands for; raises UnknownWatermarkError."""
        stored = await find_watermark(self.objects, name) if is_name(name) else None
        if stored is None:
            raise UnknownWatermarkError(
                "No watermark is stored under this name. GET /watermarks says which are."
            )
        return stored

    async def remove(self, name: str) -> None:
        """Remove the name, and every version of what it has stood for."""
        if not is_name(name):
            return
        key = current_key(name)
        await self.objects.delete(key)
        for version in [one async for one in self.objects.list(f"{key}@")]:
            await self.objects.delete(version)

    async def _read(self, parts: AsyncIterator[Part]) -> bytes:
        """Return the one file that was sent; held in memory, since its key follows from it."""
        data: bytearray | None = None
        async for part in parts:
            if not isinstance(part, FilePart):
                continue
            if data is not None:
                raise NothingSentError("Several files were sent: a watermark is one.")
            data = bytearray()
            async for chunk in part.chunks:
                data += chunk
                if len(data) > self.most_bytes:
                    raise UploadTooLargeError(
                        f"The watermark is over the limit of {self.most_bytes} bytes; send a"
                        " smaller one, or have CALOTYPE_WATERMARK_MAX_BYTES raised."
                    )
        if data is None:
            raise NothingSentError(
                "No watermark was sent. Send its bytes as the body, or as the multipart field"
                " 'file'."
            )
        if not data:
            raise EmptyFileError("The file is empty: it has no bytes. Send the watermark itself.")
        return bytes(data)


def _format_of(data: bytes) -> str:
    kind = sniff(data[:HEAD_BYTES])
    if kind not in FORMATS:
        raise UnsupportedMediaError(
            f"The file is {kind.upper() if kind else 'no image'}, whatever its name says. Send a"
            f" watermark as one of: {', '.join(one.upper() for one in FORMATS)}."
        )
    return kind


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
