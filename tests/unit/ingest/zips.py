"""ZIPs written by hand, so that anything can be wrong with them, and what becomes of them."""

import struct
import zlib
from contextlib import aclosing
from dataclasses import dataclass, field

from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.manifest import Entry
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest.inflate import EntryLimits
from calotype_ingest.unpack import Unpacking, ZipLimits
from tests.unit.ingest.bodies import chunks

REQUEST_ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
ARCHIVE = "jobs/1/input.zip"
GIF = b"GIF89a" + b"\1" * 100
STORED, DEFLATED = 0, 8
KB = 1024
LIMITS = ZipLimits(
    images=1000, total_bytes=10_000 * KB, entry=EntryLimits(max_bytes=4000 * KB, max_ratio=100)
)


def deflated(content: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush()


@dataclass(frozen=True, kw_only=True)
class Packed:
    """An entry, true to what it holds unless it is told to lie."""

    name: bytes = b"cat.gif"
    content: bytes = GIF
    method: int = DEFLATED
    flags: int = 0
    extra: bytes = b""
    local_extra: bytes = b""
    packed: bytes | None = None
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    offset: int | None = None

    def data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.content) if self.method == DEFLATED else self.content

    def local(self) -> bytes:
        numbers = (20, self.flags, self.method, 0, 0, *self._told())
        header = struct.pack("<4s5H3L", b"PK\3\4", *numbers)
        lengths = struct.pack("<2H", len(self.name), len(self.local_extra))
        return header + lengths + self.name + self.local_extra + self.data()

    def central(self, offset: int) -> bytes:
        numbers = (20, 20, self.flags, self.method, 0, 0, *self._told())
        header = struct.pack("<4s6H3L", b"PK\1\2", *numbers)
        lengths = (len(self.name), len(self.extra), 0, 0, 0, 0)
        at = offset if self.offset is None else self.offset
        return header + struct.pack("<5H2L", *lengths, at) + self.name + self.extra

    def _told(self) -> tuple[int, int, int]:
        crc = zlib.crc32(self.content) if self.crc is None else self.crc
        packed_size = len(self.data()) if self.packed_size is None else self.packed_size
        return crc, packed_size, len(self.content) if self.size is None else self.size


def zipped(*entries: Packed, comment: bytes = b"", disk: int = 0) -> bytes:
    body, directory = bytearray(), bytearray()
    for one in entries:
        directory += one.central(len(body))
        body += one.local()
    count = min(len(entries), 0xFFFF)
    numbers = (disk, disk, count, count, len(directory), len(body), len(comment))
    return bytes(body + directory) + struct.pack("<4s4H2LH", b"PK\5\6", *numbers) + comment


@dataclass(kw_only=True)
class Unpacked:
    """The entries of an archive, and the store that they are in."""

    objects: ObjectStore
    unpacking: Unpacking
    entries: list[Entry] = field(default_factory=list)

    async def contents(self) -> list[bytes | None]:
        """Return each entry's bytes as the store has them; None for a failure."""
        return [
            await content(self.objects, one.original.key) if one.original else None
            for one in self.entries
        ]

    def names(self) -> list[str | None]:
        return [one.filename for one in self.entries]

    def codes(self) -> list[str | None]:
        return [one.failure.code if one.failure else None for one in self.entries]

    async def keys(self) -> list[str]:
        return [key async for key in self.objects.list("originals/")]


async def content(objects: ObjectStore, key: str) -> bytes:
    return b"".join([chunk async for chunk in objects.get(key)])


async def prepare(
    data: bytes, *, limits: ZipLimits = LIMITS, objects: ObjectStore | None = None
) -> Unpacked:
    """Put the archive into a store, to be unpacked from there."""
    objects = objects or MemoryObjectStore()
    await objects.put(ARCHIVE, chunks(data), content_type="application/zip")
    unpacking = Unpacking(
        objects=objects, archive_key=ARCHIVE, request_id=REQUEST_ID, limits=limits
    )
    return Unpacked(objects=objects, unpacking=unpacking)


async def run(unpacked: Unpacked) -> None:
    async with aclosing(unpacked.unpacking.entries()) as entries:
        async for one in entries:
            unpacked.entries.append(one)


async def unpack(
    data: bytes, *, limits: ZipLimits = LIMITS, objects: ObjectStore | None = None
) -> Unpacked:
    """Unpack the archive into a store; where it is refused, nothing of it may be left."""
    unpacked = await prepare(data, limits=limits, objects=objects)
    try:
        await run(unpacked)
    except BaseException:
        await unpacked.unpacking.take_back()
        assert await unpacked.keys() == []
        raise
    return unpacked
