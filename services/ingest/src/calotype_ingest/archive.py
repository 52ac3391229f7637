"""A ZIP in the object store, read by ranges: its directory as a stream, each entry by itself."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from calotype_core.ports.object_store import CHUNK_BYTES, ObjectStore
from calotype_ingest.zip_format import (
    LOCAL_BYTES,
    LONGEST_END,
    Directory,
    DirectoryReader,
    Member,
    find_directory,
    local_header_bytes,
)

# A local header is a little longer than the directory knows: it has times of its own, and padding.
_HEADER_SLACK = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A ZIP whose directory has been found."""

    objects: ObjectStore
    key: str
    directory: Directory
    encoding: str

    @classmethod
    async def open(cls, objects: ObjectStore, key: str, *, encoding: str) -> "Archive":
        """Find the directory; raises NotAZipError, ObjectMissingError, Unavailable."""
        size = await objects.size(key)
        tail = await _read(objects, key, max(0, size - LONGEST_END), size)
        directory = find_directory(tail, size)
        return cls(objects=objects, key=key, directory=directory, encoding=encoding)

    async def members(self) -> AsyncGenerator[Member, None]:
        """Yield the entries in the directory's order; raises NotAZipError where it is damaged."""
        reader = DirectoryReader(self.encoding)
        end = self.directory.start + self.directory.size
        # A request each: a store may not wait until the images of one block have been taken in.
        for at in range(self.directory.start, end, CHUNK_BYTES):
            block = await _read(self.objects, self.key, at, min(at + CHUNK_BYTES, end))
            for member in await asyncio.to_thread(reader.feed, block):
                yield member
        reader.finish()

    async def packed(self, member: Member) -> AsyncGenerator[bytes, None]:
        """Yield the entry's bytes as they are in the archive; none where it is not all there.

        One request for a small entry, header and all; one more for the rest of a large one.
        """
        begin = self.directory.prefix + member.offset
        if begin + LOCAL_BYTES + member.packed_bytes > self.directory.start:
            return
        reach = begin + member.header_bytes + _HEADER_SLACK + member.packed_bytes
        block_end = min(reach, begin + CHUNK_BYTES, self.directory.start)
        block = await _read(self.objects, self.key, begin, block_end)
        if (header_bytes := local_header_bytes(block)) is None:
            return
        data = begin + header_bytes
        data_end = data + member.packed_bytes
        if data_end > self.directory.start:
            return
        first = block[header_bytes : header_bytes + member.packed_bytes]
        if data + len(first) >= data_end:
            yield first
            return
        rest = _chunks(self.objects, self.key, data + len(first), data_end)
        async with aclosing(rest) as closing:
            async for chunk in closing:
                yield first + chunk  # together: the first bytes must tell what it is
                first = b""


async def _read(objects: ObjectStore, key: str, start: int, stop: int) -> bytes:
    return b"".join([chunk async for chunk in _chunks(objects, key, start, stop)])


async def _chunks(
    objects: ObjectStore, key: str, start: int, stop: int
) -> AsyncGenerator[bytes, None]:
    if start < stop:
        chunks: AsyncIterator[bytes] = objects.get(key, start=start, stop=stop)
        async with aclosing(chunks) as closing:  # type: ignore[type-var]  # stores' are generators
            async for chunk in closing:
                yield chunk
