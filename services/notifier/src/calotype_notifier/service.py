"""The notifier, put together from its ports."""

import asyncio

from calotype_core import topology
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.metrics import Metrics
from calotype_core.service import Service
from calotype_core.tailing import follow_tail
from calotype_notifier.deliver_notification import Notifications
from calotype_notifier.http import LiveRoute
from calotype_notifier.settings import NotifierSettings
from calotype_notifier.sockets import Sockets


def build(
    *,
    log: EventLog,
    images: ImageReader,
    jobs: JobReader,
    clock: Clock,
    metrics: Metrics,
    settings: NotifierSettings,
) -> Service:
    """Return the service. It reads records, to tell a newcomer the present; it writes none."""
    sockets = Sockets(most=settings.sockets_max, metrics=metrics)
    notifications = Notifications(sockets=sockets, images=images, jobs=jobs)

    async def follow(stop: asyncio.Event) -> None:
        topics = topology.topics_tailed_by(topology.NOTIFIER)
        await follow_tail(log, topics, notifications.hear, clock=clock, stop=stop)

    route = LiveRoute(notifications=notifications, settings=settings)
    return Service(name=topology.NOTIFIER, routes=route.handlers(), loops=[follow])
