"""Ingest, put together from its ports."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TypedDict

from litestar.types import ControllerRouterHandler

from calotype_core import codec, topology
from calotype_core.consumer import Consumer, ConsumerSettings
from calotype_core.domain.events import Event, JobAccepted, JobCancelled, JobRetried
from calotype_core.outcomes import Outcomes
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.expansions import Expansions
from calotype_core.ports.idempotency import IdempotencyKeys
from calotype_core.ports.ids import Ids
from calotype_core.ports.inbox import Inbox
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectStore
from calotype_core.service import Service
from calotype_core.settling import Delivery, announce_nothing
from calotype_core.tailing import follow_tail
from calotype_ingest.accept_object import InboxDoor
from calotype_ingest.bucket_events import ObjectsCreated, decode_bucket_event
from calotype_ingest.change_job import JobDesk
from calotype_ingest.door import Defaults, Door
from calotype_ingest.empty_inbox import InboxEmptier
from calotype_ingest.expand_job import begun
from calotype_ingest.expander import Expander
from calotype_ingest.http import UploadRoute
from calotype_ingest.job_routes import JobRoutes
from calotype_ingest.keep_watermark import WatermarkShelf
from calotype_ingest.presign import PresignRoute
from calotype_ingest.settings import IngestSettings
from calotype_ingest.sheets import sheet_rules
from calotype_ingest.watermark_routes import WatermarkRoutes


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxWatch:
    """How the inbox is watched: listed so often, and told of by its store on these topics, if any.

    Listing alone finds everything; topics make it quick.
    """

    inbox: Inbox
    every_seconds: float
    topics: Sequence[str] = ()


def build(
    *,
    objects: ObjectStore,
    watch: InboxWatch,
    log: EventLog,
    keys: IdempotencyKeys,
    jobs: JobReader,
    expansions: Expansions,
    attempts: Attempts,
    ids: Ids,
    clock: Clock,
    random: Random,
    metrics: Metrics,
    settings: IngestSettings,
) -> Service:
    """Return the service: its doors, and the loop that hands out the jobs that came through them.

    Raises SettingsError where the instructions or presets of the settings are not valid.
    """
    door = Door(
        objects=objects,
        log=log,
        keys=keys,
        ids=ids,
        clock=clock,
        metrics=metrics,
        settings=settings,
        defaults=Defaults.of(settings),
        sheets=sheet_rules(settings),
    )
    common = _Common(log=log, attempts=attempts, clock=clock, random=random, metrics=metrics)
    emptier = InboxEmptier(_inbox_door(door, watch.inbox), random)
    expander = Expander(
        objects=objects,
        log=log,
        jobs=jobs,
        expansions=expansions,
        clock=clock,
        window=settings.job_window,
    )
    changes = _changes(expander, common)
    hints = [_hints(watch, emptier, common)] if watch.topics else []
    outcomes = Outcomes(most=settings.waiting_requests_max)

    async def follow(stop: asyncio.Event) -> None:
        topics = topology.topics_tailed_by(topology.INGEST)
        await follow_tail(log, topics, outcomes.hear, clock=clock, stop=stop)

    empty = partial(emptier.keep_emptying, every_seconds=watch.every_seconds)
    return Service(
        name=topology.INGEST,
        routes=_routes(door, outcomes, jobs),
        loops=[follow, empty, expander.run, changes.run, *(one.run for one in hints)],
        alive=[changes.check_alive, *(one.check_alive for one in hints)],
    )


def _routes(door: Door, outcomes: Outcomes, jobs: JobReader) -> list[ControllerRouterHandler]:
    shelf = WatermarkShelf(
        objects=door.objects, clock=door.clock, most_bytes=door.settings.watermark_max_bytes
    )
    routes = (
        UploadRoute(door=door, outcomes=outcomes),
        PresignRoute(door=door),
        JobRoutes(desk=JobDesk(jobs=jobs, log=door.log, clock=door.clock)),
        WatermarkRoutes(shelf=shelf, pause_seconds=door.settings.upload_pause_seconds),
    )
    return [handler for one in routes for handler in one.handlers()]


class _Common(TypedDict):
    log: EventLog
    attempts: Attempts
    clock: Clock
    random: Random
    metrics: Metrics


def _changes(expander: Expander, common: _Common) -> Consumer[Event]:
    async def hear(event: Event, _: Delivery) -> Sequence[Event]:
        if isinstance(event, JobAccepted | JobRetried):
            await expander.expansions.open(begun(event))
        elif isinstance(event, JobCancelled):
            await expander.expansions.cancel(event.job_id)
        expander.wake()
        return ()

    return Consumer(
        service=topology.INGEST,
        topics=topology.topics_consumed_by(topology.INGEST),
        decode=codec.decode,
        handle=hear,
        give_up=announce_nothing,
        settings=ConsumerSettings(window=16),
        **common,
    )


def _hints(watch: InboxWatch, emptier: InboxEmptier, common: _Common) -> Consumer[ObjectsCreated]:
    async def look(created: ObjectsCreated, _: Delivery) -> Sequence[Event]:
        for key in created.keys:
            if (arrival := await watch.inbox.find(key)) is not None:
                await emptier.accept(arrival)
        return ()

    return Consumer(
        service=topology.INGEST,
        group=topology.foreign_group_of(topology.INGEST),
        topics=watch.topics,
        decode=decode_bucket_event,
        handle=look,
        give_up=announce_nothing,
        settings=ConsumerSettings(window=8),
        **common,
    )


def _inbox_door(door: Door, inbox: Inbox) -> InboxDoor:
    return InboxDoor(
        inbox=inbox,
        objects=door.objects,
        log=door.log,
        clock=door.clock,
        metrics=door.metrics,
        instructions=door.defaults.image,
        settings=door.settings,
    )
