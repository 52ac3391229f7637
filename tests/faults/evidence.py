"""What the servers and the disk hold of a cluster, read past the product's own services."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from random import Random

from minio import Minio
from minio.datatypes import Object
from minio.error import S3Error

from calotype_core.adapters.mongo.collections import ATTEMPTS
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.deliveries import MongoDeliveries
from calotype_core.adapters.mongo.image_records import MongoImageRecords
from calotype_core.adapters.mongo.job_records import MongoJobRecords
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.domain.image import ImageRecord
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.ports.deliveries import Delivery, Sought
from calotype_core.ports.event_log import Record
from calotype_core.settings import load
from tests.buckets import root_client
from tests.faults.topics import Topics
from tests.receiver import Received

MANY = 100_000
_READERS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything that can be known of a cluster without asking it."""

    records: Sequence[Record]  # of every topic; those of a partition in their order
    lag: Mapping[str, int]  # by service, what its group has not committed
    images: Mapping[str, ImageRecord]
    jobs: Mapping[str, JobRecord]
    items: Mapping[str, Sequence[JobItem]]  # by job
    deliveries: Sequence[Delivery]
    called: Sequence[Received]  # what came to the receiver of callbacks
    attempts: int  # how many events the ledger of attempts remembers
    objects: Mapping[str, str]  # by key, the SHA-256 of what can be read there
    half_uploads: Sequence[str]
    scratch: Sequence[str]  # files that are worked on, or were left over


async def gather(environ: Mapping[str, str], called: Sequence[Received] = ()) -> Evidence:
    """Read everything that the services with these variables have written.

    called is what the receiver of callbacks tells of.
    """
    bucket = environ["CALOTYPE_S3_BUCKET"]
    async with Topics.open(environ) as topics:
        records, lag = await topics.records(), await topics.lag()
    async with Mongo.open(load(MongoSettings, environ), random=Random()) as mongo:
        images = await MongoImageRecords(mongo).newest(MANY)
        ids = {one.job_id for one in images if one.job_id}
        reader = MongoJobRecords(mongo)
        jobs = {one: await reader.get(one) for one in sorted(ids)}
        return Evidence(
            records=records,
            lag=lag,
            images={one.image_id: one for one in images},
            jobs={one: job for one, job in jobs.items() if job},
            items={one: await reader.items(one, start=0, limit=MANY) for one in jobs},
            deliveries=await MongoDeliveries(mongo).newest(Sought(), limit=MANY),
            called=called,
            attempts=await mongo.collection(ATTEMPTS).count_documents({}),
            objects=await asyncio.to_thread(_objects, bucket),
            half_uploads=await asyncio.to_thread(_half_uploads, bucket),
            scratch=[*_scratch(Path(environ["CALOTYPE_SCRATCH_DIR"]))],
        )


def _objects(bucket: str) -> Mapping[str, str]:
    listed = [*_store().list_objects(bucket, recursive=True)]
    with ThreadPoolExecutor(_READERS) as readers:
        digests = readers.map(partial(_readable, bucket), listed)
        kept = zip(listed, digests, strict=True)
        return {one.object_name or "": digest for one, digest in kept if digest}


def _readable(bucket: str, listed: Object) -> str | None:
    try:
        return _digest(bucket, listed.object_name or "", listed.etag, listed.last_modified)
    except S3Error:
        return None  # listed, and not to be read


@lru_cache(maxsize=MANY)
def _digest(bucket: str, key: str, _etag: str | None, _changed_at: datetime | None) -> str:
    """Return the object's SHA-256: read once for as long as the store says that it is the same."""
    answer = _store().get_object(bucket, key)
    try:
        return hashlib.sha256(answer.read()).hexdigest()
    finally:
        answer.close()
        answer.release_conn()


@cache
def _store() -> Minio:
    return root_client()


def _half_uploads(bucket: str) -> Sequence[str]:
    result = _store()._list_multipart_uploads(bucket)  # noqa: SLF001 - nothing public lists them
    return [one.object_name for one in result.uploads]


def _scratch(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "lock":
            yield str(path.relative_to(folder))
