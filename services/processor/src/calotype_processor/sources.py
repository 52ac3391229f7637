"""Where an image's bytes come from, the store or a stranger's URL, and where they are kept."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from calotype_core.domain.image_formats import CONTENT_TYPES
from calotype_core.ports.fetcher import Fetcher
from calotype_core.ports.object_store import LocalFile, ObjectStore, SupportsLocalPath

SHA_CHARS = 16  # of a SHA-256 in a key: what tells the bytes of one fetch from those of another


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file here, and the SHA-256 of the bytes that it is to have."""

    path: Path
    sha256: str


async def stored_original(key: str, sha256: str, *, objects: ObjectStore, folder: Path) -> Source:
    """Return an original as a file, which may be the store's own.

    Raises ObjectMissingError, Unavailable.
    """
    if isinstance(objects, SupportsLocalPath):
        await objects.size(key)  # else the child would look for what is not there
        return Source(path=objects.local_path(key), sha256=sha256)
    path = folder / "original"
    with path.open("wb") as file:
        async for chunk in objects.get(key):
            await asyncio.to_thread(file.write, chunk)
    return Source(path=path, sha256=sha256)


async def fetched_original(url: str, *, fetcher: Fetcher, folder: Path) -> Source:
    """Return what is at the URL as a file; raises a FetchError, or Unavailable."""
    path = folder / "original"
    fetched = await fetcher.fetch(url, path)
    return Source(path=path, sha256=fetched.sha256)


def to_keep(source: Source, *, image_id: str, format: str) -> LocalFile:  # noqa: A002 - its name
    """Return a fetched original as the store is to have it.

    Its key tells its bytes: a URL may have others when an event is handled again, and what has been
    announced of the first is not to be about the second.
    """
    return LocalFile(
        key=f"originals/{image_id}/{source.sha256[:SHA_CHARS]}",
        path=source.path,
        content_type=CONTENT_TYPES.get(format, "application/octet-stream"),
    )
