"""Ingest as a process of its own: python -m calotype_ingest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from calotype_core import topology
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.expansions import MongoExpansions
from calotype_core.adapters.mongo.idempotency import MongoIdempotencyKeys
from calotype_core.adapters.mongo.job_records import MongoJobRecords
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.adapters.prometheus.metrics import PrometheusMetrics
from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.inbox import S3Inbox
from calotype_core.adapters.s3.object_store import S3ObjectStore
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.adapters.system.ids import SystemIds
from calotype_core.housekeeping import EXPANSIONS_KEPT, KEYS_KEPT, expiring, watching
from calotype_core.main import Parts, StartSettings, run_service
from calotype_core.process import ProcessSettings
from calotype_core.service import Service
from calotype_ingest.service import InboxWatch, build
from calotype_ingest.settings import IngestSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the process can be told."""

    process: ProcessSettings
    start: StartSettings
    ingest: IngestSettings
    kafka: KafkaSettings
    s3: S3Settings
    mongo: MongoSettings


@asynccontextmanager
async def put_together(settings: Settings) -> AsyncIterator[Parts]:
    """Yield ingest over Kafka, S3 and MongoDB, ready to run."""
    clock, metrics, random = SystemClock(), PrometheusMetrics(), Random()  # noqa: S311 - jitter
    async with (
        KafkaEventLog.open(settings.kafka, topology.topics_of(topology.INGEST)) as log,
        S3Connection.open(settings.s3) as s3,
        Mongo.open(settings.mongo, random=random) as mongo,
    ):
        keys = MongoIdempotencyKeys(mongo)
        expansions = MongoExpansions(mongo)
        objects = S3ObjectStore(s3, settings.s3)
        watch = InboxWatch(
            inbox=S3Inbox(s3),
            every_seconds=settings.ingest.inbox_every_seconds,
            topics=topology.foreign_topics_consumed_by(topology.INGEST),
        )
        ingest = build(
            objects=objects,
            watch=watch,
            log=log,
            keys=keys,
            jobs=MongoJobRecords(mongo),
            expansions=expansions,
            attempts=MemoryAttempts(),
            ids=SystemIds(),
            clock=clock,
            random=random,
            metrics=metrics,
            settings=settings.ingest,
        )
        beside = Service(
            name="process",
            loops=[
                expiring(
                    [
                        lambda now: keys.expire(now - KEYS_KEPT),
                        lambda now: expansions.expire(now - EXPANSIONS_KEPT),
                    ],
                    clock,
                ),
                watching(clock, metrics),
            ],
            checks={"kafka": log.check, "s3": objects.check, "mongo": mongo.check},
        )
        yield Parts(services=[ingest, beside], metrics=metrics, render_metrics=metrics.render)


if __name__ == "__main__":
    run_service(topology.INGEST, Settings, put_together)
