"""Deliver a notification: an event, put into words, to everyone who asked to be told."""

from collections.abc import Collection
from dataclasses import dataclass

from calotype_core import codec
from calotype_core.domain.events import Event, ImageFailed, ImageProcessed, JobFinished
from calotype_core.ports.event_log import Record
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_notifier import notice
from calotype_notifier.sockets import Client, Sockets


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """Tells connected clients, of the present on demand and of the rest as it happens."""

    sockets: Sockets
    images: ImageReader
    jobs: JobReader

    async def tell(self, event: Event) -> None:
        """Tell everyone who follows what the event is about."""
        if isinstance(event, ImageProcessed | ImageFailed):
            for client in self.sockets.followers(event.image_id, event.job_id):
                client.tell(notice.of_outcome(client.base, event))
        elif isinstance(event, JobFinished):
            await self._tell_job(event.job_id, self.sockets.followers(event.job_id))

    async def tell_present(self, client: Client, subject_id: str) -> None:
        """Tell the client where an image or a job is now; nothing where nothing is known yet."""
        if record := await self.images.get(subject_id):
            client.tell(notice.of_image(client.base, record))
        else:
            await self._tell_job(subject_id, {client})

    async def _tell_job(self, job_id: str, clients: Collection[Client]) -> None:
        """Look the job up once, and its images only where their URLs are told, for all clients."""
        if not clients or (job := await self.jobs.get(job_id)) is None:
            return
        items = (
            await self.jobs.items(job_id, start=0, limit=notice.URLS_MAX) if job.is_finished else ()
        )
        for client in clients:
            client.tell(notice.of_job(client.base, job, items))

    async def hear(self, record: Record) -> None:
        """Deliver what a record of the log tells."""
        await self.tell(codec.decode(record))
