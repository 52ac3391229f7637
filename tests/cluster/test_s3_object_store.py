"""What the objects in a bucket promise beside what every object store does."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from minio import Minio
from urllib3 import PoolManager

from calotype_core.adapters.s3.object_store import S3ObjectStore
from calotype_core.adapters.s3.transfers import PART_BYTES
from calotype_core.errors import Unavailable
from calotype_core.ports.object_store import (
    CHUNK_BYTES,
    InvalidKeyError,
    LocalFile,
    ObjectMissingError,
    SupportsPresign,
)
from tests import buckets
from tests.meddler import between
from tests.servers import environ

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]

ODD = 77_777
LARGE = bytes(range(256)) * 49_152  # 12 MiB


@pytest.fixture
def bucket() -> str:
    return buckets.new_bucket(buckets.new_name())


@pytest.fixture
async def store(bucket: str) -> AsyncIterator[S3ObjectStore]:
    async with S3ObjectStore.open(buckets.settings_of(bucket)) as opened:
        yield opened


@pytest.fixture
def client() -> Minio:
    return buckets.root_client()


async def odd_chunks(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), ODD):
        yield data[at : at + ODD]


async def put(store: S3ObjectStore, key: str, data: bytes) -> str:
    return (await store.put(key, odd_chunks(data), content_type="image/png")).sha256


async def get(store: S3ObjectStore, key: str) -> bytes:
    return b"".join([chunk async for chunk in store.get(key)])


def half_uploads(client: Minio, bucket: str, key: str) -> Sequence[object]:
    # MinIO lists those of one key only, and the library has no public call for it.
    return client._list_multipart_uploads(bucket, prefix=key).uploads  # noqa: SLF001


def versions(client: Minio, bucket: str, key: str) -> int:
    every = client.list_objects(bucket, key, recursive=True, include_version=True)
    return sum(one.object_name == key for one in every)


async def test_a_large_body_goes_in_parts(store: S3ObjectStore, bucket: str, client: Minio) -> None:
    """What is larger than a part is sent in parts, whatever chunks it comes in, and is one object.

    This holds the library's private calls to what they did when PartedUpload was written.
    """
    assert await put(store, "key", LARGE) == hashlib.sha256(LARGE).hexdigest()
    assert await get(store, "key") == LARGE
    found = client.stat_object(bucket, "key")
    assert found.etag
    assert found.etag.endswith("-3")
    assert found.content_type == "image/png"


@pytest.mark.parametrize("size", [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES])
async def test_parts_end_where_they_should(store: S3ObjectStore, size: int) -> None:
    """A body that ends just before, at or after the end of a part comes back as it was."""
    stored = await store.put("key", odd_chunks(LARGE[:size]), content_type="image/png")
    assert stored.size_bytes == size
    assert await get(store, "key") == LARGE[:size]


async def test_a_large_file_is_taken_in_parts(
    store: S3ObjectStore, bucket: str, client: Minio, tmp_path: Path
) -> None:
    """A large file is one object too, and gone from here."""
    path = tmp_path / "print"
    path.write_bytes(LARGE)
    [stored] = await store.put_files([LocalFile(key="key", path=path, content_type="image/webp")])
    assert stored.sha256 == hashlib.sha256(LARGE).hexdigest()
    assert stored.size_bytes == len(LARGE)
    assert not path.exists()
    assert await get(store, "key") == LARGE
    assert half_uploads(client, bucket, "key") == []


async def test_a_broken_body_leaves_no_parts(
    store: S3ObjectStore, bucket: str, client: Minio
) -> None:
    """When the chunks break off after parts were sent, the parts are removed again."""
    seen: list[object] = []

    async def broken() -> AsyncIterator[bytes]:
        yield LARGE
        seen.extend(half_uploads(client, bucket, "key"))
        raise LookupError("the client has gone")

    with pytest.raises(LookupError, match="the client has gone"):
        await store.put("key", broken(), content_type="image/png")
    assert len(seen) == 1
    assert half_uploads(client, bucket, "key") == []
    assert [key async for key in store.list("")] == []


async def test_a_cancelled_put_leaves_nothing(
    store: S3ObjectStore, bucket: str, client: Minio
) -> None:
    """When the caller is cancelled with parts on their way, nothing of them stays."""
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield LARGE
            begun.set()

    putting = asyncio.create_task(store.put("key", endless(), content_type="image/png"))
    await begun.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert half_uploads(client, bucket, "key") == []
    assert [key async for key in store.list("")] == []


@pytest.mark.parametrize("size", [1000, len(LARGE)])
async def test_a_body_that_was_changed_on_the_way_is_refused(
    bucket: str, client: Minio, size: int
) -> None:
    """The store takes no other bytes than those that were sent, in one request or in parts."""
    mark, other = b"what-was-sent", b"what-was-not."
    data = mark + LARGE[: size - len(mark)]
    async with (
        between(
            environ()["CALOTYPE_S3_ENDPOINT"], request=lambda data: data.replace(mark, other)
        ) as way,
        S3ObjectStore.open(buckets.settings_of(bucket, CALOTYPE_S3_ENDPOINT=way.endpoint)) as store,
    ):
        with pytest.raises(Unavailable, match="changed on the way"):
            await put(store, "key", data)
    assert versions(client, bucket, "key") == 0
    assert half_uploads(client, bucket, "key") == []


async def test_a_lost_reply_is_made_good(bucket: str, store: S3ObjectStore) -> None:
    """When the answer to a put is lost, it is put again, and the object is what it should be."""
    lost: list[bytes] = []

    def reply(data: bytes) -> bytes | None:
        if lost:
            return data
        lost.append(data)
        return None

    async with (
        between(environ()["CALOTYPE_S3_ENDPOINT"], reply=reply) as way,
        S3ObjectStore.open(buckets.settings_of(bucket, CALOTYPE_S3_ENDPOINT=way.endpoint)) as there,
    ):
        assert await put(there, "key", b"bytes") == hashlib.sha256(b"bytes").hexdigest()
        assert way.connections == 2
    assert lost[0].startswith(b"HTTP/1.1 200")
    assert await get(store, "key") == b"bytes"


async def test_a_connection_that_breaks_is_said_to(bucket: str, store: S3ObjectStore) -> None:
    """When the connection breaks in the middle of an object, the reader is told, not cut short."""
    await put(store, "key", LARGE)
    passed = 0

    def reply(data: bytes) -> bytes | None:
        nonlocal passed
        passed += len(data)
        return data if passed < 3_000_000 else None

    async with (
        between(environ()["CALOTYPE_S3_ENDPOINT"], reply=reply) as way,
        S3ObjectStore.open(buckets.settings_of(bucket, CALOTYPE_S3_ENDPOINT=way.endpoint)) as there,
    ):
        chunks = there.get("key")
        assert await anext(chunks) == LARGE[:CHUNK_BYTES]
        with pytest.raises(Unavailable, match="broke the connection off"):
            async for _ in chunks:
                pass


async def test_a_reader_may_leave_early(store: S3ObjectStore) -> None:
    """A reader that stops, is cancelled, or outlives the store lets go of its connection."""
    await put(store, "key", LARGE)
    for _ in range(40):  # more than there are threads
        async with aclosing(store.get("key")) as chunks:
            assert await anext(chunks)
    reading = asyncio.create_task(get(store, "key"))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await get(store, "key") == LARGE


async def test_many_slow_readers_hold_up_nobody(store: S3ObjectStore) -> None:
    """Readers that pause keep no thread, and others read on beside them."""
    await put(store, "key", LARGE)
    paused = [store.get("key") for _ in range(40)]
    assert {len(await anext(one)) for one in paused} == {CHUNK_BYTES}
    assert await get(store, "key") == LARGE
    for one in paused:
        await one.aclose()


async def test_a_deleted_object_is_gone(store: S3ObjectStore, bucket: str, client: Minio) -> None:
    """In a bucket with versions, delete removes all of them, even of an object hidden already."""
    for _ in range(3):
        await put(store, "key", b"bytes")
        await put(store, "key2", b"other")
    client.remove_object(bucket, "key")
    assert versions(client, bucket, "key") == 4
    await store.delete("key")
    assert versions(client, bucket, "key") == 0
    assert versions(client, bucket, "key2") == 3


async def test_a_hidden_object_is_missing(store: S3ObjectStore, bucket: str, client: Minio) -> None:
    """What others deleted in the way of buckets with versions is no object any more."""
    await put(store, "key", b"bytes")
    client.remove_object(bucket, "key")
    with pytest.raises(ObjectMissingError):
        await store.size("key")
    assert [key async for key in store.list("")] == []


async def test_what_else_lies_there_is_no_object(
    store: S3ObjectStore, bucket: str, client: Minio
) -> None:
    """The markers of folders that browsers of buckets leave are not listed."""
    client._put_object(bucket, "uploads/", b"")  # noqa: SLF001 - the public call refuses the key
    await put(store, "uploads/a b+c%20.jpg", b"bytes")
    assert [key async for key in store.list("uploads/")] == ["uploads/a b+c%20.jpg"]


async def test_a_word_of_the_stores_own_is_no_key(store: S3ObjectStore) -> None:
    """A key that MinIO would take for a folder is refused."""
    with pytest.raises(InvalidKeyError):
        await put(store, "uploads/a__XLDIR__", b"bytes")


async def test_a_stranger_may_be_let_put_one_object(store: S3ObjectStore, bucket: str) -> None:
    """A presigned URL takes the bytes of its key, under the public address, and no other's."""
    assert isinstance(store, SupportsPresign)
    http = PoolManager()
    async with between(environ()["CALOTYPE_S3_ENDPOINT"]) as public:
        told = buckets.settings_of(bucket, CALOTYPE_S3_PUBLIC_ENDPOINT=public.endpoint)
        async with S3ObjectStore.open(told) as there:
            url = await there.presigned_put("uploads/a b.jpg", expires_seconds=60)
        assert url.startswith(f"{public.endpoint}/{bucket}/uploads/a%20b.jpg?")
        for sent, status in ((url, 200), (url.replace("a%20b", "c"), 403)):
            answer = await asyncio.to_thread(http.request, "PUT", sent, body=b"bytes")
            assert answer.status == status
    http.clear()
    assert await get(store, "uploads/a b.jpg") == b"bytes"
    assert [key async for key in store.list("")] == ["uploads/a b.jpg"]


async def test_a_presigned_url_expires(store: S3ObjectStore) -> None:
    """After its time a presigned URL is worth nothing."""
    http = PoolManager()
    url = await store.presigned_put("uploads/a", expires_seconds=1)
    await asyncio.sleep(2.1)
    answer = await asyncio.to_thread(http.request, "PUT", url, body=b"bytes")
    http.clear()
    assert answer.status == 403
    assert [key async for key in store.list("")] == []


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CALOTYPE_S3_ACCESS_KEY", "nobody"),
        ("CALOTYPE_S3_SECRET_KEY", "not-the-secret"),
        ("CALOTYPE_S3_BUCKET", "no-such-bucket"),
        ("CALOTYPE_S3_ENDPOINT", "http://127.0.0.1:1"),
    ],
)
async def test_a_check_names_what_is_wrong(store: S3ObjectStore, variable: str, text: str) -> None:
    """A check passes where all is well, else it names the variable to look at and no secret."""
    await store.check()
    told = buckets.settings_of("no-such-bucket", **{variable: text})
    async with S3ObjectStore.open(told) as wrong:
        with pytest.raises(Unavailable, match=variable) as raised:
            await wrong.check()
    assert told.s3_secret_key not in raised.value.message
