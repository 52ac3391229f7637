from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice, takewhile

from minio.datatypes import Object
from minio.error import S3Error

from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.transfers import LISTED_AT_ONCE, Download
from calotype_core.ports.inbox import PREFIX, Arrival, Inbox
from calotype_core.ports.object_store import InvalidKeyError, ObjectMissingError

_LONGEST_KEY_BYTES = 1024  # S3's own limit


class S3Inbox(Inbox):
    """The objects under uploads/ of a bucket, which many processes may empty at once.

    A version is told by its ETag and its time to the second, which every listing and every answer
    has; an id of it, where the bucket keeps versions, only some have. So the same bytes under the
    same key within the same second are one arrival. Where the bucket keeps versions, what was put
    under one key in quick succession waits one after the other, the newest first; where it does
    not, an object that is put in the instant in which its forerunner is removed goes with it.
    """

    def __init__(self, connection: S3Connection) -> None:
        self._connection = connection
        self._place = (connection.client, connection.bucket)

    async def list(self) -> AsyncGenerator[Arrival, None]:
        """See Inbox."""
        client, bucket = self._place
        listing = client.list_objects(bucket, PREFIX, recursive=True)
        while page := await self._connection.run(_next_of, listing):
            for one in page:
                if (arrival := _arrival(one)) is not None:
                    yield arrival

    async def find(self, key: str) -> Arrival | None:
        """See Inbox."""
        name = f"{PREFIX}{key}"
        is_path = any(segment in {".", ".."} for segment in key.split("/"))
        if is_path or not key.isprintable() or len(name.encode()) > _LONGEST_KEY_BYTES:
            return None  # nothing that could be put there, or that this library would look for
        try:
            return await self._connection.run(self._look, name)
        except (ObjectMissingError, InvalidKeyError):
            return None

    async def read(self, arrival: Arrival) -> AsyncGenerator[bytes, None]:
        """See Inbox. Once it has begun, that version's bytes come to their end."""
        key = f"{PREFIX}{arrival.key}"
        download = Download(*self._place, key, start=0, stop=None, version=arrival.version)
        try:
            while chunk := await self._connection.run(download.read):
                yield chunk
        finally:
            self._connection.later(download.close)

    async def remove(self, arrival: Arrival) -> None:
        """See Inbox. No marker is left in its place, which would hide a newer version."""
        await self._connection.run(self._remove, arrival)

    def _look(self, name: str) -> Arrival | None:
        client, bucket = self._place
        try:
            return _arrival(client.stat_object(bucket, name))
        except S3Error as error:
            if error.code == "BadRequest":  # all that MinIO says of a key that none can have
                return None
            raise

    def _remove(self, arrival: Arrival) -> None:
        client, bucket = self._place
        key = f"{PREFIX}{arrival.key}"
        listing = client.list_objects(bucket, key, recursive=True, include_version=True)
        # A key comes before all those that begin with it.
        for one in takewhile(lambda one: one.object_name == key, listing):
            if _arrival(one) == arrival:
                client.remove_object(bucket, key, one.version_id)


def _next_of(listing: Iterator[Object]) -> Sequence[Object]:
    return list(islice(listing, LISTED_AT_ONCE))


def _arrival(found: Object) -> Arrival | None:
    key = (found.object_name or "").removeprefix(PREFIX)
    size_bytes = found.size or 0
    marks_folder = not size_bytes and key.endswith("/")
    if not key or marks_folder or found.last_modified is None or found.etag is None:
        return None
    # Listings have milliseconds, in some stores; the answer about a single object never has.
    at: datetime = found.last_modified.astimezone(UTC).replace(microsecond=0)
    return Arrival(key=key, version=found.etag, size_bytes=size_bytes, arrived_at=at)
