"""The flow as data: which event travels where, who says it, who listens, how long it is kept.

ROUTES are our own events; FOREIGN is what others tell us in words of theirs.

Subscriptions, topics, the diagram in the README and the chart are read from here and nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import cast

from calotype_core.domain import events
from calotype_core.domain.events import Event

IMAGES_ACCEPTED = "calotype.images.accepted"
IMAGES_FINISHED = "calotype.images.finished"
# A job's images have lanes of their own: nobody's single upload waits behind them.
BULK_ACCEPTED = "calotype.bulk.accepted"
BULK_FINISHED = "calotype.bulk.finished"
JOBS_ACCEPTED = "calotype.jobs.accepted"
JOBS_FINISHED = "calotype.jobs.finished"
DEAD_LETTERS = "calotype.dead-letters"
UPLOADS = "calotype.uploads"

INGEST, PROCESSOR, QUERY, NOTIFIER = "ingest", "processor", "query", "notifier"
SERVICES = (INGEST, PROCESSOR, QUERY, NOTIFIER)
BUCKET = "bucket"  # the store, told to notify of what is created under uploads/


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One row of the map. Consumers share an event in a group; tails hear it in every process.

    Others than its producer may say it as well (also_by). An event may have two rows: the first
    whose condition (when) holds is its way. Of the consumers, some read this topic in a group that
    it has for itself (apart), so that it does not hold up their others.
    """

    event: type[Event]
    topic: str
    key: Callable[[Event], str]
    producer: str
    consumers: tuple[str, ...]
    also_by: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    when: Callable[[Event], bool] = lambda _: True


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignRoute:
    """A row of the map for what is none of our events; a group of each consumer reads it."""

    tells: str
    topic: str
    producer: str
    consumers: tuple[str, ...]


def _image(event: Event) -> str:
    return cast("events.ImageAccepted", event).image_id


def _job(event: Event) -> str:
    # Of an image, too: what is counted together comes to one member, which counts it at once.
    return cast("events.JobAccepted", event).job_id


def _is_alone(event: Event) -> bool:
    return cast("events.ImageAccepted | events.ImageOutcome", event).job_id is None


ROUTES = (
    Route(
        event=events.JobAccepted,
        topic=JOBS_ACCEPTED,
        key=_job,
        producer=INGEST,
        consumers=(INGEST, QUERY),
    ),
    Route(
        event=events.JobRetried,
        topic=JOBS_ACCEPTED,
        key=_job,
        producer=INGEST,
        consumers=(INGEST, QUERY),
    ),
    Route(
        event=events.JobExpanded,
        topic=JOBS_ACCEPTED,
        key=_job,
        producer=INGEST,
        consumers=(QUERY,),
    ),
    Route(
        event=events.JobCancelled,
        topic=JOBS_ACCEPTED,
        key=_job,
        producer=INGEST,
        consumers=(INGEST, QUERY),
    ),
    Route(
        event=events.JobDeleted,
        topic=JOBS_ACCEPTED,
        key=_job,
        producer=INGEST,
        consumers=(QUERY,),
    ),
    Route(
        event=events.ImageAccepted,
        topic=IMAGES_ACCEPTED,
        key=_image,
        producer=INGEST,
        consumers=(PROCESSOR, QUERY),
        when=_is_alone,
    ),
    Route(
        event=events.ImageAccepted,
        topic=BULK_ACCEPTED,
        key=_image,
        producer=INGEST,
        consumers=(PROCESSOR, QUERY),
        apart=(PROCESSOR, QUERY),
    ),
    Route(
        event=events.RenditionRequested,
        topic=IMAGES_ACCEPTED,
        key=_image,
        producer=QUERY,
        consumers=(PROCESSOR,),
    ),
    Route(
        event=events.ImageProcessed,
        topic=IMAGES_FINISHED,
        key=_image,
        producer=PROCESSOR,
        consumers=(QUERY, NOTIFIER),
        tails=(INGEST, QUERY, NOTIFIER),
        when=_is_alone,
    ),
    Route(
        event=events.ImageFailed,
        topic=IMAGES_FINISHED,
        key=_image,
        producer=PROCESSOR,
        consumers=(QUERY, NOTIFIER),
        tails=(INGEST, QUERY, NOTIFIER),
        when=_is_alone,
    ),
    Route(
        event=events.ImageProcessed,
        topic=BULK_FINISHED,
        key=_job,
        producer=PROCESSOR,
        consumers=(QUERY, NOTIFIER),
        tails=(NOTIFIER,),
        apart=(QUERY, NOTIFIER),
    ),
    Route(
        event=events.ImageFailed,
        topic=BULK_FINISHED,
        key=_job,
        producer=PROCESSOR,
        also_by=(INGEST,),  # of what could not be taken in, or was cancelled
        consumers=(QUERY, NOTIFIER),
        tails=(NOTIFIER,),
        apart=(QUERY, NOTIFIER),
    ),
    Route(
        event=events.JobFinished,
        topic=JOBS_FINISHED,
        key=_job,
        producer=QUERY,
        consumers=(QUERY, NOTIFIER),
        tails=(NOTIFIER,),
    ),
)

FOREIGN = (ForeignRoute(tells="new objects", topic=UPLOADS, producer=BUCKET, consumers=(INGEST,)),)

RETENTION = {
    IMAGES_ACCEPTED: timedelta(days=7),
    IMAGES_FINISHED: timedelta(days=7),
    BULK_ACCEPTED: timedelta(days=7),
    BULK_FINISHED: timedelta(days=7),
    JOBS_ACCEPTED: timedelta(days=7),
    JOBS_FINISHED: timedelta(days=7),
    DEAD_LETTERS: timedelta(days=10),
    UPLOADS: timedelta(days=7),
}


def route_of(event: Event) -> Route:
    """Return the row of the map for an event."""
    return next(one for one in ROUTES if one.event is type(event) and one.when(event))


def group_of(service: str) -> str:
    """Return the consumer group that a service's processes share, where groups have many owners."""
    return f"calotype.{service}"


def topics_consumed_by(service: str) -> tuple[str, ...]:
    """Return the topics of our events that a service's consumer group reads."""
    return tuple(dict.fromkeys(route.topic for route in ROUTES if service in route.consumers))


def lanes_of(service: str) -> dict[str, tuple[str, ...]]:
    """Return the topics of our events that a service reads, by the group that it reads them in."""
    apart = {route.topic for route in ROUTES if service in route.apart}
    together = tuple(one for one in topics_consumed_by(service) if one not in apart)
    lanes = {service: together, bulk_group_of(service): tuple(sorted(apart))}
    return {group: topics for group, topics in lanes.items() if topics}


def bulk_group_of(service: str) -> str:
    """Return the group in which a service reads what must not hold up the rest."""
    return f"{service}.bulk"


def foreign_group_of(service: str) -> str:
    """Return the group in which a service hears others: neither holds up its own events' group."""
    return f"{service}.foreign"


def foreign_topics_consumed_by(service: str) -> tuple[str, ...]:
    """Return the topics of others' news that a service's consumer group reads."""
    return tuple(route.topic for route in FOREIGN if service in route.consumers)


def topics_tailed_by(service: str) -> tuple[str, ...]:
    """Return the topics that every process of a service follows from now on."""
    return tuple(dict.fromkeys(route.topic for route in ROUTES if service in route.tails))


def topics_produced_by(service: str) -> tuple[str, ...]:
    """Return the topics that a service appends to; who consumes also gives events up."""
    own = [route.topic for route in ROUTES if service in (route.producer, *route.also_by)]
    buried = [DEAD_LETTERS] if topics_consumed_by(service) else []
    return tuple(dict.fromkeys([*own, *buried]))


def topics_read_by(service: str) -> tuple[str, ...]:
    """Return every topic that a service hears anything from, in whatever way."""
    heard = (
        topics_consumed_by(service),
        foreign_topics_consumed_by(service),
        topics_tailed_by(service),
    )
    return tuple(dict.fromkeys(chain(*heard)))


def topics_of(service: str) -> tuple[str, ...]:
    """Return every topic that a service uses."""
    return tuple(dict.fromkeys((*topics_produced_by(service), *topics_read_by(service))))
