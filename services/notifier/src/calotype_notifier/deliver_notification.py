"""Deliver a notification: an event becomes what is owed to whoever asked, once and for all.

What is owed is on record before the event is acknowledged; the dispatcher sends it, and goes on to
try, whatever becomes of this process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from calotype_core.domain.events import Event, ImageFailed, ImageProcessed, JobFinished
from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.webhooks import Webhooks
from calotype_notifier import announcements, catalogue
from calotype_notifier.announcements import Announcement
from calotype_notifier.catalogue import Kind
from calotype_notifier.notice import URLS_MAX
from calotype_notifier.owed import Asked, Standing, owed


@dataclass(frozen=True, kw_only=True, slots=True)
class Notifications:
    """What telling others needs of the world. base is the origin of the URLs that are told.

    poke is called when something is owed, so that nobody waits for the dispatcher's next look.
    """

    images: ImageReader
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
            kind = announcements.kind_of(event)
            if asked := await self._asked(kind, callback_url):
                record = await self.images.get(event.image_id)
                filename = record.filename if record else None
                await self._owe(announcements.of_image(self.base, event, filename), asked)
        elif isinstance(event, JobFinished) and (
            asked := await self._asked(catalogue.JOB_FINISHED, event.callback_url)
        ):
            job = await self.jobs.get(event.job_id)
            items = await self.jobs.items(event.job_id, start=0, limit=URLS_MAX) if job else ()
            await self._owe(announcements.of_job(self.base, event, job, items), asked)

    async def announce(self, announcement: Announcement) -> None:
        """Owe the announcement to whoever asked for its kind; raises Unavailable."""
        if asked := await self._asked(announcement.kind, None):
            await self._owe(announcement, asked)

    async def _asked(self, kind: Kind, callback_url: str | None) -> Asked | None:
        """Return who is to be told of an event of the kind, None where nobody is."""
        asked = Asked(
            callback_url=callback_url,
            webhooks=await self.webhooks.told_of(kind.name),
            standing=[one for one in self.standing if kind.name in one.event_types],
        )
        return asked if asked.callback_url or asked.webhooks or asked.standing else None

    async def _owe(self, announcement: Announcement, asked: Asked) -> None:
        await self.deliveries.schedule(owed(announcement, asked, self.clock.now()))
        self.poke()
