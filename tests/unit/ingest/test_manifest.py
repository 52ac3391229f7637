import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.domain.manifest import Entry
from calotype_core.ports.object_store import ObjectMissingError, ObjectStore
from calotype_ingest import manifest
from calotype_ingest.filenames import clean_filename
from tests import strategies

KEY = "jobs/job/manifest.jsonl"
filenames = st.text(st.characters()).map(clean_filename)
urls = st.text(st.characters(codec="utf-8"), min_size=1)
entries = st.builds(
    Entry,
    position=st.integers(0, 10**6),
    filename=filenames,
    original=st.none() | strategies.originals,
    url=st.none() | urls,
    failure=st.none() | strategies.failures,
    instructions=st.none() | urls,
)


class Trickling(MemoryObjectStore):
    """Gives objects out in chunks of a few bytes."""

    def __init__(self, chunk_bytes: int) -> None:
        super().__init__()
        self._chunk_bytes = chunk_bytes

    async def get(
        self, key: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes]:
        whole = b"".join([chunk async for chunk in super().get(key, start=start, stop=stop)])
        for at in range(0, len(whole), self._chunk_bytes):
            yield whole[at : at + self._chunk_bytes]


async def each(entries: Sequence[Entry]) -> AsyncIterator[Entry]:
    for entry in entries:
        yield entry


async def _there_and_back(objects: ObjectStore, written: Sequence[Entry]) -> list[Entry]:
    """Return what comes back, having gone on from the byte behind each entry in turn."""
    assert await manifest.write(objects, "job", each(written)) == KEY
    read = [one async for one in manifest.read(objects, KEY)]
    for at, (_, byte) in enumerate(read):
        rest = [entry async for entry, _ in manifest.read(objects, KEY, start=byte)]
        assert rest == [entry for entry, _ in read[at + 1 :]]
    return [entry for entry, _ in read]


@given(st.lists(entries, max_size=5), st.integers(1, 50))
def test_a_manifest_comes_back_as_it_was_written(written: list[Entry], chunk_bytes: int) -> None:
    """Every entry comes back, in order, wherever the chunks are cut and whoever goes on inside."""
    assert asyncio.run(_there_and_back(Trickling(chunk_bytes), written)) == written


@pytest.mark.anyio
async def test_a_manifest_that_is_not_there_is_said() -> None:
    """Reading a manifest that was never written raises ObjectMissingError."""
    with pytest.raises(ObjectMissingError):
        await anext(manifest.read(MemoryObjectStore(), KEY))
