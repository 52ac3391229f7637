"""Deliver a notification: an event becomes what is owed to whoever asked, once and for all.

What is owed is on record before the event is acknowledged; the dispatcher sends it, and goes on to
try, whatever becomes of this process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from calotype_core.domain.events import Event, ImageFailed, ImageProcessed, JobFinished
from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.webhooks import Webhooks
from calotype_notifier import announcements
from calotype_notifier.announcements import URLS_MAX, Announcement
from calotype_notifier.owed import Standing, owed


@dataclass(frozen=True, kw_only=True, slots=True)
class Notifications:
    """What telling others needs of the world. base is the origin of the URLs that are told.

    poke is called when something is owed, so that nobody waits for the dispatcher's next look.
    """

    jobs: JobReader
    webhooks: Webhooks
    deliveries: Deliveries
    clock: Clock
    base: str
    standing: Sequence[Standing]
    poke: Callable[[], None] = field(default=lambda: None)

    async def deliver_notification(self, event: Event) -> None:
        """Put on record what is owed for the event; a second run owes nothing more.

        A job's images do not call its callback one by one. Raises Unavailable.
        """
        if isinstance(event, ImageProcessed | ImageFailed):
            callback_url = event.callback_url if event.job_id is None else None
            await self.announce(announcements.of_image(self.base, event), callback_url)
        elif isinstance(event, JobFinished):
            job = await self.jobs.get(event.job_id)
            items = await self.jobs.items(event.job_id, start=0, limit=URLS_MAX) if job else ()
            announcement = announcements.of_job(self.base, event, job, items)
            await self.announce(announcement, event.callback_url)

    async def announce(self, announcement: Announcement, callback_url: str | None = None) -> None:
        """Owe the announcement to whoever asked for its kind; raises Unavailable."""
        deliveries = owed(
            announcement,
            callback_url=callback_url,
            webhooks=await self.webhooks.told_of(announcement.kind.name),
            standing=self.standing,
            now=self.clock.now(),
        )
        if deliveries:
            await self.deliveries.schedule(deliveries)
            self.poke()
