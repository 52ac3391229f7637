"""How jobs get on, and that they are finished: read once for all who follow, then told."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from calotype_core import logs
from calotype_core.domain.events import JobFinished
from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.errors import Unavailable
from calotype_core.housekeeping import pause
from calotype_core.patience import unless
from calotype_core.ports.job_records import JobReader
from calotype_notifier import notice
from calotype_notifier.history import Heard, History
from calotype_notifier.place import MARGIN, unix_ms
from calotype_notifier.sockets import Sockets, Told, tell_all
from calotype_notifier.told import told_of

_log = logs.get_logger(__name__)
_EVERY_SECONDS = 1.0  # a job's progress is told
_AGAIN_SECONDS = 0.5  # where its record could not be read
_SETTLE_SECONDS, _LOOK_SECONDS = 0.5, 0.02
_ENDS_MOST = 1_000  # jobs that are finished and not told of yet


@dataclass(frozen=True, kw_only=True, slots=True)
class JobNow:
    """A job, and the first of its images where it is finished."""

    job: JobRecord
    items: Sequence[JobItem]

    def told(self, base: str, event_id: str | None = None) -> Told:
        """Return the present in words; where it is finished, those of its end."""
        kind = "finished" if self.job.is_finished else "progress"
        return told_of(kind, notice.of_job(base, self.job, self.items), event_id)


async def read_job(jobs: JobReader, job_id: str) -> JobNow | None:
    """Return the job as it is now; its images only where their URLs are told."""
    if (job := await jobs.get(job_id)) is None:
        return None
    finished = job.is_finished
    items = await jobs.items(job_id, start=0, limit=notice.URLS_MAX) if finished else ()
    return JobNow(job=job, items=items)


@dataclass(frozen=True, slots=True)
class _End:
    event: JobFinished
    heard: Heard
    due: float  # the loop's time until which outcomes are waited for


class JobNews:
    """Reads the jobs that somebody follows when there is news of them, and tells it.

    The log goes on to be heard meanwhile, also while records cannot be read: nothing is left out.
    """

    def __init__(self, *, sockets: Sockets, history: History, jobs: JobReader) -> None:
        self._sockets = sockets
        self._history = history
        self._jobs = jobs
        self._moved: dict[str, None] = {}  # in order
        self._ended: asyncio.Queue[_End] = asyncio.Queue(_ENDS_MOST)

    def moved(self, job_id: str) -> None:
        """Note that an image of the job has its outcome."""
        if self._sockets.told_of_progress(job_id):
            self._moved[job_id] = None

    async def ended(self, event: JobFinished, heard: Heard) -> None:
        """Note that the job is finished; waits where very many are not told of yet."""
        await self._ended.put(_End(event, heard, _soon()))

    async def settled(self, job: JobRecord) -> None:
        """Wait a moment, where a job has just finished, for outcomes that are not heard yet."""
        if not job.is_finished or job.finished_at is None or self._history.latest_ms is None:
            return
        age = timedelta(milliseconds=self._history.latest_ms - unix_ms(job.finished_at))
        if age < MARGIN:
            await self._settle(job.job_id, job.done, _soon())

    async def tell_progress(self, stop: asyncio.Event) -> None:
        """Tell of the jobs that move, each once a second at most, until stop is set."""
        while not stop.is_set():
            await pause(stop, _EVERY_SECONDS)
            moved, self._moved = self._moved, {}
            for job_id in moved:
                try:
                    await self._tell_progress(job_id)
                except Unavailable as error:
                    _log.warning("waiting for a job", code=error.code, reason=error.message)
                    self._moved[job_id] = None

    async def _tell_progress(self, job_id: str) -> None:
        job = await self._jobs.get(job_id) if self._sockets.told_of_progress(job_id) else None
        if job is not None and not job.is_finished:  # its end has words of its own
            told = told_of("progress", notice.of_progress(job))
            tell_all(self._sockets.told_of_progress(job_id), lambda _: told)

    async def tell_ends(self, stop: asyncio.Event) -> None:
        """Remember and tell that jobs are finished, in order, until stop is set.

        Each once its images' outcomes are heard: they happened before, and may be heard after.
        """
        while (end := await unless(stop, self._ended.get())) is not None:
            event = end.event
            await self._settle(event.job_id, event.completed + event.failed, end.due)
            self._history.add(end.heard)
            while not stop.is_set():
                try:
                    await self._tell_end(end)
                except Unavailable as error:
                    _log.warning("waiting for a job", code=error.code, reason=error.message)
                    await pause(stop, _AGAIN_SECONDS)
                else:
                    break

    async def _settle(self, job_id: str, outcomes: int, due: float) -> None:
        clock = asyncio.get_running_loop()
        while len(self._history.outcomes_of(job_id)) < outcomes:
            if clock.time() >= due:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _tell_end(self, end: _End) -> None:
        job_id = end.event.job_id
        now = await read_job(self._jobs, job_id) if self._sockets.told_of_job(job_id) else None
        if now is not None:
            words = partial(now.told, event_id=str(end.heard.place))
            tell_all(self._sockets.told_of_job(job_id), words)


def _soon() -> float:
    return asyncio.get_running_loop().time() + _SETTLE_SECONDS
