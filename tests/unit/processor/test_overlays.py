"""The files of watermarks, from the store to where a child can open them."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.ids import make_id
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.domain.operations import Watermark
from calotype_core.ports.object_store import ObjectStore
from calotype_processor.errors import WatermarkMissingError
from calotype_processor.overlays import Overlays

pytestmark = pytest.mark.anyio

LOGO = "logo.png@0000000000000000"
OTHER = "logo.png@1111111111111111"
IMAGE_ID = make_id(0, 7)


class Counting(MemoryObjectStore):
    """A store that knows how often it was read from."""

    reads = 0

    async def get(
        self, key: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        self.reads += 1
        async for chunk in super().get(key, start=start, stop=stop):
            yield chunk


async def put(objects: ObjectStore, key: str, data: bytes) -> None:
    async def once() -> AsyncIterator[bytes]:
        yield data

    await objects.put(key, once(), content_type="image/png")


def naming(*images: str) -> Instructions:
    steps = tuple(Watermark(image=image) for image in images)
    return Instructions(renditions={"a": Recipe(steps=steps), "b": Recipe(steps=steps[:1])})


async def fetched(overlays: Overlays, folder: Path, *images: str) -> dict[str, bytes]:
    files = await overlays.fetch(naming(*images), folder)
    return {name: path.read_bytes() for name, path in files.items()}


async def test_every_watermark_becomes_a_file(tmp_path: Path) -> None:
    """Stored ones and images' originals are put into the folder, each once, by name."""
    objects = Counting()
    fetched_one = f"{make_id(0, 8)}@2222222222222222"
    keys = {
        LOGO: f"watermarks/{LOGO}",
        OTHER: f"watermarks/{OTHER}",
        IMAGE_ID: f"originals/{IMAGE_ID}",
        fetched_one: f"originals/{fetched_one.replace('@', '/')}",
    }
    for name, key in keys.items():
        await put(objects, key, name.encode())
    found = await fetched(Overlays(objects), tmp_path, *keys, LOGO)
    assert found == {name: name.encode() for name in keys}
    assert objects.reads == len(keys)


async def test_a_text_has_no_file(tmp_path: Path) -> None:
    """Where no watermark is named nothing is fetched."""
    steps = (Watermark(text="Ada"),)
    instructions = Instructions(renditions={"a": Recipe(steps=steps)})
    assert await Overlays(MemoryObjectStore()).fetch(instructions, tmp_path) == {}


@pytest.mark.parametrize("image", [LOGO, "logo.png", IMAGE_ID])
async def test_a_missing_one(image: str, tmp_path: Path) -> None:
    """One that is not in the store, or was not known at the door, is a failure with a name."""
    async with FilesystemObjectStore.open(tmp_path / "store") as files:
        for objects in (files, MemoryObjectStore()):
            with pytest.raises(WatermarkMissingError, match=image):
                await Overlays(objects).fetch(naming(image), tmp_path)


async def test_a_store_that_is_here_is_not_copied(tmp_path: Path) -> None:
    """A file of the store's own is handed on as it is."""
    async with FilesystemObjectStore.open(tmp_path / "store") as objects:
        await put(objects, f"watermarks/{LOGO}", b"logo")
        files = await Overlays(objects).fetch(naming(LOGO), tmp_path)
        assert files == {LOGO: objects.local_path(f"watermarks/{LOGO}")}


async def test_the_last_few_are_remembered(tmp_path: Path) -> None:
    """One that was fetched is not fetched again, until others have taken its room."""
    objects = Counting()
    await put(objects, f"watermarks/{LOGO}", b"a" * 40)
    await put(objects, f"watermarks/{OTHER}", b"b" * 40)
    await put(objects, f"originals/{IMAGE_ID}", b"c" * 60)
    overlays = Overlays(objects, kept_bytes=100)
    for image in (LOGO, LOGO, OTHER, LOGO, IMAGE_ID, IMAGE_ID, OTHER):
        await fetched(overlays, tmp_path, image)
    assert objects.reads == 4  # the largest each time: it would drive all others out
    narrow = Overlays(objects, kept_bytes=80)
    for image in (LOGO, OTHER, LOGO):
        assert set((await fetched(narrow, tmp_path, image)).values()) < {b"a" * 40, b"b" * 40}
    assert objects.reads == 6
    await put(objects, "watermarks/third@3333333333333333", b"d" * 40)
    for image in ("third@3333333333333333", OTHER):
        await fetched(narrow, tmp_path, image)
    assert objects.reads == 8
