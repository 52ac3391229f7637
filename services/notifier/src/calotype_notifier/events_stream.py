"""GET /jobs/{id}/events: a job as it goes on, as server-sent events, for whoever can speak HTTP."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from calotype_core.errors import Unavailable
from calotype_core.http.origin import origin_of
from calotype_core.young import id_of
from calotype_notifier import notice
from calotype_notifier.job_news import JobNow, read_job
from calotype_notifier.live import Live, Wanted
from calotype_notifier.place import JOBS, MARGIN, MOMENT, RECORD, Place, parse_place, unix_ms
from calotype_notifier.settings import NotifierSettings
from calotype_notifier.sockets import Client, Told
from calotype_notifier.told import told_of

PING_SECONDS = 15.0  # of silence, after which a comment shows that the connection is good
_RETRY = "retry: 2000\n\n"  # milliseconds until a client connects again
_PING = ": still here\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_NOTHING_MORE = 204
_ANSWERS = {
    200: ResponseSpec(
        str,
        media_type="text/event-stream",
        description="Events: `job` (the present), `image`, `progress`, `finished`, `reset`.",
    ),
    204: ResponseSpec(None, description="The job is finished, and you have seen that."),
}
Last = Annotated[str | None, HeaderParameter(name="Last-Event-ID")]
LastAsked = Annotated[str | None, QueryParameter(name="lastEventId")]


class TooManyFollowersError(Unavailable):
    """As many clients are told live as may be, or this process is about to end."""

    code = "too_many_followers"


@dataclass(frozen=True, kw_only=True, slots=True)
class EventsRoute:
    """The route's parts."""

    live: Live
    settings: NotifierSettings

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""

        @get("/jobs/{job_id:str}/events", tags=["jobs"], responses=_ANSWERS)
        async def job_events(
            request: Request[Any, Any, Any],
            job_id: FromPath[str],
            last_event_id: Last = None,
            last_asked: LastAsked = None,
        ) -> Response[Any]:
            """Follow a job until it is finished, as server-sent events (EventSource).

            First the job as it is, then each image's outcome, how far the job is once a second at
            most, and its end. With Last-Event-ID, or lastEventId, what was missed comes first.
            """
            base = origin_of(request, self.settings.public_url)
            stream = await self.follow(base, id_of(job_id), last_event_id or last_asked)
            if stream is None:
                return Response(None, status_code=_NOTHING_MORE, headers=_HEADERS)
            return Stream(stream, media_type="text/event-stream", headers=_HEADERS)

        return [job_events]

    async def follow(
        self, base: str, job_id: str, last: str | None
    ) -> AsyncGenerator[str, None] | None:
        """Return the events of a job from the last one that was seen on; None where that was all.

        Raises MalformedEventIdError, TooManyFollowersError, and what an unknown id is told.
        """
        since = parse_place(last) if last else None
        await self.live.history.ready()
        young = self.live.young
        if (now := await young.find(job_id, partial(read_job, self.live.jobs, job_id))) is None:
            raise young.unknown(job_id)
        if since is not None and self._has_seen_the_end(now, since):
            return None
        client = self.settings.client_of(base)
        if not self.live.sockets.join(client):
            raise TooManyFollowersError(
                "As many clients follow something as may (CALOTYPE_SOCKETS_MAX), or this process"
                " is about to end: connect again in a moment."
            )
        return self._stream(client, job_id, since)

    async def _stream(
        self, client: Client, job_id: str, since: Place | None
    ) -> AsyncGenerator[str, None]:
        presenting = asyncio.create_task(self._present(client, job_id, since))
        beginning = asyncio.create_task(self._go_on(client, presenting))
        try:
            yield _RETRY
            if since is None:
                await presenting
            while True:
                try:
                    async with asyncio.timeout(PING_SECONDS):
                        told = await client.next()
                except TimeoutError:
                    yield _PING
                    await self._look_again(client, job_id)
                    continue
                if told is None:
                    return
                yield _frame(told)
                if told.kind == "finished":
                    return
        finally:
            self.live.sockets.leave(client)
            beginning.cancel()

    async def _present(self, client: Client, job_id: str, since: Place | None) -> JobNow | None:
        """Tell the past, where there is one, and the present; a client that misses it resumes."""
        with suppress(Unavailable):
            # The end comes last, from the record: it ends the stream, and lanes are read together.
            await self.live.catch_up(client, Wanted(ids=[job_id], since=since, past_ends=False))
            if now := await read_job(self.live.jobs, job_id):
                moment = Place(at_ms=self._latest_ms, lane=MOMENT, partition=0, offset=0)
                told = Told("job", told_of("job", notice.of_progress(now.job)).text, str(moment))
                if since is None:
                    client.tell_first(told)
                else:
                    await client.room()
                    client.tell(told)
                return now
        client.end()
        return None

    async def _go_on(self, client: Client, presenting: asyncio.Task[JobNow | None]) -> None:
        """Tell what was heard and is not in the present yet, and the end where it has come."""
        if (now := await presenting) is not None:
            await self.live.news.settled(now.job)
            await self.live.tell_ahead(client, now.job.job_id, counted=now.job.done)
            self._tell_end(client, now)

    async def _look_again(self, client: Client, job_id: str) -> None:
        """See to it that nobody waits for a job that is gone, or for an end that came to nobody."""
        with suppress(Unavailable):
            now = await read_job(self.live.jobs, job_id)
            if now is None:
                client.end()
            else:
                self._tell_end(client, now)

    @property
    def _latest_ms(self) -> int:
        """The log's time as far as it is known, else ours."""
        return self.live.history.latest_ms or unix_ms(self.live.young.clock.now())

    def _tell_end(self, client: Client, now: JobNow) -> None:
        """Tell that the job is finished, where its record says so."""
        job = now.job
        if job.is_finished:
            at_ms = unix_ms(job.finished_at) if job.finished_at else self._latest_ms
            place = Place(at_ms=at_ms, lane=RECORD, partition=0, offset=job.generation)
            client.tell(now.told(client.base, str(place)))

    def _has_seen_the_end(self, now: JobNow, seen: Place) -> bool:
        """Return whether the job is finished, and the place is where that was told."""
        job = now.job
        if not job.is_finished:
            return False
        if seen.lane == RECORD:
            return seen.offset == job.generation
        if seen.lane != JOBS:
            return False
        for heard in self.live.history.newest_first():
            if heard.job_id == job.job_id and heard.image_id is None:
                return not seen.is_followed_by(heard.place)
        # It was long ago: the record's time is near the event's, by another clock.
        return job.finished_at is not None and seen.at_ms >= unix_ms(job.finished_at - MARGIN)


def _frame(told: Told) -> str:
    place = f"id: {told.event_id}\n" if told.event_id else ""
    return f"event: {told.kind}\n{place}data: {told.text}\n\n"
