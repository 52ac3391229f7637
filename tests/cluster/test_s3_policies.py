"""Each service's own key lets it do its work, and nothing else (deploy/policies/s3)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex

import pytest
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider
from urllib3 import PoolManager

from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.inbox import S3Inbox
from calotype_core.adapters.s3.object_store import S3ObjectStore
from calotype_core.errors import Unavailable
from calotype_core.ports.object_store import LocalFile, ObjectMissingError
from tests import buckets

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]

POLICIES = Path(__file__).parents[2] / "deploy" / "policies" / "s3"
SERVICES = ("ingest", "processor", "query")
FOLDERS = ("originals", "renditions", "jobs", "uploads", "watermarks", "elsewhere")
LARGE = b"x" * 6_000_000  # goes in parts

Key = tuple[str, str]


@pytest.fixture(scope="module")
def bucket() -> str:
    return buckets.new_bucket(buckets.new_name())


@pytest.fixture(scope="module")
def keys(bucket: str) -> Iterator[dict[str, Key]]:
    """Give each service a user of its own with its own policy, and take all of them away again."""
    settings = buckets.settings_of(bucket)
    admin = MinioAdmin(
        endpoint=settings.s3_endpoint.removeprefix("http://"),
        credentials=StaticProvider(settings.s3_access_key, settings.s3_secret_key),
        region=settings.s3_region,
        secure=False,
        http_client=PoolManager(),
    )
    users = {service: (f"{service}-{token_hex(4)}", token_hex(16)) for service in SERVICES}
    for service, (user, secret) in users.items():
        policy = (POLICIES / f"{service}.json").read_text().replace("BUCKET", bucket)
        admin.policy_add(user, policy=json.loads(policy))
        admin.user_add(user, secret)
        admin.attach_policy([user], user=user)
    yield users
    for user, _ in users.values():
        admin.user_remove(user)
        admin.policy_remove(user)


@pytest.fixture
async def everything(bucket: str) -> AsyncIterator[S3ObjectStore]:
    """Open the store with every right, an object in each of its folders."""
    async with S3ObjectStore.open(buckets.settings_of(bucket)) as store:
        for folder in FOLDERS:
            await put(store, folder)
        yield store


@asynccontextmanager
async def store_of(service: str, bucket: str, keys: dict[str, Key]) -> AsyncIterator[S3ObjectStore]:
    user, secret = keys[service]
    settings = buckets.settings_of(
        bucket, CALOTYPE_S3_ACCESS_KEY=user, CALOTYPE_S3_SECRET_KEY=secret
    )
    async with S3ObjectStore.open(settings) as store:
        yield store


async def put(store: S3ObjectStore, folder: str, data: bytes = b"bytes") -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield data

    await store.put(f"{folder}/one", chunks(), content_type="image/png")


async def read(store: S3ObjectStore, folder: str) -> None:
    assert [chunk async for chunk in store.get(f"{folder}/one")]


async def delete(store: S3ObjectStore, folder: str) -> None:
    await store.delete(f"{folder}/one")


async def find(store: S3ObjectStore, folder: str) -> None:
    assert [key async for key in store.list(f"{folder}/")]


MAY = {
    "ingest": {
        read: {"originals", "jobs", "uploads", "watermarks"},
        put: {"originals", "jobs", "uploads", "watermarks"},
        delete: {"originals", "jobs", "uploads", "watermarks"},
        find: {"uploads", "originals", "watermarks"},
    },
    "processor": {
        read: {"originals", "watermarks"},
        put: {"renditions", "originals"},
        delete: set(),
        find: set(),
    },
    "query": {
        read: {"renditions", "jobs", "watermarks"},
        put: set(),
        delete: {"originals", "renditions", "jobs"},
        find: {"renditions", "jobs", "originals", "watermarks"},
    },
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("folder", FOLDERS)
async def test_a_key_opens_its_services_doors_only(
    everything: S3ObjectStore, bucket: str, keys: dict[str, Key], service: str, folder: str
) -> None:
    """In each folder, a service can do what it does there, and is refused all else."""
    async with store_of(service, bucket, keys) as store:
        for deed, folders in MAY[service].items():
            if folder in folders:
                await deed(store, folder)
                await put(everything, folder)
            else:
                with pytest.raises(Unavailable, match="CALOTYPE_S3_ACCESS_KEY"):
                    await deed(store, folder)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_key_is_enough_to_be_ready(bucket: str, keys: dict[str, Key], service: str) -> None:
    """A service's check passes with its own key, which cannot see what there is in all."""
    async with store_of(service, bucket, keys) as store:
        await store.check()
        with pytest.raises(Unavailable, match="AccessDenied"):
            await anext(store.list(""))


async def test_a_key_is_enough_for_large_objects(
    bucket: str, keys: dict[str, Key], tmp_path: Path
) -> None:
    """Ingest and the processor may put in parts, and take the parts back."""

    async def broken() -> AsyncIterator[bytes]:
        yield LARGE
        raise LookupError

    client = buckets.root_client()
    for service, key in (("ingest", "originals/large"), ("processor", "renditions/large")):
        (tmp_path / service).write_bytes(LARGE)
        file = LocalFile(key=key, path=tmp_path / service, content_type="image/png")
        async with store_of(service, bucket, keys) as store:
            await store.put_files([file])
            with pytest.raises(LookupError):
                await store.put(key, broken(), content_type="image/png")
        assert client._list_multipart_uploads(bucket, prefix=key).uploads == []  # noqa: SLF001


async def test_a_presigned_url_may_do_what_its_signer_may(
    bucket: str, keys: dict[str, Key]
) -> None:
    """A URL that ingest signs takes an upload; one that another service signs does not."""
    http = PoolManager()
    for service, status in (("ingest", 200), ("processor", 403), ("query", 403)):
        async with store_of(service, bucket, keys) as store:
            url = await store.presigned_put("uploads/two", expires_seconds=60)
        answer = await asyncio.to_thread(http.request, "PUT", url, body=b"bytes")
        assert answer.status == status
    http.clear()


async def test_ingests_key_is_enough_to_empty_the_inbox(
    everything: S3ObjectStore, bucket: str, keys: dict[str, Key]
) -> None:
    """Ingest lists, looks up, reads and removes what is there, a version of its own each time."""
    for data in (b"first", b"second"):
        await put(everything, "uploads", data)
    user, secret = keys["ingest"]
    settings = buckets.settings_of(
        bucket, CALOTYPE_S3_ACCESS_KEY=user, CALOTYPE_S3_SECRET_KEY=secret
    )
    async with S3Connection.open(settings) as connection:
        inbox = S3Inbox(connection)
        while arrivals := [one async for one in inbox.list()]:
            for arrival in arrivals:
                assert await inbox.find(arrival.key) == arrival
                assert [chunk async for chunk in inbox.read(arrival)]
                await inbox.remove(arrival)
        assert await inbox.find("never.jpg") is None
    assert [key async for key in everything.list("uploads/")] == []


async def test_a_missing_object_is_missing_to_a_key_of_its_own(
    bucket: str, keys: dict[str, Key]
) -> None:
    """Who may read a folder learns that an object is missing there, not that it is forbidden."""
    for service, folder in (
        ("ingest", "jobs"),
        ("processor", "originals"),
        ("query", "renditions"),
        ("query", "jobs"),
    ):
        async with store_of(service, bucket, keys) as store:
            with pytest.raises(ObjectMissingError):
                await store.size(f"{folder}/nothing")
