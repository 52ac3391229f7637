"""Buckets of a test's own on the real store; they are gone with the process that made them."""

import atexit
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from minio import Minio
from minio.commonconfig import ENABLED
from minio.deleteobjects import DeleteObject
from minio.notificationconfig import NotificationConfig, PrefixFilterRule, QueueConfig
from minio.versioningconfig import VersioningConfig

from calotype_core.adapters.s3.client import client_of
from calotype_core.adapters.s3.object_store import S3ObjectStore
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.settings import load
from tests.servers import environ

_THIS_RUN = uuid4().hex


def settings_of(bucket: str, **changes: str) -> S3Settings:
    """Return what leads to the bucket with every right, but for what is changed."""
    return load(S3Settings, {**environ(), "CALOTYPE_S3_BUCKET": bucket, **changes})


def root_client() -> Minio:
    """Return a client that may do everything."""
    settings = settings_of("unused")
    return client_of(settings, settings.s3_endpoint)


def new_name() -> str:
    """Return a bucket name that nothing else has; it is removed at the end if it was used."""
    name = f"test-{uuid4().hex}"
    atexit.register(remove_bucket, name)
    return name


def new_bucket(name: str | None = None) -> str:
    """Make a bucket that keeps versions, as `calotype bucket ensure` does, and return its name."""
    name = name or new_name()
    client = root_client()
    if not client.bucket_exists(name):
        client.make_bucket(name)
        client.set_bucket_versioning(name, VersioningConfig(ENABLED))
    return name


def announce_uploads(name: str) -> None:
    """Have the store tell of what is created under uploads/, in Kafka, as docs/how-to has it."""
    queue = QueueConfig(
        queue="arn:minio:sqs::CALOTYPE:kafka",
        events=["s3:ObjectCreated:*"],
        prefix_filter_rule=PrefixFilterRule("uploads/"),
    )
    root_client().set_bucket_notification(name, NotificationConfig(queue_config_list=[queue]))


def remove_bucket(name: str) -> None:
    """Remove the bucket and everything in it."""
    client = root_client()
    if client.bucket_exists(name):
        every = client.list_objects(name, recursive=True, include_version=True)
        versions = [DeleteObject(one.object_name or "", one.version_id) for one in every]
        assert list(client.remove_objects(name, versions)) == []
        client.remove_bucket(name)


@asynccontextmanager
async def store_at(folder: Path) -> AsyncIterator[S3ObjectStore]:
    """Open the store of this folder's bucket, which is made the first time."""
    name = "test-" + hashlib.sha256(f"{_THIS_RUN}{folder}".encode()).hexdigest()[:32]
    atexit.register(remove_bucket, name)
    async with S3ObjectStore.open(settings_of(new_bucket(name))) as store:
        yield store
