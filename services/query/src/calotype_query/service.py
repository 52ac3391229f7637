"""Query, put together from its ports."""

import asyncio
from collections.abc import Sequence
from random import Random

from calotype_core import codec, topology
from calotype_core.consumer import Consumer, ConsumerSettings
from calotype_core.domain.events import Event
from calotype_core.outcomes import Outcomes
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog, Record
from calotype_core.ports.image_records import ImageRecords
from calotype_core.ports.job_records import JobRecords
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectStore
from calotype_core.presets import load_presets
from calotype_core.service import Loop, Service
from calotype_core.settling import Delivery, announce_nothing
from calotype_core.tailing import follow_tail
from calotype_query.http import ReadRoutes
from calotype_query.in_flight import InFlight
from calotype_query.job_routes import JobRoutes
from calotype_query.look_up import LookUp
from calotype_query.process_routes import ProcessRoute
from calotype_query.project_image import project_image
from calotype_query.request_renditions import RenditionDesk
from calotype_query.settings import QuerySettings

# Of each lane. More would be counted no faster, and who comes last would wait for all of them.
_IN_FLIGHT = 64


def build(
    *,
    log: EventLog,
    images: ImageRecords,
    jobs: JobRecords,
    objects: ObjectStore,
    attempts: Attempts,
    clock: Clock,
    random: Random,
    metrics: Metrics,
    settings: QuerySettings,
) -> Service:
    """Return the service: the projector, which alone writes records, the reads, and the wishes.

    Raises SettingsError where the presets are not valid.
    """

    async def handle(event: Event, _: Delivery) -> Sequence[Event]:
        return await project_image(event, images=images, jobs=jobs, objects=objects, clock=clock)

    def lane(group: str, topics: Sequence[str]) -> Consumer[Event]:
        return Consumer(
            service=topology.QUERY,
            group=group,
            topics=topics,
            decode=codec.decode,
            handle=handle,
            give_up=announce_nothing,
            log=log,
            attempts=attempts,
            clock=clock,
            random=random,
            metrics=metrics,
            settings=ConsumerSettings(window=_IN_FLIGHT),
            in_order=False,  # a fold that comes to the same in any order: a job's steps share a key
        )

    projectors = [lane(*one) for one in topology.lanes_of(topology.QUERY).items()]
    look_up = LookUp(images=images, jobs=jobs, clock=clock, settings=settings)
    reads = ReadRoutes(look_up=look_up, objects=objects, public_url=settings.public_url)
    job_reads = JobRoutes(look_up=look_up, objects=objects, settings=settings)
    wishes, follow = _wishes(look_up, objects, log, clock, settings)
    return Service(
        name=topology.QUERY,
        routes=[*reads.handlers(), *job_reads.handlers(), *wishes.handlers()],
        loops=[follow, *(one.run for one in projectors)],
        alive=[one.check_alive for one in projectors],
    )


def _wishes(
    look_up: LookUp, objects: ObjectStore, log: EventLog, clock: Clock, settings: QuerySettings
) -> tuple[ProcessRoute, Loop]:
    """Return where more is asked for, and the loop that hears what became of it."""
    outcomes = Outcomes(most=settings.waiting_requests_max)
    in_flight = InFlight(log=log, clock=clock)
    desk = RenditionDesk(
        look_up=look_up,
        outcomes=outcomes,
        in_flight=in_flight,
        clock=clock,
        most=settings.image_max_renditions,
    )

    async def hear(record: Record) -> None:
        in_flight.hear(record)
        await outcomes.hear(record)

    async def follow(stop: asyncio.Event) -> None:
        topics = topology.topics_tailed_by(topology.QUERY)
        await follow_tail(log, topics, hear, clock=clock, stop=stop)

    presets = load_presets(settings)
    return ProcessRoute(desk=desk, objects=objects, presets=presets, settings=settings), follow
