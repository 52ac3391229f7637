"""The files of the watermarks that recipes name, fetched from the store for a child to open."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from calotype_core.domain.instructions import Instructions
from calotype_core.domain.watermarks import image_of, is_pinned, key_of
from calotype_core.ports.object_store import ObjectMissingError, ObjectStore, SupportsLocalPath
from calotype_core.watermarks import watermark_images
from calotype_processor.errors import WatermarkMissingError

_KEPT_BYTES = 32 * 1024 * 1024


class Overlays:
    """Watermarks of a store that is elsewhere are remembered, the last few of them.

    A key's bytes never change, so that what is remembered is never out of date.
    """

    def __init__(self, objects: ObjectStore, *, kept_bytes: int = _KEPT_BYTES) -> None:
        self._objects = objects
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def fetch(self, instructions: Instructions, folder: Path) -> Mapping[str, Path]:
        """Return the file of each watermark that is named; raises WatermarkMissingError.

        Files that are not the store's own are put into the folder.
        """
        images = dict.fromkeys(watermark_images(instructions))
        return {
            image: await self._file(image, folder / f"overlay-{index}")
            for index, image in enumerate(images)
        }

    async def _file(self, image: str, path: Path) -> Path:
        if not is_pinned(image) and image_of(image) is None:  # it was not known at the door
            raise _missing(image)
        key = key_of(image)
        try:
            if isinstance(self._objects, SupportsLocalPath):
                await self._objects.size(key)
                return self._objects.local_path(key)
            await self._write(key, path)
        except ObjectMissingError:
            raise _missing(image) from None
        return path

    async def _write(self, key: str, path: Path) -> None:
        if key in self._kept:
            self._kept.move_to_end(key)
            await asyncio.to_thread(path.write_bytes, self._kept[key])
            return
        size = 0
        with path.open("wb") as file:
            async for chunk in self._objects.get(key):
                await asyncio.to_thread(file.write, chunk)
                size += len(chunk)
        if size * 2 <= self._kept_bytes:  # else it would drive all others out
            await self._keep(key, path)

    async def _keep(self, key: str, path: Path) -> None:
        self._kept[key] = await asyncio.to_thread(path.read_bytes)
        while sum(map(len, self._kept.values())) > self._kept_bytes:
            self._kept.popitem(last=False)


def _missing(image: str) -> WatermarkMissingError:
    return WatermarkMissingError(
        f"The watermark {image} is not in the store. Store it (PUT /watermarks/{{name}}), and ask"
        " for the image again."
    )
