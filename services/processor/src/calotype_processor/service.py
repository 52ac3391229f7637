"""The processor, put together from its ports."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from calotype_core.ports.fetcher import Fetcher
from calotype_core.ports.labeller import Labeller
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectStore
from calotype_core.service import Service
from calotype_core.settling import Delivery
from calotype_processor.facts import Fact
from calotype_processor.labelling import Labelling
from calotype_processor.overlays import Overlays
from calotype_processor.process_image import Renderer, failed, process_image, wanted

_log = logs.get_logger(__name__)
# Images in flight for each child: while one decodes, the next is read and the last is stored.
_IN_FLIGHT_PER_CHILD = 3


def build(
    *,
    objects: ObjectStore,
    log: EventLog,
    attempts: Attempts,
    fetcher: Fetcher,
    renderer: Renderer,
    children: int,
    bulk_in_flight: int,
    facts: frozenset[Fact],
    scratch: Path,
    clock: Clock,
    random: Random,
    metrics: Metrics,
    labeller: Labeller | None = None,
) -> Service:
    """Return the service. attempts must survive the process: a death of it is an attempt, too.

    labeller is there where labels are among the facts.
    """
    verb = _Processing(
        objects=objects,
        fetcher=fetcher,
        renderer=renderer,
        facts=facts,
        overlays=Overlays(objects),
        clock=clock,
        scratch=scratch,
        metrics=metrics,
        labelling=Labelling(labeller=labeller, clock=clock, metrics=metrics) if labeller else None,
    )

    def lane(group: str, topics: Sequence[str], in_flight: int) -> Consumer[Event]:
        return Consumer(
            service=topology.PROCESSOR,
            group=group,
            topics=topics,
            decode=codec.decode,
            handle=verb.handle,
            give_up=verb.give_up,
            log=log,
            attempts=attempts,
            clock=clock,
            random=random,
            metrics=metrics,
            settings=ConsumerSettings(window=in_flight),
        )

    in_flight = {
        topology.PROCESSOR: _IN_FLIGHT_PER_CHILD * children,
        topology.bulk_group_of(topology.PROCESSOR): bulk_in_flight,
    }
    topics = topology.lanes_of(topology.PROCESSOR)
    lanes = [lane(group, topics[group], most) for group, most in in_flight.items()]
    return Service(
        name=topology.PROCESSOR,
        loops=[lane.run for lane in lanes],
        alive=[lane.check_alive for lane in lanes],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Processing:
    """The verb as the loops call it, and what it comes to, counted."""

    objects: ObjectStore
    fetcher: Fetcher
    renderer: Renderer
    facts: frozenset[Fact]
    overlays: Overlays
    clock: Clock
    scratch: Path
    metrics: Metrics
    labelling: Labelling | None

    async def handle(self, event: Event, delivery: Delivery) -> Sequence[Event]:
        if (asked := wanted(event)) is None:
            return ()
        outcome = await process_image(
            asked,
            attempt=delivery.attempt,
            objects=self.objects,
            fetcher=self.fetcher,
            renderer=self.renderer,
            facts=self.facts,
            overlays=self.overlays,
            clock=self.clock,
            scratch=self.scratch,
            labelling=self.labelling,
        )
        return [self._counted(outcome)]

    def give_up(self, event: Event, failure: Failure, attempts: int) -> Sequence[Event]:
        if (asked := wanted(event)) is None:
            return ()
        return [self._counted(failed(asked, failure, attempts=attempts, at=self.clock.now()))]

    def _counted(self, outcome: ImageOutcome) -> ImageOutcome:
        state = outcome.leads_to.value
        self.metrics.add(IMAGES_TOTAL, state=state)
        took = (self.clock.now() - outcome.accepted_at).total_seconds()
        self.metrics.observe(IMAGE_LATENCY_SECONDS, took, state=state)
        failure = outcome.failure.code if isinstance(outcome, ImageFailed) else None
        _log.info("image finished", state=state, code=failure, seconds=took)
        return outcome
