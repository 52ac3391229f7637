"""Ingest, put together from its ports."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TypedDict

from calotype_core import codec, topology
from calotype_core.consumer import Consumer, ConsumerSettings
from calotype_core.domain.events import Event, JobAccepted
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import Presets, parse_instructions, parse_presets
from calotype_core.domain.problems import ProblemsError
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.idempotency import IdempotencyKeys
from calotype_core.ports.ids import Ids
from calotype_core.ports.inbox import Inbox
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectStore
from calotype_core.service import Service
from calotype_core.settings import SettingsError
from calotype_core.settling import Delivery, announce_nothing
from calotype_core.tailing import follow_tail
from calotype_ingest.accept_object import InboxDoor
from calotype_ingest.accept_upload import Door
from calotype_ingest.bucket_events import ObjectsCreated, decode_bucket_event
from calotype_ingest.empty_inbox import InboxEmptier
from calotype_ingest.expand_job import expand_job
from calotype_ingest.http import UploadRoute
from calotype_ingest.outcomes import Outcomes
from calotype_ingest.presign import PresignRoute
from calotype_ingest.settings import IngestSettings


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
    attempts: Attempts,
    ids: Ids,
    clock: Clock,
    random: Random,
    metrics: Metrics,
    settings: IngestSettings,
) -> Service:
    """Return the service: its doors, and the expansion of the jobs that came through them.

    Raises SettingsError where the instructions or presets of the settings are not valid.
    """
    default, presets = _instructions(settings)
    door = Door(
        objects=objects,
        log=log,
        keys=keys,
        ids=ids,
        clock=clock,
        metrics=metrics,
        settings=settings,
    )
    common = _Common(log=log, attempts=attempts, clock=clock, random=random, metrics=metrics)
    emptier = InboxEmptier(_inbox_door(door, watch.inbox, default), random)
    expansion = _expansion(door, common)
    hints = [_hints(watch, emptier, common)] if watch.topics else []
    outcomes = Outcomes(most=settings.waiting_requests_max)

    async def follow(stop: asyncio.Event) -> None:
        topics = topology.topics_tailed_by(topology.INGEST)
        await follow_tail(log, topics, outcomes.hear, clock=clock, stop=stop)

    empty = partial(emptier.keep_emptying, every_seconds=watch.every_seconds)
    upload = UploadRoute(door=door, outcomes=outcomes, default=default, presets=presets)
    return Service(
        name=topology.INGEST,
        routes=[*upload.handlers(), *PresignRoute(door=door).handlers()],
        loops=[follow, empty, expansion.run, *(one.run for one in hints)],
        alive=[expansion.check_alive, *(one.check_alive for one in hints)],
    )


class _Common(TypedDict):
    log: EventLog
    attempts: Attempts
    clock: Clock
    random: Random
    metrics: Metrics


def _expansion(door: Door, common: _Common) -> Consumer[Event]:
    async def expand(event: Event, _: Delivery) -> Sequence[Event]:
        return (
            await expand_job(event, objects=door.objects) if isinstance(event, JobAccepted) else ()
        )

    return Consumer(
        service=topology.INGEST,
        topics=topology.topics_consumed_by(topology.INGEST),
        decode=codec.decode,
        handle=expand,
        give_up=announce_nothing,
        settings=ConsumerSettings(window=4),
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


def _inbox_door(door: Door, inbox: Inbox, default: Instructions) -> InboxDoor:
    return InboxDoor(
        inbox=inbox,
        objects=door.objects,
        log=door.log,
        clock=door.clock,
        metrics=door.metrics,
        instructions=default,
        upload_max_bytes=door.settings.upload_max_bytes,
    )


def _instructions(settings: IngestSettings) -> tuple[Instructions, Presets]:
    try:
        presets = parse_presets(settings.presets)
        return parse_instructions(settings.default_instructions, presets), presets
    except ProblemsError as error:
        raise SettingsError(
            f"CALOTYPE_DEFAULT_INSTRUCTIONS or CALOTYPE_PRESETS: {error}"
        ) from error
