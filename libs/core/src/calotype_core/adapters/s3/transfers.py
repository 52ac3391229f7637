"""The blocking half of the store: what its threads do over the connection.

PartedUpload and Download outlive a cancelled caller: a thread may still be at work on one when it
is told to let go. Each therefore has a lock, and does nothing once it is closed.
"""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import islice

from minio import Minio
from minio.datatypes import Part
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from calotype_core.adapters.s3.errors import cause_of
from calotype_core.errors import Unavailable
from calotype_core.ports.object_store import CHUNK_BYTES, LocalFile, StoredObject

PART_BYTES = 5 * 1024 * 1024  # the least that S3 takes; all parts but the last are of one size
LISTED_AT_ONCE = 1000
_SHA256 = "x-amz-checksum-sha256"


class PartedUpload:
    """An object on its way in, in parts, which is nothing until it is complete.

    The library uploads in parts only what it can read by itself; what arrives bit by bit needs the
    four calls below it, which are private. They are named here and nowhere else.
    """

    def __init__(self, client: Minio, bucket: str, key: str, content_type: str) -> None:
        self._client = client
        self._place = (bucket, key)
        self._content_type = content_type
        self._changed = threading.Condition()
        self._at_work = 0
        self._closed = False
        self._id: str | None = None
        self._tags: dict[int, str] = {}
        self._sha256 = hashlib.sha256()
        self._size_bytes = 0

    def begin(self) -> None:
        """Have the store make room for parts."""
        with self._working():
            self._id = self._client._create_multipart_upload(  # noqa: SLF001 - see the class
                *self._place, {"Content-Type": self._content_type}
            )

    def measure(self, part: bytes) -> None:
        """Count the next part's bytes in; parts are measured in their order."""
        self._sha256.update(part)
        self._size_bytes += len(part)

    def send(self, number: int, part: bytes) -> None:
        """Send a part; several may be on their way at once.

        The signature covers its SHA-256 on http, an MD5 goes with it on https: either way the store
        refuses what was changed on the way.
        """
        with self._working():
            self._tags[number] = self._client._upload_part(  # noqa: SLF001 - see the class
                *self._place, part, None, self._begun(), number
            )

    def complete(self) -> StoredObject:
        """Make the parts the object, whole and durable."""
        with self._working():
            parts = [Part(number, tag) for number, tag in sorted(self._tags.items())]
            self._client._complete_multipart_upload(  # noqa: SLF001 - see the class
                *self._place, self._begun(), parts
            )
            self._closed = True
        return StoredObject(
            key=self._place[1], size_bytes=self._size_bytes, sha256=self._sha256.hexdigest()
        )

    def discard(self) -> None:
        """Remove the parts, unless they were made the object.

        Waits for those on their way, since one that arrives later would stay for ever. A store that
        is away keeps them: the bucket's own rule removes them later.
        """
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.wait_for(lambda: not self._at_work)
        if self._id is not None:
            with suppress(MinioException, HTTPError):
                self._client._abort_multipart_upload(  # noqa: SLF001 - see the class
                    *self._place, self._id
                )

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._changed:
            if self._closed:
                raise ValueError("the upload was discarded")
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._changed.notify_all()

    def _begun(self) -> str:
        if self._id is None:
            raise ValueError("the upload was not begun")
        return self._id


class Download:
    """A range of an object's bytes; it reads the object as it was at the first read.

    Where a version (an ETag) is given, that one or none.
    """

    def __init__(
        self,
        client: Minio,
        bucket: str,
        key: str,
        *,
        start: int,
        stop: int | None,
        version: str | None = None,
    ) -> None:
        self._client = client
        self._place = (bucket, key)
        self._start = start
        self._stop = stop
        self._headers = {"If-Match": f'"{version}"'} if version else {}
        self._lock = threading.Lock()
        self._response: BaseHTTPResponse | None = None
        self._closed = False

    def read(self) -> bytes:
        """Return the next chunk, empty at the end."""
        with self._lock:
            if self._response is None and not self._closed:
                self._response = self._open()
            if self._closed or self._response is None:
                return b""
            # As it is stored: a stranger's upload may claim an encoding that is not its own.
            chunk = self._response.read(CHUNK_BYTES, decode_content=False)
            if not chunk:
                self._response.release_conn()
            return chunk

    def close(self) -> None:
        """Let go of the connection, which is of no further use when the object was not read out."""
        with self._lock:
            self._closed = True
            if self._response is not None:
                self._response.close()

    def _open(self) -> BaseHTTPResponse | None:
        length = 0 if self._stop is None else self._stop - self._start
        if self._stop is not None and length <= 0:
            self._client.stat_object(*self._place)
            self._closed = True
            return None
        try:
            return self._client.get_object(*self._place, self._start, length, dict(self._headers))
        except S3Error as error:
            if error.code != "InvalidRange":
                raise
            self._closed = True  # there is an object, and it ends before the start
            return None


def put_whole(client: Minio, bucket: str, key: str, data: bytes, content_type: str) -> StoredObject:
    """Store the bytes in one request, and raise Unavailable if the store has others.

    Their SHA-256 goes with them: what was changed on the way is refused, and it stays on record.
    """
    sha256 = hashlib.sha256(data)
    told = base64.b64encode(sha256.digest()).decode()
    result = client.put_object(
        bucket, key, BytesIO(data), len(data), content_type, metadata={_SHA256: told}
    )
    if result.http_headers.get(_SHA256, told) != told:
        raise Unavailable("The store has other bytes than were sent to it: send them again.")
    return StoredObject(key=key, size_bytes=len(data), sha256=sha256.hexdigest())


def take_in(client: Minio, bucket: str, file: LocalFile) -> StoredObject:
    """Store the file, one part after the other, and remove it here."""
    with file.path.open("rb") as source:
        part = source.read(PART_BYTES)
        if len(part) < PART_BYTES:
            stored = put_whole(client, bucket, file.key, part, file.content_type)
        else:
            upload = PartedUpload(client, bucket, file.key, file.content_type)
            try:
                upload.begin()
                number = 0
                while part:
                    number += 1
                    upload.measure(part)
                    upload.send(number, part)
                    part = source.read(PART_BYTES)
                stored = upload.complete()
            finally:
                upload.discard()
    file.path.unlink()
    return stored


def purge(client: Minio, bucket: str, key: str) -> None:
    """Remove every version of the object, and every marker that it was deleted."""
    versions: list[DeleteObject] = []
    listing = client.list_objects(bucket, key, recursive=True, include_version=True)
    while page := list(islice(listing, LISTED_AT_ONCE)):
        ours = [one for one in page if one.object_name == key]
        versions += [DeleteObject(key, one.version_id) for one in ours]
        if len(ours) < len(page):  # a key comes before all those that begin with it
            break
    # Together, lest an older version be the object when we fail in the middle.
    failed = [one.code for one in client.remove_objects(bucket, versions)] if versions else []
    if failed:
        cause = cause_of(failed[0] or "") or "try again"
        raise Unavailable(f"The store did not remove the object ({failed[0]}): {cause}.")
