"""Look an image or a job up, and read one's own writes: a young id is waited for, briefly."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from calotype_core.domain.image import ImageRecord
from calotype_core.domain.job import JobRecord
from calotype_core.ports.clock import Clock
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_core.young import YoungIds, id_of
from calotype_query.settings import QuerySettings

_SETTLE_SECONDS = 0.1
Subject = ImageRecord | JobRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class LookUp:
    """Finds records by id."""

    images: ImageReader
    jobs: JobReader
    clock: Clock
    settings: QuerySettings

    async def subject(self, text: str) -> Subject:
        """Return the image or the job of this id.

        Raises MalformedIdError, NotYetKnownError, UnknownIdError.
        """
        subject_id = id_of(text)
        # Spelled out: the type checker would look for what images and jobs have in common.
        find: Callable[[], Awaitable[Subject | None]] = partial(self._either, subject_id)
        found: Subject | None = await self._young.find(subject_id, find)
        if found is None:
            raise self._young.unknown(subject_id)
        return await self._settled(found) if isinstance(found, ImageRecord) else found

    async def image(self, text: str) -> ImageRecord:
        """Return the image of this id.

        Raises MalformedIdError, NotYetKnownError, UnknownIdError.
        """
        image_id = id_of(text)
        found = await self._young.find(image_id, lambda: self.images.get(image_id))
        if found is None:
            raise self._young.unknown(image_id)
        return await self._settled(found)

    async def job(self, text: str) -> JobRecord:
        """Return the job of this id.

        Raises MalformedIdError, NotYetKnownError, UnknownIdError.
        """
        job_id = id_of(text)
        found = await self._young.find(job_id, lambda: self.jobs.get(job_id))
        if found is None:
            raise self._young.unknown(job_id)
        return found

    async def finished_image(self, text: str) -> ImageRecord:
        """Return the image, having waited for a young one to be whole; it may still not be."""
        image_id = id_of(text)
        record = await self._young.find(image_id, partial(self._finished, image_id))
        record = record or await self.images.get(image_id)
        if record is None:
            raise self._young.unknown(image_id)
        return record

    async def newest(self, limit: int, before: str | None) -> Sequence[ImageRecord]:
        """Return a page of images, newest first; raises MalformedIdError."""
        return await self.images.newest(limit, before=id_of(before) if before else None)

    async def newest_jobs(self, limit: int, before: str | None) -> Sequence[JobRecord]:
        """Return a page of jobs, newest first; raises MalformedIdError."""
        return await self.jobs.newest(limit, before=id_of(before) if before else None)

    async def _either(self, subject_id: str) -> Subject | None:
        if image := await self.images.get(subject_id):
            return image
        return await self.jobs.get(subject_id)

    async def _finished(self, image_id: str) -> ImageRecord | None:
        record = await self.images.get(image_id)
        return record if record is None or record.is_whole else None

    async def _settled(self, record: ImageRecord) -> ImageRecord:
        """Return the record, or what it is a moment later.

        Ingest may have answered that the image is done an instant before its record says so, and
        all of it.
        """
        if record.is_whole:
            return record
        finished = partial(self._finished, record.image_id)
        return await self._young.find(record.image_id, finished, most=_SETTLE_SECONDS) or record

    @property
    def _young(self) -> YoungIds:
        return YoungIds(
            clock=self.clock,
            young_seconds=self.settings.young_seconds,
            wait_seconds=self.settings.young_wait_seconds,
        )
