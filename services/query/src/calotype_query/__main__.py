"""Query as a process of its own: python -m calotype_query."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from calotype_core import topology
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.image_records import MongoImageRecords
from calotype_core.adapters.mongo.job_records import MongoJobRecords
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.adapters.prometheus.metrics import PrometheusMetrics
from calotype_core.adapters.s3.object_store import S3ObjectStore
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.housekeeping import watching
from calotype_core.main import Parts, StartSettings, run_service
from calotype_core.process import ProcessSettings
from calotype_core.service import Service
from calotype_query.service import build
from calotype_query.settings import QuerySettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the process can be told."""

    process: ProcessSettings
    start: StartSettings
    query: QuerySettings
    kafka: KafkaSettings
    s3: S3Settings
    mongo: MongoSettings


@asynccontextmanager
async def put_together(settings: Settings) -> AsyncIterator[Parts]:
    """Yield query over Kafka, S3 and MongoDB, ready to run."""
    clock, metrics, random = SystemClock(), PrometheusMetrics(), Random()  # noqa: S311 - jitter
    async with (
        KafkaEventLog.open(settings.kafka, topology.topics_of(topology.QUERY)) as log,
        S3ObjectStore.open(settings.s3) as objects,
        Mongo.open(settings.mongo, random=random) as mongo,
    ):
        query = build(
            log=log,
            images=MongoImageRecords(mongo),
            jobs=MongoJobRecords(mongo),
            objects=objects,
            attempts=MemoryAttempts(),
            clock=clock,
            random=random,
            metrics=metrics,
            settings=settings.query,
        )
        beside = Service(
            name="process",
            loops=[watching(clock, metrics)],
            checks={"kafka": log.check, "s3": objects.check, "mongo": mongo.check},
        )
        yield Parts(services=[query, beside], metrics=metrics, render_metrics=metrics.render)


if __name__ == "__main__":
    run_service(topology.QUERY, Settings, put_together)
