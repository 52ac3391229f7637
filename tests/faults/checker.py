"""What must be true after every fault, read from what clients were told and what is on disk."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from calotype_core import codec, topology
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.event_log import SqliteEventLog
from calotype_core.adapters.sqlite.image_records import SqliteImageRecords
from calotype_core.adapters.sqlite.job_records import SqliteJobRecords
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.events import ImageFailed, ImageProcessed
from calotype_core.domain.lifecycle import Status
from calotype_core.ports.event_log import Record
from tests.faults.promised import MORE, Promised
from tests.faults.replay import replay


def check_over_http(client: httpx.Client, promised: Promised) -> None:
    """Every image that got an answer is done, and readable with the recorded checksums."""
    assert not promised.wrong
    for image_id in promised.images:
        check_image(client, image_id)
    for image_id in promised.more:
        assert MORE in client.get(f"/status/{image_id}").json()["urls"], image_id
    for job_id, files in promised.jobs.items():
        job = client.get(f"/status/{job_id}").json()
        states = [one["status"] for one in job["items"]]
        assert job["total"] == len(files) == len(states), job
        assert job["completed"] == states.count("completed"), job
        assert job["failed"] == states.count("failed"), job
        assert (job["waiting"], job["running"]) == (0, 0), job
        for one in job["items"]:
            check_image(client, one["imageId"])


def check_image(client: httpx.Client, image_id: str) -> None:
    image: dict[str, Any] = client.get(f"/images/{image_id}").json()
    assert image["status"] == "completed", image
    for one in image["renditions"]:
        content = client.get(one["url"]).content
        assert hashlib.sha256(content).hexdigest() == one["sha256"], one


async def check_on_disk(data_dir: Path, promised: Promised) -> None:
    """Nothing is left over, nothing is unread, one outcome an image, records equal a replay."""
    for leftovers in ("scratch", "objects/.partial"):
        assert not [*data_dir.glob(f"{leftovers}/*")], leftovers  # noqa: ASYNC240 - nobody waits
    async with Database.open(data_dir / "calotype.sqlite3") as database:
        log = SqliteEventLog(database, SystemClock())
        for service in topology.SERVICES:
            for group, topics in topology.lanes_of(service).items():
                async with log.subscribe(group, topics) as subscription:
                    assert not any((await subscription.lag()).values()), group
        records = await read_all(log)
        check_outcomes(records, promised)
        await check_replay(records, database)


async def read_all(log: SqliteEventLog) -> list[Record]:
    topics = [one for one in topology.RETENTION if one != topology.DEAD_LETTERS]
    records: list[Record] = []
    async with log.subscribe("checker", topics) as subscription:
        while found := await subscription.poll(1000, 0):
            records += found
    return records


def check_outcomes(records: Iterable[Record], promised: Promised) -> None:
    outcomes = defaultdict(set)
    for record in records:
        event = codec.decode(record)
        if isinstance(event, ImageProcessed | ImageFailed) and event.request_id is None:
            outcomes[event.image_id].add(event.event_id)
    for image_id in promised.images:
        assert len(outcomes[image_id]) == 1, (image_id, outcomes[image_id])


async def check_replay(records: Iterable[Record], database: Database) -> None:
    """Fold the log into empty records, and find what the projector has written."""
    images, jobs = await replay(records)
    for image in await images.newest(10_000):
        assert await SqliteImageRecords(database).get(image.image_id) == image
        if image.job_id is not None:
            job = await jobs.get(image.job_id)
            assert await SqliteJobRecords(database).get(image.job_id) == job
            assert image.status is not Status.PROCESSING
