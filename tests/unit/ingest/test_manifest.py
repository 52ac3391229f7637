import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.ports.object_store import ObjectMissingError, ObjectStore
from calotype_ingest import manifest
from calotype_ingest.originals import Arrived, clean_filename
from tests import strategies

KEY = "jobs/job/manifest.jsonl"
filenames = st.text(st.characters()).map(clean_filename)
lines = st.builds(
    Arrived,
    position=st.integers(0, 10**6),
    filename=filenames,
    original=strategies.originals,
    format=st.none(),
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


async def _there_and_back(objects: ObjectStore, arrived: Sequence[Arrived]) -> list[Arrived]:
    assert await manifest.write(objects, "job", arrived) == KEY
    return [one async for one in manifest.read(objects, KEY)]


@given(st.lists(lines, max_size=5), st.integers(1, 50))
def test_a_manifest_comes_back_as_it_was_written(arrived: list[Arrived], chunk_bytes: int) -> None:
    """Every image comes back, in order, whatever its filename, wherever the chunks are cut."""
    assert asyncio.run(_there_and_back(Trickling(chunk_bytes), arrived)) == arrived


@pytest.mark.anyio
async def test_a_manifest_that_is_not_there_is_said() -> None:
    """Reading a manifest that was never written raises ObjectMissingError."""
    with pytest.raises(ObjectMissingError):
        await anext(manifest.read(MemoryObjectStore(), KEY))
