"""A job's manifest: a line of JSON an image, in the order of the request, kept in the store."""

import json
from collections.abc import AsyncIterator, Sequence

from calotype_core.domain.image import Original
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest.originals import Arrived


async def write(objects: ObjectStore, job_id: str, arrived: Sequence[Arrived]) -> str:
    """Store the manifest and return its key."""
    key = f"jobs/{job_id}/manifest.jsonl"

    async def lines() -> AsyncIterator[bytes]:
        for one in arrived:
            yield (
                json.dumps(
                    {
                        "position": one.position,
                        "filename": one.filename,
                        "key": one.original.key,
                        "sizeBytes": one.original.size_bytes,
                        "sha256": one.original.sha256,
                    }
                ).encode()
                + b"\n"
            )

    await objects.put(key, lines(), content_type="application/jsonl")
    return key


async def read(objects: ObjectStore, key: str) -> AsyncIterator[Arrived]:
    """Yield the manifest's images. Raises ObjectMissingError."""
    rest = b""
    async for chunk in objects.get(key):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield _arrived(json.loads(line))


def _arrived(line: dict[str, str | int]) -> Arrived:
    return Arrived(
        position=int(line["position"]),
        filename=str(line["filename"]) if line["filename"] else None,
        original=Original(
            key=str(line["key"]), size_bytes=int(line["sizeBytes"]), sha256=str(line["sha256"])
        ),
        format=None,
    )
