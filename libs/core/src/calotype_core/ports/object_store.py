"""Where originals, renditions and manifests are kept."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from calotype_core.errors import Rejected, Unavailable

CHUNK_BYTES = 256 * 1024
MAX_KEY_BYTES = 900


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    """An object that is whole and durable: its key, its size, its SHA-256 (hex)."""

    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalFile:
    """A file here that is to become an object."""

    key: str
    path: Path
    content_type: str


class ObjectMissingError(Rejected):
    """No object has this key."""

    code = "object_missing"
    status = 404


class InvalidKeyError(Rejected):
    """The key is none that an object can have."""

    code = "invalid_key"
    status = 400


class StoreFullError(Unavailable):
    """The store has no room; nothing was stored."""

    code = "store_full"
    status = 507


def check_key(key: str) -> str:
    """Return the key if it is in the grammar that ObjectStore describes; raises InvalidKeyError."""
    if not key.isprintable():  # a lone surrogate is not, so that the rest can be encoded
        raise InvalidKeyError(f"The key {key!r} has characters that cannot be printed: rename it.")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise InvalidKeyError(f"The key {key[:40]!r}… is over {MAX_KEY_BYTES} bytes: shorten it.")
    # As strictly as the strictest store: MinIO reads backslashes as slashes, and past spaces.
    if any(one.strip() in {"", ".", ".."} for one in key.replace("\\", "/").split("/")):
        raise InvalidKeyError(f"The key {key!r} has a segment that is blank, . or ..: rename it.")
    return key


class ObjectStore(Protocol):
    """Objects under keys such as originals/0190….

    A key is segments of printable characters joined by /, none of them blank, . or .. (spaces
    around it and backslashes for slashes make it no other), and at most 900 bytes of UTF-8 in all;
    no key is a folder of another. Any other raises InvalidKeyError.
    """

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, content_type: str
    ) -> StoredObject:
        """Store the chunks, whole or not at all: durable and readable once this returns.

        The same key again replaces. When chunks raises, that error passes through and the key is
        what it was. Raises StoreFullError, Unavailable.
        """

    async def put_files(self, files: Sequence[LocalFile]) -> Sequence[StoredObject]:
        """Store files under the same promise as put, each for itself, and take them away.

        Where the store can, the files themselves are moved in, so they are spent whatever happens
        next. Returns what was stored in the order of the files; after an error some may have been.
        """

    def get(self, key: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from start up to, not including, stop (to the end by default).

        Chunks are at most CHUNK_BYTES long. Raises ObjectMissingError at the first one.
        """

    async def size(self, key: str) -> int:
        """Return the object's bytes. Raises ObjectMissingError."""

    async def delete(self, key: str) -> None:
        """Remove the object; a key that has none is no error."""

    def list(self, prefix: str) -> AsyncIterator[str]:
        """Yield every key that begins with prefix, in no promised order."""


@runtime_checkable
class SupportsLocalPath(Protocol):
    """A store whose objects are files here, so that a reader need not copy them."""

    def local_path(self, key: str) -> Path:
        """Return where the object's bytes are; read-only, and only while the object exists."""


@runtime_checkable
class SupportsPresign(Protocol):
    """A store that strangers may be allowed to write to, one key at a time, without us between."""

    async def presigned_put(self, key: str, *, expires_seconds: int) -> str:
        """Return a URL that one PUT of the object's bytes to this key may be sent to until then."""
