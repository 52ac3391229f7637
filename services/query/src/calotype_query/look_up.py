"""Look an image or a job up, and read one's own writes: a young id is waited for, briefly."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from calotype_core.domain import ids
from calotype_core.domain.image import ImageRecord
from calotype_core.domain.job import JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.errors import CalotypeError
from calotype_core.ports.clock import Clock
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_query.errors import MalformedIdError, NotYetKnownError, UnknownIdError
from calotype_query.settings import QuerySettings

_T = TypeVar("_T")
_LOOK_AGAIN_SECONDS = 0.02
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
        subject_id = _parse(text)
        # Spelled out: the type checker would look for what images and jobs have in common.
        find: Callable[[], Awaitable[Subject | None]] = partial(self._either, subject_id)
        found: Subject | None = await self._patiently(subject_id, find)
        if found is None:
            raise self._unknown(text, subject_id)
        return await self._settled(found) if isinstance(found, ImageRecord) else found

    async def image(self, text: str) -> ImageRecord:
        """Return the image of this id.

        Raises MalformedIdError, NotYetKnownError, UnknownIdError.
        """
        image_id = _parse(text)
        found = await self._patiently(image_id, lambda: self.images.get(image_id))
        if found is None:
            raise self._unknown(text, image_id)
        return await self._settled(found)

    async def job(self, text: str) -> JobRecord:
        """Return the job of this id.

        Raises MalformedIdError, NotYetKnownError, UnknownIdError.
        """
        job_id = _parse(text)
        found = await self._patiently(job_id, lambda: self.jobs.get(job_id))
        if found is None:
            raise self._unknown(text, job_id)
        return found

    async def finished_image(self, text: str) -> ImageRecord:
        """Return the image, having waited for a young one to be done; it may still not be."""
        image_id = _parse(text)
        record = await self._patiently(image_id, partial(self._finished, image_id))
        record = record or await self.images.get(image_id)
        if record is None:
            raise self._unknown(text, image_id)
        return record

    async def newest(self, limit: int, before: str | None) -> Sequence[ImageRecord]:
        """Return a page of images, newest first; raises MalformedIdError."""
        return await self.images.newest(limit, before=_parse(before) if before else None)

    async def newest_jobs(self, limit: int, before: str | None) -> Sequence[JobRecord]:
        """Return a page of jobs, newest first; raises MalformedIdError."""
        return await self.jobs.newest(limit, before=_parse(before) if before else None)

    async def _either(self, subject_id: str) -> Subject | None:
        if image := await self.images.get(subject_id):
            return image
        return await self.jobs.get(subject_id)

    async def _finished(self, image_id: str) -> ImageRecord | None:
        record = await self.images.get(image_id)
        return None if record and record.status is Status.PROCESSING else record

    async def _settled(self, record: ImageRecord) -> ImageRecord:
        """Return the record, or what it is a moment later.

        Ingest may have answered that the image is done an instant before its record says so.
        """
        if record.status is not Status.PROCESSING:
            return record
        finished = partial(self._finished, record.image_id)
        return await self._patiently(record.image_id, finished, most=_SETTLE_SECONDS) or record

    async def _patiently(
        self,
        subject_id: str,
        find: Callable[[], Awaitable[_T | None]],
        *,
        most: float = float("inf"),
    ) -> _T | None:
        patience = min(most, self.settings.young_wait_seconds) if self._is_young(subject_id) else 0
        deadline = self.clock.monotonic() + patience
        while (found := await find()) is None and self.clock.monotonic() < deadline:
            await self.clock.sleep(_LOOK_AGAIN_SECONDS)
        return found

    def _is_young(self, subject_id: str) -> bool:
        age = (self.clock.now() - ids.time_of(subject_id)).total_seconds()
        return abs(age) < self.settings.young_seconds  # clocks differ a little

    def _unknown(self, text: str, subject_id: str) -> CalotypeError:
        """Return what to say of an id that has no record. One's own write is never a 404."""
        if self._is_young(subject_id):
            return NotYetKnownError(
                f"Nothing is known of {text} yet. If it was just accepted, its record is on its"
                " way: ask again in a moment."
            )
        return UnknownIdError(f"Nothing is known of {text}. It never was, or it has been deleted.")


def _parse(text: str) -> str:
    try:
        return ids.parse_id(text)
    except ids.MalformedIdError:
        raise MalformedIdError(
            f"{text[:80]!r} is no id. An id is what an upload answered as imageId or jobId, such as"
            " 01936f5e-7c1a-7b3e-9d52-8f0e4c6a2b10."
        ) from None
