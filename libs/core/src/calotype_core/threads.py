"""Work that computes for long, in a thread, on bytes that come from the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import islice
from typing import TypeVar

from calotype_core.ports.object_store import ObjectStore

_ITEMS_AT_ONCE = 500
# A store that gives nothing for so long fails the reader, and not the thread that waits for it.
_SLOWEST_CHUNK_SECONDS = 120.0

ItemT = TypeVar("ItemT")
# Not the event loop's own threads: who waits here for bytes must not hold up who brings them.
_THREADS = ThreadPoolExecutor(8, "rows")


async def at_length(work: Callable[[], ItemT]) -> ItemT:
    """Return what work comes to in a thread, which it may take its time in."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, copy_context().run, work)


def reader_of(objects: ObjectStore, key: str) -> Callable[[], Iterator[bytes]]:
    """Return what reads the object from its beginning, each time; to be called in threads only.

    What it yields raises ObjectMissingError, Unavailable, TimeoutError.
    """
    loop = asyncio.get_running_loop()

    def read() -> Iterator[bytes]:
        chunks = objects.get(key)

        async def following() -> bytes | None:
            return await anext(chunks, None)

        while True:
            coming = asyncio.run_coroutine_threadsafe(following(), loop)
            chunk = coming.result(_SLOWEST_CHUNK_SECONDS)
            if chunk is None:
                return
            yield chunk

    return read


async def in_thread(items: Iterator[ItemT]) -> AsyncIterator[ItemT]:
    """Yield the items, which are computed in threads, some hundreds at a time."""
    while batch := await at_length(lambda: list(islice(items, _ITEMS_AT_ONCE))):
        for item in batch:
            yield item
