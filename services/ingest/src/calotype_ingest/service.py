"""Ingest, put together from its ports."""

import asyncio
from collections.abc import Sequence
from random import Random

from calotype_core import topology
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
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectStore
from calotype_core.service import Service
from calotype_core.settings import SettingsError
from calotype_core.settling import Delivery, announce_nothing
from calotype_core.tailing import follow_tail
from calotype_ingest.accept_upload import Door
from calotype_ingest.expand_job import expand_job
from calotype_ingest.http import UploadRoute
from calotype_ingest.outcomes import Outcomes
from calotype_ingest.settings import IngestSettings


def build(
    *,
    objects: ObjectStore,
    log: EventLog,
    keys: IdempotencyKeys,
    attempts: Attempts,
    ids: Ids,
    clock: Clock,
    random: Random,
    metrics: Metrics,
    settings: IngestSettings,
) -> Service:
    """Return the service: the door, and the expansion of the jobs that came through it.

    Raises SettingsError where the instructions or presets of the settings are not valid.
    """
    default, presets = _instructions(settings)
    outcomes = Outcomes(most=settings.waiting_requests_max)
    door = Door(
        objects=objects,
        log=log,
        keys=keys,
        ids=ids,
        clock=clock,
        metrics=metrics,
        settings=settings,
    )

    async def expand(event: Event, _: Delivery) -> Sequence[Event]:
        return await expand_job(event, objects=objects) if isinstance(event, JobAccepted) else ()

    expansion = Consumer(
        service=topology.INGEST,
        topics=topology.topics_consumed_by(topology.INGEST),
        handle=expand,
        give_up=announce_nothing,
        log=log,
        attempts=attempts,
        clock=clock,
        random=random,
        metrics=metrics,
        settings=ConsumerSettings(window=4),
    )

    async def follow(stop: asyncio.Event) -> None:
        topics = topology.topics_tailed_by(topology.INGEST)
        await follow_tail(log, topics, outcomes.hear, clock=clock, stop=stop)

    route = UploadRoute(door=door, outcomes=outcomes, default=default, presets=presets)
    return Service(
        name=topology.INGEST,
        routes=route.handlers(),
        loops=[follow, expansion.run],
        alive=[expansion.check_alive],
    )


def _instructions(settings: IngestSettings) -> tuple[Instructions, Presets]:
    try:
        presets = parse_presets(settings.presets)
        return parse_instructions(settings.default_instructions, presets), presets
    except ProblemsError as error:
        raise SettingsError(
            f"CALOTYPE_DEFAULT_INSTRUCTIONS or CALOTYPE_PRESETS: {error}"
        ) from error
