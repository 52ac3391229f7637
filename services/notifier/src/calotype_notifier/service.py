"""The notifier, put together from its ports."""

from collections.abc import Callable
from random import Random

from calotype_core import topology
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.ids import Ids
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.webhooks import Webhooks
from calotype_core.service import Service
from calotype_notifier.connected import build_live
from calotype_notifier.settings import DeliverySettings, NotifierSettings
from calotype_notifier.telling import Ways, build_telling


def build(
    *,
    log: EventLog,
    images: ImageReader,
    jobs: JobReader,
    deliveries: Deliveries,
    webhooks: Webhooks,
    attempts: Attempts,
    ways: Ways,
    base: str,
    ids: Ids,
    clock: Clock,
    random: Random,
    randomness: Callable[[int], bytes],
    metrics: Metrics,
    settings: NotifierSettings,
    delivery: DeliverySettings,
) -> Service:
    """Return the service, which tells whoever asked, and whoever is connected.

    base is the origin of the URLs that others are told; randomness draws bytes that nobody guesses.
    It reads records, and writes none.
    """
    telling = build_telling(
        log=log,
        images=images,
        jobs=jobs,
        deliveries=deliveries,
        webhooks=webhooks,
        attempts=attempts,
        ways=ways,
        base=base,
        ids=ids,
        clock=clock,
        random=random,
        randomness=randomness,
        metrics=metrics,
        settings=delivery,
    )
    live = build_live(
        log=log, images=images, jobs=jobs, clock=clock, metrics=metrics, settings=settings
    )
    return Service(
        name=topology.NOTIFIER,
        routes=[*live.routes, *telling.routes],
        loops=[*live.loops, *telling.loops],
        alive=telling.alive,
        leaving=live.leaving,
    )
