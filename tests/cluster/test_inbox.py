"""A real bucket as the door: what is put under uploads/, by whatever client, becomes one image."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from random import Random

import httpx
import pytest

from calotype_core import codec
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.idempotency import MemoryIdempotencyKeys
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.inbox import S3Inbox
from calotype_core.adapters.s3.object_store import S3ObjectStore
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.adapters.system.ids import SystemIds
from calotype_core.domain.events import ImageAccepted
from calotype_core.links import status_by_name_path
from calotype_core.settings import load
from calotype_core.topology import IMAGES_ACCEPTED, RETENTION, UPLOADS
from calotype_ingest.accept_object import InboxDoor
from calotype_ingest.bucket_events import decode_bucket_event
from calotype_ingest.door import Defaults, Door
from calotype_ingest.empty_inbox import InboxEmptier
from calotype_ingest.presign import presigned
from calotype_ingest.settings import IngestSettings
from calotype_ingest.sheets import sheet_rules
from tests import buckets
from tests.photographs import photograph
from tests.servers import environ
from tests.unit.ingest.doors import DEFAULT, sha256

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]

ODD = ("plain.jpg", "a photo, später.jpg", "2026/märz/1+1=2 & 100%25.jpg", "Урок ☕ #3?.jpg")
PART_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class Bucket:
    """A bucket, its inbox, and a log in memory of what became of what was put there."""

    name: str
    inbox: S3Inbox
    objects: S3ObjectStore
    log: MemoryEventLog

    async def put(self, key: str, data: bytes) -> None:
        """Put an object as any client does, in parts where it is large."""
        client = buckets.root_client()
        await asyncio.to_thread(
            client.put_object,
            self.name,
            f"uploads/{key}",
            BytesIO(data),
            len(data),
            part_size=PART_BYTES,
        )

    def emptier(self, *, upload_max_bytes: int = 100 * PART_BYTES) -> InboxEmptier:
        """Return what a process has that was started just now."""
        door = InboxDoor(
            inbox=self.inbox,
            objects=self.objects,
            log=self.log,
            clock=SystemClock(),
            metrics=MemoryMetrics(),
            instructions=DEFAULT,
            settings=IngestSettings(upload_max_bytes=upload_max_bytes),
        )
        return InboxEmptier(door, Random(0))

    async def empty(self) -> None:
        await self.emptier().empty(asyncio.Event())

    async def announced(self) -> list[ImageAccepted]:
        records = await self.log.read({IMAGES_ACCEPTED: 0}, 10_000)
        events = [codec.decode(record) for record in records]
        return [one for one in events if isinstance(one, ImageAccepted)]

    def versions(self) -> list[str]:
        """Return the keys of every version, and of every marker, that is left in the inbox."""
        every = buckets.root_client().list_objects(
            self.name, "uploads/", recursive=True, include_version=True
        )
        return [one.object_name or "" for one in every]

    async def original(self, event: ImageAccepted) -> str:
        """Return the SHA-256 of an image's original."""
        assert event.original is not None
        return sha256(b"".join([one async for one in self.objects.get(event.original.key)]))


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Bucket]:
    settings = buckets.settings_of(name)
    async with S3Connection.open(settings) as s3:
        log = MemoryEventLog(SystemClock())
        yield Bucket(name, S3Inbox(s3), S3ObjectStore(s3, settings), log)


def without_versions() -> str:
    name = buckets.new_name()
    buckets.root_client().make_bucket(name)
    return name


@pytest.fixture(params=[buckets.new_bucket, without_versions], ids=["versions", "no versions"])
async def bucket(request: pytest.FixtureRequest) -> AsyncIterator[Bucket]:
    async with opened(request.param()) as one:
        yield one


async def test_objects_become_images(bucket: Bucket) -> None:
    """Whatever its owner called it, an object is taken in under its name, and nothing is left."""
    sent = {name: photograph(64, 64, seed=seed) for seed, name in enumerate(ODD)}
    sent["large.jpg"] = photograph(64, 64) + bytes(2 * PART_BYTES)
    for name, data in sent.items():
        await bucket.put(name, data)
    await bucket.empty()
    events = await bucket.announced()
    assert {one.filename: await bucket.original(one) for one in events} == {
        name: sha256(data) for name, data in sent.items()
    }
    assert bucket.versions() == []


async def test_several_processes_at_one_bucket(bucket: Bucket) -> None:
    """Replicas that empty a bucket together make each image once between them."""
    for number in range(40):
        await bucket.put(f"{number}.jpg", photograph(32, 32, seed=number))
    emptiers = [bucket.emptier() for _ in range(3)]
    await asyncio.gather(*(one.empty(asyncio.Event()) for one in emptiers))
    events = await bucket.announced()
    assert len({one.event_id for one in events}) == 40
    assert {one.filename for one in events} == {f"{number}.jpg" for number in range(40)}
    assert bucket.versions() == []


async def test_every_version_is_an_image() -> None:
    """Where the bucket keeps versions, objects that follow at once under one key are all taken."""
    async with opened(buckets.new_bucket()) as bucket:
        sent = [photograph(32, 32, seed=seed) for seed in range(3)]
        for data in sent:
            await bucket.put("camera.jpg", data)
        for _ in sent:
            await bucket.empty()
        events = await bucket.announced()
        assert sorted([await bucket.original(one) for one in events]) == sorted(map(sha256, sent))
        assert bucket.versions() == []


async def test_a_version_that_was_overtaken_is_removed_all_the_same() -> None:
    """Removing an older version leaves the newer one, and nothing that would come up again."""
    async with opened(buckets.new_bucket()) as bucket:
        await bucket.put("camera.jpg", b"old")
        old = await bucket.inbox.find("camera.jpg")
        await bucket.put("camera.jpg", b"new")
        new = await bucket.inbox.find("camera.jpg")
        assert old is not None
        assert new is not None
        await bucket.inbox.remove(old)
        assert bucket.versions() == ["uploads/camera.jpg"]
        assert await bucket.inbox.find("camera.jpg") == new


async def test_what_is_too_large_stays(bucket: Bucket) -> None:
    """An object over the limit is announced by its size, and is its owner's still."""
    await bucket.put("big.jpg", bytes(1001))
    await bucket.emptier(upload_max_bytes=1000).empty(asyncio.Event())
    [event] = await bucket.announced()
    assert event.original is not None
    assert not event.original.is_taken_in
    assert bucket.versions() == ["uploads/big.jpg"]


async def test_an_image_is_put_straight_into_the_store(bucket: Bucket) -> None:
    """Who was given a place sends the image there with a bare PUT, and knows its status address."""
    door = Door(
        objects=bucket.objects,
        log=bucket.log,
        keys=MemoryIdempotencyKeys(),
        ids=SystemIds(),
        clock=SystemClock(),
        metrics=MemoryMetrics(),
        settings=IngestSettings(),
        defaults=Defaults.of(IngestSettings()),
        sheets=sheet_rules(IngestSettings()),
    )
    place = await presigned(door, "a photo, später+.jpg", "https://images.example")
    photo = photograph(320, 240)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.request(place.method, place.upload_url, content=photo)
        elsewhere = place.upload_url.replace("uploads", "originals", 1)
        assert (await client.put(elsewhere, content=photo)).status_code == 403
    assert answer.status_code == 200, answer.text
    await bucket.empty()
    [event] = await bucket.announced()
    assert await bucket.original(event) == sha256(photo)
    assert place.status_url == f"https://images.example{status_by_name_path(event.filename or '')}"


async def test_what_the_store_says_leads_to_the_object(bucket: Bucket) -> None:
    """What MinIO puts into Kafka of an object is understood, and has the key as it was given."""
    kafka = replace(load(KafkaSettings, environ()), kafka_namespace="")  # the store knows no other
    await ensure_topics(kafka, {UPLOADS: RETENTION[UPLOADS]})
    buckets.announce_uploads(bucket.name)
    async with KafkaEventLog.open(kafka) as log, log.tail([UPLOADS]) as tail:
        for name in ODD:
            await bucket.put(name, photograph(32, 32))
        told: list[str] = []
        async with asyncio.timeout(60):
            while len(told) < len(ODD):
                records = await tail.poll(100, 1)
                ours = [one for one in records if bucket.name in one.value.decode()]
                told += [key for one in ours for key in decode_bucket_event(one).keys]
    assert sorted(told) == sorted(ODD)
    found = [await bucket.inbox.find(key) for key in told]
    assert [one.key for one in found if one] == told
