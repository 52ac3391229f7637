import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, Sequence

from calotype_core.ports.object_store import (
    CHUNK_BYTES,
    LocalFile,
    ObjectMissingError,
    ObjectStore,
    StoredObject,
    StoreFullError,
    check_key,
)


class MemoryObjectStore(ObjectStore):
    """Objects in a dictionary, gone with the process; full once they come to capacity_bytes."""

    def __init__(self, capacity_bytes: int | None = None) -> None:
        self._capacity_bytes = capacity_bytes
        self._objects: dict[str, bytes] = {}

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, content_type: str
    ) -> StoredObject:
        """See ObjectStore."""
        check_key(key)
        return self._keep(key, b"".join([chunk async for chunk in chunks]))

    async def put_files(self, files: Sequence[LocalFile]) -> Sequence[StoredObject]:
        """See ObjectStore."""
        return [await self._take(one) for one in files]

    async def _take(self, file: LocalFile) -> StoredObject:
        check_key(file.key)
        stored = self._keep(file.key, await asyncio.to_thread(file.path.read_bytes))
        await asyncio.to_thread(file.path.unlink)
        return stored

    async def get(
        self, key: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """See ObjectStore."""
        data = self._find(key)
        end = len(data) if stop is None else min(stop, len(data))
        for at in range(start, end, CHUNK_BYTES):
            yield data[at : min(at + CHUNK_BYTES, end)]

    async def size(self, key: str) -> int:
        """See ObjectStore."""
        return len(self._find(key))

    async def delete(self, key: str) -> None:
        """See ObjectStore."""
        self._objects.pop(check_key(key), None)

    async def list(self, prefix: str) -> AsyncGenerator[str, None]:
        """See ObjectStore."""
        for key in [key for key in self._objects if key.startswith(prefix)]:
            yield key

    def _keep(self, key: str, data: bytes) -> StoredObject:
        others = sum(len(one) for known, one in self._objects.items() if known != key)
        if self._capacity_bytes is not None and others + len(data) > self._capacity_bytes:
            raise StoreFullError("The store in memory is full: delete something.")
        self._objects[key] = data
        return StoredObject(key=key, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())

    def _find(self, key: str) -> bytes:
        try:
            return self._objects[check_key(key)]
        except KeyError:
            raise ObjectMissingError("There is no such object in the store.") from None
