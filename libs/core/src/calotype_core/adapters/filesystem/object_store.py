import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from calotype_core.adapters.filesystem.files import (
    Folders,
    Listing,
    Partial,
    Reader,
    size_of,
    store_errors,
    take_in_all,
)
from calotype_core.adapters.filesystem.names import path_of
from calotype_core.ports.object_store import (
    LocalFile,
    ObjectStore,
    StoredObject,
    SupportsLocalPath,
)

P = ParamSpec("P")
T = TypeVar("T")

BLOCK_BYTES = 1024 * 1024  # gathered before a thread is asked to write them
THREADS = 8


class FilesystemObjectStore(ObjectStore, SupportsLocalPath):
    """Objects as files below a folder, which one process at a time may have open.

    What is not whole yet lies in .partial, which is swept when the store is opened. The content
    type is not kept: who reads an object knows it from elsewhere. A segment of a key is at most 255
    bytes.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders = Folders(root)
        self._threads = ThreadPoolExecutor(THREADS, "object-store")

    @classmethod
    @asynccontextmanager
    async def open(cls, root: Path) -> AsyncIterator["FilesystemObjectStore"]:
        """Open the folder, or make it; raises Unavailable where it cannot be written."""
        store = cls(root)
        try:
            with store_errors(str(root)):
                await asyncio.to_thread(store._folders.prepare)
            yield store
        finally:
            await asyncio.to_thread(store._threads.shutdown)

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, content_type: str
    ) -> StoredObject:
        """See ObjectStore."""
        target = self.local_path(key)
        partial = Partial(self._folders)
        try:
            async for block in _blocks(chunks):
                await self._run(partial.write, block)
            return await self._run(partial.publish, key, target)
        except BaseException:  # a cancelled caller's too, even if it is cancelled again meanwhile
            await asyncio.shield(self._run(partial.discard))
            raise

    async def put_files(self, files: Sequence[LocalFile]) -> Sequence[StoredObject]:
        """See ObjectStore. All of them in one go on one thread."""
        targets = [self.local_path(one.key) for one in files]
        return await self._run(take_in_all, self._folders, files, targets)

    async def get(
        self, key: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """See ObjectStore. An object that is replaced meanwhile is read as it was."""
        reader = Reader(self.local_path(key), start, stop)
        try:
            while chunk := await self._run(reader.read):
                yield chunk
        finally:
            self._later(reader.close)

    async def size(self, key: str) -> int:
        """See ObjectStore."""
        return await self._run(size_of, self.local_path(key))

    async def delete(self, key: str) -> None:
        """See ObjectStore."""
        await self._run(self._folders.remove, self.local_path(key))

    async def list(self, prefix: str) -> AsyncGenerator[str, None]:
        """See ObjectStore."""
        listing = Listing(self._root, prefix)
        try:
            while keys := await self._run(listing.more):
                for key in keys:
                    yield key
        finally:
            self._later(listing.close)

    def local_path(self, key: str) -> Path:
        """See SupportsLocalPath."""
        return path_of(self._root, key)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def told() -> T:
            with store_errors(self._root.name):  # all that strangers need to be told
                return work(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._threads, told)

    def _later(self, work: Callable[[], None]) -> None:
        try:
            self._threads.submit(work)  # not awaited: a generator that is thrown away cannot
        except RuntimeError:  # the store was closed before its reader
            work()


async def _blocks(chunks: AsyncIterable[bytes]) -> AsyncIterator[Sequence[bytes]]:
    block: list[bytes] = []
    size = 0
    async for chunk in chunks:
        block.append(chunk)
        size += len(chunk)
        if size >= BLOCK_BYTES:
            yield block
            block, size = [], 0
    yield block
