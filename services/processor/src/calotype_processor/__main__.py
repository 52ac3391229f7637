"""The processor as a process of its own: python -m calotype_processor."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from random import Random

from calotype_core import topology
from calotype_core.adapters.http.fetcher import HttpFetcher
from calotype_core.adapters.http.settings import FetchSettings
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.labellers import labeller_by
from calotype_core.adapters.mongo.attempts import MongoAttempts
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.adapters.prometheus.metrics import PrometheusMetrics
from calotype_core.adapters.rekognition.settings import RekognitionSettings
from calotype_core.adapters.s3.object_store import S3ObjectStore
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.housekeeping import watching
from calotype_core.main import Parts, StartSettings, run_service
from calotype_core.ports.labeller import Labeller
from calotype_core.process import ProcessSettings
from calotype_core.service import Service
from calotype_processor.engine.pool import Engine
from calotype_processor.facts import Fact
from calotype_processor.labelling import MODEL
from calotype_processor.scratch import ScratchSettings, scratch_folder
from calotype_processor.service import build
from calotype_processor.settings import LabelSettings, ProcessorSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the process can be told."""

    process: ProcessSettings
    start: StartSettings
    scratch: ScratchSettings
    processor: ProcessorSettings
    labels: LabelSettings
    rekognition: RekognitionSettings
    fetch: FetchSettings
    kafka: KafkaSettings
    s3: S3Settings
    mongo: MongoSettings


@asynccontextmanager
async def put_together(settings: Settings) -> AsyncIterator[Parts]:
    """Yield the processor over Kafka, S3 and MongoDB, ready to run."""
    clock, metrics, random = SystemClock(), PrometheusMetrics(), Random()  # noqa: S311 - jitter
    with scratch_folder(settings.scratch.scratch_dir) as scratch:
        async with (
            KafkaEventLog.open(settings.kafka, topology.topics_of(topology.PROCESSOR)) as log,
            S3ObjectStore.open(settings.s3) as objects,
            Mongo.open(settings.mongo, random=random) as mongo,
            HttpFetcher.open(
                settings.fetch, clock=clock, random=random, metrics=metrics
            ) as fetcher,
            Engine.start(
                settings.processor.engine_limits(),
                children=settings.processor.processor_children,
                metrics=metrics,
                clock=clock,
                recycle_after=settings.processor.child_recycle_after,
            ) as engine,
            _labeller(settings) as labeller,
        ):
            processor = build(
                objects=objects,
                log=log,
                attempts=MongoAttempts(mongo),  # a death of this process is an attempt, too
                fetcher=fetcher,
                renderer=engine,
                children=engine.children,
                bulk_in_flight=settings.processor.bulk_in_flight,
                facts=settings.processor.facts,
                scratch=scratch,
                clock=clock,
                random=random,
                metrics=metrics,
                labeller=labeller,
            )
            beside = Service(
                name="process",
                loops=[watching(clock, metrics)],
                checks={"kafka": log.check, "s3": objects.check, "mongo": mongo.check},
            )
            yield Parts(
                services=[processor, beside], metrics=metrics, render_metrics=metrics.render
            )


def _labeller(settings: Settings) -> AbstractAsyncContextManager[Labeller | None]:
    if Fact.LABELS not in settings.processor.facts:
        return nullcontext()
    return labeller_by(
        settings.labels.labels_by,
        settings.labels.bounds(),
        model=MODEL,
        rekognition=settings.rekognition,
    )


if __name__ == "__main__":
    run_service(topology.PROCESSOR, Settings, put_together)
