"""A ZIP on a real object store: read by ranges, its images stored beside it, and taken back."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests import buckets
from tests.unit.ingest.zips import DEFLATED, GIF, LIMITS, STORED, Packed, content, unpack, zipped

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]

MB = 1024 * 1024
LARGE = GIF + bytes(12 * MB)  # several parts of an upload
ENTRY = replace(LIMITS.entry, max_bytes=20 * MB, max_ratio=10_000)


async def test_a_zip_in_a_bucket(tmp_path: Path) -> None:
    """Images of any size, and what is wrong beside them, come out as from any other store."""
    small = [
        Packed(content=GIF + bytes([i]), method=DEFLATED if i % 2 else STORED) for i in range(99)
    ]
    large = [Packed(content=LARGE), Packed(content=LARGE, method=STORED)]
    bad = [Packed(content=LARGE, crc=1, method=STORED), Packed(content=b"hello")]
    limits = replace(LIMITS, total_bytes=100 * MB, entry=ENTRY)
    async with buckets.store_at(tmp_path) as store:
        unpacked = await unpack(zipped(*small, *large, *bad), limits=limits, objects=store)
        assert unpacked.codes() == [None] * 101 + ["entry_damaged", "unsupported_media_type"]
        stored = [one.original.key for one in unpacked.entries if one.original]
        for packed, key in zip([*small, *large], stored, strict=True):
            assert await content(store, key) == packed.content
        await unpacked.unpacking.take_back()
        assert await unpacked.keys() == []
