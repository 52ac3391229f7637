"""The processor, put together from its ports."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from calotype_core import codec, logs, topology
from calotype_core.consumer import Consumer, ConsumerSettings
from calotype_core.domain.events import Event, ImageFailed, ImageOutcome
from calotype_core.domain.image import Failure
from calotype_core.metric_defs import IMAGE_LATENCY_SECONDS, IMAGES_TOTAL
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectStore
from calotype_core.service import Service
from calotype_core.settling import Delivery
from calotype_processor.process_image import Renderer, failed, process_image, wanted

_log = logs.get_logger(__name__)
# Images in flight for each child: while one decodes, the next is read and the last is stored.
_IN_FLIGHT_PER_CHILD = 3


def build(
    *,
    objects: ObjectStore,
    log: EventLog,
    attempts: Attempts,
    renderer: Renderer,
    children: int,
    scratch: Path,
    clock: Clock,
    random: Random,
    metrics: Metrics,
) -> Service:
    """Return the service. attempts must survive the process: a death of it is an attempt, too."""

    def counted(outcome: ImageOutcome) -> ImageOutcome:
        state = outcome.leads_to.value
        metrics.add(IMAGES_TOTAL, state=state)
        took = clock.now() - outcome.accepted_at
        metrics.observe(IMAGE_LATENCY_SECONDS, took.total_seconds(), state=state)
        failure = outcome.failure.code if isinstance(outcome, ImageFailed) else None
        _log.info("image finished", state=state, code=failure, seconds=took.total_seconds())
        return outcome

    async def handle(event: Event, delivery: Delivery) -> Sequence[Event]:
        if (asked := wanted(event)) is None:
            return ()
        outcome = await process_image(
            asked,
            attempt=delivery.attempt,
            objects=objects,
            renderer=renderer,
            clock=clock,
            scratch=scratch,
        )
        return [counted(outcome)]

    def give_up(event: Event, failure: Failure, attempts: int) -> Sequence[Event]:
        if (asked := wanted(event)) is None:
            return ()
        return [counted(failed(asked, failure, attempts=attempts, at=clock.now()))]

    consumer = Consumer(
        service=topology.PROCESSOR,
        topics=topology.topics_consumed_by(topology.PROCESSOR),
        decode=codec.decode,
        handle=handle,
        give_up=give_up,
        log=log,
        attempts=attempts,
        clock=clock,
        random=random,
        metrics=metrics,
        settings=ConsumerSettings(window=_IN_FLIGHT_PER_CHILD * children),
    )
    return Service(name=topology.PROCESSOR, loops=[consumer.run], alive=[consumer.check_alive])
