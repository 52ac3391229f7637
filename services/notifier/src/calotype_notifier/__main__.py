"""The notifier as a process of its own: python -m calotype_notifier."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random
from secrets import token_bytes

from calotype_core import logs, topology
from calotype_core.adapters.http.channel import HttpChannel
from calotype_core.adapters.http.settings import WebhookCallSettings
from calotype_core.adapters.kafka.event_log import KafkaEventLog
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.deliveries import MongoDeliveries
from calotype_core.adapters.mongo.image_records import MongoImageRecords
from calotype_core.adapters.mongo.job_records import MongoJobRecords
from calotype_core.adapters.mongo.secrets import MongoSecrets
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.adapters.mongo.webhooks import MongoWebhooks
from calotype_core.adapters.prometheus.metrics import PrometheusMetrics
from calotype_core.adapters.smtp.channel import SmtpChannel
from calotype_core.adapters.smtp.settings import SmtpSettings
from calotype_core.adapters.sns.channel import SnsChannel
from calotype_core.adapters.sns.settings import SnsSettings
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.adapters.system.ids import SystemIds
from calotype_core.housekeeping import DELIVERIES_KEPT, expiring, watching
from calotype_core.main import Parts, StartSettings, run_service
from calotype_core.process import ProcessSettings
from calotype_core.service import Service
from calotype_notifier.own_secret import CallbackSecrets
from calotype_notifier.service import build
from calotype_notifier.settings import DeliverySettings, NotifierSettings
from calotype_notifier.telling import Way, Ways

_log = logs.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the process can be told."""

    process: ProcessSettings
    start: StartSettings
    notifier: NotifierSettings
    delivery: DeliverySettings
    calls: WebhookCallSettings
    sns: SnsSettings
    smtp: SmtpSettings
    kafka: KafkaSettings
    mongo: MongoSettings


@asynccontextmanager
async def put_together(settings: Settings) -> AsyncIterator[Parts]:
    """Yield the notifier over Kafka and MongoDB, ready to run."""
    clock, metrics, random = SystemClock(), PrometheusMetrics(), Random()  # noqa: S311 - jitter
    async with (
        KafkaEventLog.open(settings.kafka, topology.topics_of(topology.NOTIFIER)) as log,
        Mongo.open(settings.mongo, random=random) as mongo,
        _ways(settings, mongo, clock) as ways,
    ):
        deliveries = MongoDeliveries(mongo)
        notifier = build(
            log=log,
            images=MongoImageRecords(mongo),
            jobs=MongoJobRecords(mongo),
            deliveries=deliveries,
            webhooks=MongoWebhooks(mongo),
            attempts=MemoryAttempts(),
            ways=ways,
            base=_base(settings.notifier),
            ids=SystemIds(),
            clock=clock,
            random=random,
            randomness=token_bytes,
            metrics=metrics,
            settings=settings.notifier,
            delivery=settings.delivery,
        )
        expiry = expiring([lambda now: deliveries.expire(now - DELIVERIES_KEPT)], clock)
        beside = Service(
            name="process",
            loops=[watching(clock, metrics), expiry],
            checks={"kafka": log.check, "mongo": mongo.check},
        )
        yield Parts(services=[notifier, beside], metrics=metrics, render_metrics=metrics.render)


@asynccontextmanager
async def _ways(settings: Settings, mongo: Mongo, clock: SystemClock) -> AsyncIterator[Ways]:
    """Yield the ways to tell others that the settings open."""
    secrets = CallbackSecrets(settings.delivery.webhook_secret, MongoSecrets(mongo), token_bytes)
    sns, email = None, None
    async with HttpChannel.open(settings.calls, clock=clock) as webhook, AsyncExitStack() as opened:
        if arn := settings.sns.sns_topic_arn:
            topic = await opened.enter_async_context(SnsChannel.open(settings.sns))
            sns = Way(
                channel=topic,
                to=arn,
                event_types=settings.delivery.sns_events,
                seconds=settings.sns.sns_timeout_seconds,
            )
        if somebody := settings.smtp.email_to:
            letters = await opened.enter_async_context(SmtpChannel.open(settings.smtp, clock=clock))
            email = Way(
                channel=letters,
                to=somebody,
                event_types=settings.delivery.email_events,
                seconds=settings.smtp.smtp_timeout_seconds,
            )
        yield Ways(
            webhook=webhook,
            webhook_seconds=settings.calls.webhook_seconds,
            secrets=secrets,
            sns=sns,
            email=email,
        )


def _base(settings: NotifierSettings) -> str:
    if not settings.public_url:
        _log.warning("CALOTYPE_PUBLIC_URL is not set: others are told paths, and no host")
    return settings.public_url.rstrip("/")


if __name__ == "__main__":
    run_service(topology.NOTIFIER, Settings, put_together)
