"""Telling whoever is connected, put together from its ports: a half of the notifier."""

import asyncio
from datetime import timedelta

from calotype_core import topology
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.metrics import Metrics
from calotype_core.service import Service
from calotype_core.tailing import follow_tail
from calotype_core.young import YoungIds
from calotype_notifier.events_stream import EventsRoute
from calotype_notifier.history import History
from calotype_notifier.http import LiveRoute
from calotype_notifier.job_news import JobNews
from calotype_notifier.live import Live
from calotype_notifier.settings import NotifierSettings
from calotype_notifier.sockets import Sockets


def build_live(
    *,
    log: EventLog,
    images: ImageReader,
    jobs: JobReader,
    clock: Clock,
    metrics: Metrics,
    settings: NotifierSettings,
) -> Service:
    """Return the half: its routes, and the loops that hear the log and tell of jobs."""
    since = clock.now() - timedelta(seconds=settings.live_history_seconds)
    history = History(most_bytes=settings.live_history_bytes, since=since)
    sockets = Sockets(most=settings.sockets_max, metrics=metrics)
    news = JobNews(sockets=sockets, history=history, jobs=jobs)
    live = Live(
        sockets=sockets,
        history=history,
        news=news,
        images=images,
        jobs=jobs,
        young=YoungIds(clock=clock),
    )

    async def follow(stop: asyncio.Event) -> None:
        topics = topology.topics_tailed_by(topology.NOTIFIER)
        await follow_tail(
            log,
            topics,
            live.hear,
            clock=clock,
            stop=stop,
            since=since,
            caught_up=history.is_ready,
        )

    ways = (LiveRoute(live=live, settings=settings), EventsRoute(live=live, settings=settings))
    return Service(
        name=topology.NOTIFIER,
        routes=[handler for way in ways for handler in way.handlers()],
        loops=[follow, news.tell_progress, news.tell_ends],
        leaving=[sockets.end],
    )
