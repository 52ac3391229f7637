"""Instructions come to name a watermark's very bytes, or are refused with what there is."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.ids import make_id
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.problems import Problem, ProblemsError
from calotype_core.domain.watermarks import current_key
from calotype_core.watermarks import (
    MOST_NAMED,
    StoredWatermark,
    find_watermark,
    resolve_watermarks,
    watermark_images,
    watermark_names,
)

pytestmark = pytest.mark.anyio

IMAGE_ID = make_id(0, 7)
OLD, NEW = "0" * 64, "1" * 64


async def put(objects: MemoryObjectStore, key: str, data: bytes = b"x") -> None:
    async def once() -> AsyncIterator[bytes]:
        yield data

    await objects.put(key, once(), content_type="image/png")


async def store(objects: MemoryObjectStore, name: str, sha256: str = OLD) -> StoredWatermark:
    stored = StoredWatermark(
        name=name,
        format="png",
        size_bytes=1,
        sha256=sha256,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    await put(objects, stored.key)
    await put(objects, current_key(name), msgspec.json.encode(stored))
    return stored


def asking(*images: str) -> Instructions:
    return parse_instructions(json.dumps([{"watermark": image} for image in images]), {})


async def named(objects: MemoryObjectStore, *images: str) -> Sequence[str]:
    resolved = await resolve_watermarks(asking(*images), objects=objects)
    assert parse_instructions(resolved.canonical(), {}) == resolved
    return watermark_images(resolved)


async def refused(objects: MemoryObjectStore, instructions: Instructions) -> Sequence[Problem]:
    with pytest.raises(ProblemsError) as caught:
        await resolve_watermarks(instructions, objects=objects)
    return caught.value.problems


async def test_a_name_means_its_bytes() -> None:
    """A name is resolved to what it stands for now, and what is resolved stays what it is."""
    objects = MemoryObjectStore()
    first = await store(objects, "logo.png")
    assert await named(objects, "logo.png") == ["logo.png@0000000000000000"]
    second = await store(objects, "logo.png", NEW)
    assert await named(objects, "logo.png") == ["logo.png@1111111111111111"]
    assert await named(objects, "logo.png@0000000000000000") == ["logo.png@0000000000000000"]
    assert await find_watermark(objects, "logo.png") == second != first


async def test_what_names_none_is_left_alone() -> None:
    """Instructions without a stored watermark are returned as they are, the store unasked."""
    asked = parse_instructions('[{"watermark": {"text": "Ada"}}, {"rotate": 90}]', {})
    assert await resolve_watermarks(asked, objects=MemoryObjectStore()) is asked


async def test_an_unknown_name_is_told_with_what_there_is() -> None:
    """What is not stored is told with its path in the canonical form, and the names that are."""
    objects = MemoryObjectStore()
    await store(objects, "stamp.png")
    await store(objects, "logo.png")
    text = (
        '{"renditions": {"a": {}, "b":'
        ' {"steps": [{"watermark": "lgo.png"}, {"watermark": "logo.png"}]}}}'
    )
    [problem] = await refused(objects, parse_instructions(text, {}))
    assert str(problem) == (
        'renditions[1].steps[0].watermark.image: expected one of logo.png, stamp.png, got "lgo.png"'
    )


async def test_nothing_is_stored() -> None:
    """Where nothing is stored, the way to store something is told."""
    [problem] = await refused(MemoryObjectStore(), asking("logo.png"))
    assert problem.expected.endswith("(none is stored: PUT /watermarks/{name})")


async def test_not_every_name_is_told() -> None:
    """Of very many names the nearest are told, and how many more there are."""
    objects = MemoryObjectStore()
    for number in range(30):
        await store(objects, f"other-{number}")
    await store(objects, "logo.png")
    [problem] = await refused(objects, asking("lgo.png"))
    assert "logo.png, " in problem.expected
    assert problem.expected.endswith("and 11 more")


@pytest.mark.parametrize(
    "image", ["logo.png@1111111111111111", "log", "logo.png2", IMAGE_ID, f"{IMAGE_ID}@{OLD[:16]}"]
)
async def test_what_only_looks_known(image: str) -> None:
    """Another version, the beginning of a name, and an id that no image has are all unknown."""
    objects = MemoryObjectStore()
    await store(objects, "logo.png")
    [problem] = await refused(objects, asking(image))
    assert problem.expected == "one of logo.png"


async def test_a_name_whose_bytes_are_being_removed() -> None:
    """A name that goes between the list and the reading is unknown, and no failure of ours."""

    class Going(MemoryObjectStore):
        async def list(self, prefix: str) -> AsyncIterator[str]:  # type: ignore[override]  # as the port has it
            async for key in super().list(prefix):
                await self.delete(key)
                yield key

    objects = Going()
    await store(objects, "logo.png")
    assert await find_watermark(objects, "logo.png") is None


async def test_an_image_is_its_original() -> None:
    """An image's id stays what it is; that of a fetched one is told apart by its bytes."""
    objects = MemoryObjectStore()
    await put(objects, f"originals/{IMAGE_ID}")
    fetched = make_id(0, 8)
    await put(objects, f"originals/{fetched}/{OLD[:16]}")
    assert await named(objects, IMAGE_ID, fetched) == [IMAGE_ID, f"{fetched}@{OLD[:16]}"]
    assert await named(objects, f"{fetched}@{OLD[:16]}") == [f"{fetched}@{OLD[:16]}"]


async def test_names_are_listed_once() -> None:
    """The list has each name once, whatever it has stood for, in order."""
    objects = MemoryObjectStore()
    for name, sha256 in (("b", OLD), ("a", OLD), ("b", NEW)):
        await store(objects, name, sha256)
    assert await watermark_names(objects) == ["a", "b"]


async def test_so_many_and_no_more() -> None:
    """More different ones than are reasonable are refused before the store is asked."""
    images = [f"a{number}" for number in range(MOST_NAMED + 1)]
    [problem] = await refused(MemoryObjectStore(), asking(*images))
    assert problem.expected == "at most 16 different watermarks"
