import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.ids import derive_id
from calotype_core.domain.image import Original
from calotype_core.domain.manifest import Entry
from calotype_core.ports.object_store import ObjectStore, StoredObject, StoreFullError
from calotype_ingest.unpack import AT_ONCE
from calotype_ingest.zip_names import clean_path
from tests.unit.ingest.zips import (
    DEFLATED,
    GIF,
    LIMITS,
    REQUEST_ID,
    STORED,
    Packed,
    prepare,
    run,
    unpack,
    zipped,
)

pytestmark = pytest.mark.anyio

Files = Sequence[tuple[str, bytes]]
# What zipfile writes as it is told to: no NUL, which ends a name there, and no folder.
names = st.text(
    st.characters(exclude_characters="\0/\\", exclude_categories=["Cs"]), min_size=1, max_size=20
)
gifs = st.binary(max_size=200).map(lambda rest: b"GIF89a" + rest)
files = st.lists(
    st.tuples(names, gifs), min_size=1, max_size=2 * AT_ONCE, unique_by=lambda one: one[0]
)


class Unseekable(io.RawIOBase):
    """What zipfile can only append to, so that it writes sizes behind the bytes they are of."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += memoryview(data)  # type: ignore[arg-type]  # a buffer, as typeshed says it
        return memoryview(data).nbytes  # type: ignore[arg-type]


def made(content: Files, *, method: int = zipfile.ZIP_DEFLATED, force_zip64: bool = False) -> bytes:
    """Return the archive as zipfile writes it where it cannot seek."""
    out = Unseekable()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.comment = b"made by a test"
        for name, data in content:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=force_zip64) as entry:
                entry.write(data)
    return bytes(out.data)


@pytest.fixture(params=["memory", "filesystem"])
async def objects(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    if request.param == "memory":
        yield MemoryObjectStore()
    else:
        async with FilesystemObjectStore.open(tmp_path) as store:
            yield store


async def test_an_image_is_stored_under_its_own_key(objects: ObjectStore) -> None:
    """An entry's key follows from the request and its position; its size and hash are told."""
    unpacked = await unpack(zipped(Packed(name=b"shoes/red/cat.gif")), objects=objects)
    key = f"originals/{derive_id(REQUEST_ID, 0)}"
    original = Original(key=key, size_bytes=len(GIF), sha256=hashlib.sha256(GIF).hexdigest())
    assert unpacked.entries == [Entry(position=0, filename="shoes/red/cat.gif", original=original)]
    assert await unpacked.contents() == [GIF]


async def test_large_and_small_images_come_out_as_they_went_in(objects: ObjectStore) -> None:
    """Every store gives back the bytes of every image, whether it fits into one read or not."""
    content = [GIF + i.to_bytes() * (i * 70_000) for i in range(2 * AT_ONCE)]
    entries = [
        Packed(content=one, method=STORED if i % 2 else DEFLATED) for i, one in enumerate(content)
    ]
    limits = replace(LIMITS, entry=replace(LIMITS.entry, max_ratio=10_000))
    unpacked = await unpack(zipped(*entries), limits=limits, objects=objects)
    assert unpacked.codes() == [None] * len(content)
    assert await unpacked.contents() == content


@given(files, st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), st.booleans())
@settings(max_examples=50)
async def test_any_names_in_any_order(content: Files, method: int, force_zip64: bool) -> None:  # noqa: FBT001
    """What zipfile packs comes out in its order, each file under its name, in ZIP64 as well."""
    unpacked = await unpack(made(content, method=method, force_zip64=force_zip64))
    kept = [one for one in content if one[0].lower() not in {"thumbs.db", ".ds_store"}]
    assert unpacked.names() == [clean_path(name) for name, _ in kept]
    assert [one.position for one in unpacked.entries] == list(range(len(kept)))
    assert await unpacked.contents() == [data for _, data in kept]


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n" * 100, zipped(Packed())])
@pytest.mark.parametrize("comment", [b"", b"x" * 0xFFFF, b"PK\5\6" + b"\0" * 18 + b"not the end"])
async def test_bytes_before_and_after(before: bytes, comment: bytes) -> None:
    """A program before the archive, and any comment behind it, are passed over."""
    unpacked = await unpack(before + zipped(Packed(), comment=comment))
    assert await unpacked.contents() == [GIF]


async def test_what_somebody_appended() -> None:
    """A few bytes behind the end of the archive do no harm."""
    assert await (await unpack(zipped(Packed()) + b"\r\n")).contents() == [GIF]


async def test_a_local_header_longer_than_the_directory_knows() -> None:
    """The header before the bytes may have fields of its own, however long."""
    padded = [Packed(local_extra=bytes(size)) for size in (28, 1100, 0xFFFF)]
    assert await (await unpack(zipped(*padded))).contents() == [GIF] * 3


async def test_what_file_managers_leave_is_passed_over() -> None:
    """Folders, resource forks and caches are no images, and no failures; they take no position."""
    litter = [b"a/", b"__MACOSX/a/._cat.gif", b"a/.DS_Store", b"a\\Thumbs.db", b"b\\"]
    entries = [Packed(name=name) for name in (*litter, b"a/cat.gif")]
    unpacked = await unpack(zipped(*entries))
    assert [(one.position, one.filename) for one in unpacked.entries] == [(0, "a/cat.gif")]


async def test_names_in_the_encoding_that_was_told() -> None:
    """Names that are not UTF-8 are read as the operator says."""
    unpacked = await prepare(zipped(Packed(name="靴.gif".encode("cp932")), Packed(name=b"a.gif")))
    unpacked.unpacking.encoding = "cp932"
    await run(unpacked)
    assert unpacked.names() == ["靴.gif", "a.gif"]


async def test_names_lead_nowhere() -> None:
    """Whatever a name says, its bytes are stored under the key of their position alone."""
    hostile = [b"../../etc/cron.d/x", b"/etc/passwd", b"C:\\x.gif", b"\\\\host\\x", b"..", b"\0"]
    unpacked = await unpack(zipped(*(Packed(name=name) for name in hostile)))
    assert unpacked.names() == ["etc/cron.d/x", "etc/passwd", "x.gif", "host/x", None, None]
    assert set(await unpacked.keys()) == {
        f"originals/{derive_id(REQUEST_ID, position)}" for position in range(len(hostile))
    }


async def test_taking_back_leaves_nothing(objects: ObjectStore) -> None:
    """What was unpacked is gone once it is taken back; the archive is the caller's."""
    unpacked = await unpack(zipped(*[Packed()] * 20), objects=objects)
    assert len(await unpacked.keys()) == 20
    await unpacked.unpacking.take_back()
    assert await unpacked.keys() == []


class SlowStore(MemoryObjectStore):
    """A store whose answers come when they are let, and whose puts cannot be called back."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self.begun = asyncio.Event()

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, content_type: str
    ) -> StoredObject:
        data = [chunk async for chunk in chunks]
        if key.startswith("originals/"):
            self.begun.set()
            await self.let.wait()

        async def again() -> AsyncIterator[bytes]:
            for chunk in data:
                yield chunk

        return await asyncio.shield(super().put(key, again(), content_type=content_type))


async def test_who_goes_away_leaves_nothing() -> None:
    """After a cancelled request even what was on its way into the store is taken back."""
    store = SlowStore()
    unpacked = await prepare(zipped(*[Packed()] * 20), objects=store)
    running = asyncio.create_task(run(unpacked))
    await store.begun.wait()
    running.cancel()
    store.let.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    await unpacked.unpacking.take_back()
    assert await unpacked.keys() == []


async def test_who_stops_early_can_take_back() -> None:
    """A caller that wants no more entries than the first has nothing more stored."""
    unpacked = await prepare(zipped(*[Packed()] * 50))
    async with aclosing(unpacked.unpacking.entries()) as entries:
        await anext(entries)
    assert 1 <= len(await unpacked.keys()) <= AT_ONCE
    await unpacked.unpacking.take_back()
    assert await unpacked.keys() == []


async def test_a_full_store_is_said_as_it_is() -> None:
    """Where the store has no room the caller is told, and what found room is taken back."""
    entries = [Packed(method=STORED, content=GIF + bytes(1000))] * 20
    with pytest.raises(StoreFullError):
        await unpack(zipped(*entries), objects=MemoryObjectStore(30_000))


class CountingStore(MemoryObjectStore):
    """A store that counts how often it is read from."""

    reads = 0

    def get(
        self, key: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        self.reads += 1
        return super().get(key, start=start, stop=stop)


async def test_an_image_costs_one_read() -> None:
    """A store across a network is asked once an image, and a few times for the directory."""
    store = CountingStore()
    await unpack(zipped(*[Packed()] * 100), objects=store)
    assert store.reads <= 100 + 3
