"""A job's manifest in the store: written as the request is read, read again a window at a time."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator

from calotype_core.domain import manifest
from calotype_core.domain.manifest import Entry
from calotype_core.ports.object_store import ObjectStore

_CHUNK_BYTES = 64 * 1024


async def write(objects: ObjectStore, job_id: str, entries: AsyncIterable[Entry]) -> str:
    """Store the manifest and return its key. What entries raises passes through."""

    async def chunks() -> AsyncIterator[bytes]:
        lines = bytearray()
        async for entry in entries:
            lines += manifest.dump(entry)
            if len(lines) >= _CHUNK_BYTES:
                yield bytes(lines)
                lines.clear()
        yield bytes(lines)

    key = manifest.manifest_key(job_id)
    await objects.put(key, chunks(), content_type="application/jsonl")
    return key


async def read(
    objects: ObjectStore, key: str, *, start: int = 0
) -> AsyncGenerator[tuple[Entry, int]]:
    """Yield each entry from the byte start on, and the byte after it. Raises ObjectMissingError."""
    rest = b""
    async for chunk in objects.get(key, start=start):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            start += len(line) + 1
            yield manifest.load(line), start
