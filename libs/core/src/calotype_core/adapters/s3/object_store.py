import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from itertools import islice

from minio.datatypes import Object

from calotype_core.adapters.s3.client import S3Connection, client_of
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.adapters.s3.transfers import (
    LISTED_AT_ONCE,
    PART_BYTES,
    Download,
    PartedUpload,
    purge,
    put_whole,
    take_in,
)
from calotype_core.ports.object_store import (
    InvalidKeyError,
    LocalFile,
    ObjectStore,
    StoredObject,
    SupportsPresign,
    check_key,
)

PARTS_ON_THEIR_WAY = 2  # of one upload; a further one is gathered meanwhile
_DIRECTORY_SUFFIX = "__XLDIR__"  # MinIO's own spelling of a key that ends with /


class S3ObjectStore(ObjectStore, SupportsPresign):
    """Objects in a bucket of S3's, which many processes may use at once.

    An upload holds at most three parts of 5 MiB in memory. In a bucket with versions, what a put
    replaces stays as an older version for as long as the bucket's rule says, and delete removes all
    versions: a deleted object is gone, not hidden. A key that is a folder of another's is not
    refused by every store, and may hide the other from list. MinIO takes segments of at most 255
    bytes.
    """

    def __init__(self, connection: S3Connection, settings: S3Settings) -> None:
        self._connection = connection
        self._place = (connection.client, connection.bucket)
        # Signs only, never sends: clients reach the store at an address that may be none for us.
        self._presigner = client_of(settings, settings.s3_public_endpoint or settings.s3_endpoint)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: S3Settings) -> AsyncIterator["S3ObjectStore"]:
        """Open a connection of its own; nothing is asked of the store yet. Raises Unavailable."""
        async with S3Connection.open(settings) as connection:
            yield cls(connection, settings)

    async def check(self) -> None:
        """Return where the store answers, knows the key and has the bucket; raises Unavailable."""
        await self._connection.check()

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, content_type: str
    ) -> StoredObject:
        """See ObjectStore. Less than a part goes in one request, more while it still arrives."""
        _checked(key)
        async with aclosing(_parts(chunks)) as parts:
            first = await anext(parts, b"")
            if len(first) < PART_BYTES:
                return await self._connection.run(put_whole, *self._place, key, first, content_type)
            upload = PartedUpload(*self._place, key, content_type)
            try:
                return await self._send(upload, first, parts)
            except BaseException:  # a cancelled caller's too, even if cancelled again meanwhile
                await asyncio.shield(self._connection.run(upload.discard))
                raise

    async def _send(
        self, upload: PartedUpload, part: bytes, parts: AsyncIterator[bytes]
    ) -> StoredObject:
        run, submit = self._connection.run, self._connection.submit
        await run(upload.begin)
        sending: set[asyncio.Future[None]] = set()
        number = 1
        try:
            while part:
                await run(upload.measure, part)
                sending.add(submit(upload.send, number, part))
                if len(sending) == PARTS_ON_THEIR_WAY:
                    sending = await _fewer(sending)
                part = await anext(parts, b"")
                number += 1
            await asyncio.gather(*sending)
            return await run(upload.complete)
        finally:
            # What becomes of the others is moot, but asyncio complains of errors nobody looks at.
            asyncio.gather(*sending, return_exceptions=True).cancel()

    async def put_files(self, files: Sequence[LocalFile]) -> Sequence[StoredObject]:
        """See ObjectStore. Each on a thread, as many at once as there are threads."""
        for one in files:
            _checked(one.key)
        taking = [self._connection.submit(take_in, *self._place, one) for one in files]
        # All of them, whatever one comes to: the caller may take the folder away after an error.
        await asyncio.gather(*taking, return_exceptions=True)
        return [one.result() for one in taking]

    async def get(
        self, key: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """See ObjectStore. An object that is replaced meanwhile is read as it was."""
        download = Download(*self._place, _checked(key), start=start, stop=stop)
        try:
            while chunk := await self._connection.run(download.read):
                yield chunk
        finally:
            self._connection.later(download.close)

    async def size(self, key: str) -> int:
        """See ObjectStore."""
        client, bucket = self._place
        found = await self._connection.run(client.stat_object, bucket, _checked(key))
        return found.size or 0

    async def delete(self, key: str) -> None:
        """See ObjectStore. All versions go, so that nobody can bring the object back."""
        await self._connection.run(purge, *self._place, _checked(key))

    async def list(self, prefix: str) -> AsyncGenerator[str, None]:
        """See ObjectStore."""
        client, bucket = self._place
        # MinIO refuses a prefix that ends with . or .. though keys may begin with it.
        listing = client.list_objects(bucket, prefix.rstrip(". "), recursive=True)
        try:
            while page := await self._connection.run(_next_of, listing):
                for one in page:
                    key = one.object_name or ""
                    if key.startswith(prefix) and _is_key(key):
                        yield key
        except InvalidKeyError:  # a prefix that none of the store's keys has
            return

    async def presigned_put(self, key: str, *, expires_seconds: int) -> str:
        """See SupportsPresign. At most seven days."""
        return self._presigner.presigned_put_object(
            self._connection.bucket, _checked(key), timedelta(seconds=expires_seconds)
        )


def _checked(key: str) -> str:
    if key.endswith(_DIRECTORY_SUFFIX):
        raise InvalidKeyError(f"The key {key!r} ends with a word of the store's own: rename it.")
    return check_key(key)


def _is_key(name: str) -> bool:
    try:
        return bool(_checked(name))
    except InvalidKeyError:  # somebody else's, such as the / that browsers of buckets leave
        return False


def _next_of(listing: Iterator[Object]) -> Sequence[Object]:
    return list(islice(listing, LISTED_AT_ONCE))


async def _fewer(sending: set["asyncio.Future[None]"]) -> set["asyncio.Future[None]"]:
    """Wait until one is done, and return the others; raises what it failed with."""
    done, others = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
    for one in done:
        one.result()
    return others


async def _parts(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield the bytes in parts, all but the last of PART_BYTES."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        while len(gathered) >= PART_BYTES:
            with memoryview(gathered) as view:
                part = bytes(view[:PART_BYTES])
            del gathered[:PART_BYTES]
            yield part
    if gathered:
        yield bytes(gathered)
