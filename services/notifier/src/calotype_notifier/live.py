"""Everyone who is connected is told what happens, from the log; and who comes, of the present."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from calotype_core import codec
from calotype_core.domain.events import Event, ImageFailed, ImageProcessed, JobFinished
from calotype_core.ports.event_log import Record
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_core.young import YoungIds
from calotype_notifier import notice
from calotype_notifier.history import Heard, History
from calotype_notifier.job_news import JobNews, read_job
from calotype_notifier.place import Place, place_of
from calotype_notifier.sockets import Client, Sockets, Told, tell_all
from calotype_notifier.told import problem, told_of, told_of_outcome

RESET = told_of("reset", notice.RESET)
_STRIDE = 500  # of what is remembered, between two breaths for everybody else


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a client asks for: ids, or everything, and since when.

    images: whether of a job all of its images; past_ends: whether ends of jobs are of the past.
    """

    ids: Sequence[str] | None
    since: Place | None = None
    images: bool = True
    past_ends: bool = True
    _known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", frozenset(self.ids or ()))

    def includes(self, heard: Heard) -> bool:
        """Return whether the client is told of it, where it missed it."""
        if heard.image_id is None and not self.past_ends:
            return False
        if self.ids is None or heard.image_id in self._known:
            return True
        return heard.job_id in self._known and (self.images or heard.image_id is None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """Tells connected clients: of the past that they missed, of the present, and as it happens."""

    sockets: Sockets
    history: History
    news: JobNews
    images: ImageReader
    jobs: JobReader
    young: YoungIds

    async def hear(self, record: Record) -> None:
        """Remember what a record of the log tells, and tell everyone who follows it."""
        event = codec.decode(record)
        if not isinstance(event, ImageProcessed | ImageFailed | JobFinished):
            return
        if getattr(event, "request_id", None) is not None:
            return  # no outcome of the image: who asked for more of it is told where they asked
        heard = _heard(record, event)
        if isinstance(event, JobFinished):
            await self.news.ended(event, heard)
            return
        self.history.add(heard)
        followers = self.sockets.told_of_image(event.image_id, event.job_id)
        tell_all(followers, lambda base: told_of_outcome(base, event, heard.place))
        if event.job_id is not None:
            self.news.moved(event.job_id)

    async def subscribe(self, client: Client, wanted: Wanted) -> None:
        """Tell the client what it missed and the present, and from now on what happens.

        It is told of ids that nobody knows; those so young that their records may be on their way
        are followed. Raises Unavailable.
        """
        await self.history.ready()
        await self.catch_up(client, wanted)
        unknown = [one for one in wanted.ids or () if not await self._tell_present(client, one)]
        for subject_id in unknown:
            self.sockets.unfollow(client, subject_id)
        if unknown:
            message = "Nothing is known of these. They never were, or have been deleted."
            client.tell(problem("unknown_id", message, ids=unknown))

    async def catch_up(self, client: Client, wanted: Wanted) -> None:
        """Tell what was missed since the place that is named, and follow from there on.

        Who was away for longer than is remembered is told so first, and nothing of the past.
        """
        if wanted.since is not None and not await self._tell_past(client, wanted, wanted.since):
            await client.room()
            client.tell(RESET)
        # Nothing was waited for since the last look: what happens next is told as it happens. The
        # present comes after this, so that an outcome in between is told twice, never missed.
        if wanted.ids is None:
            self.sockets.follow_all(client)
        for subject_id in wanted.ids or ():
            self.sockets.follow(client, subject_id, images=wanted.images)

    async def _tell_past(self, client: Client, wanted: Wanted, since: Place) -> bool:
        """Return whether all since that place was told."""
        history = self.history
        if not history.covers(since):
            return False
        number = history.number_after(since)
        while history.start <= number < history.end:
            heard = history[number]
            if since.is_followed_by(heard.place) and wanted.includes(heard):
                await client.room()  # at the client's own pace, however much it is
                if told := await self._told(client.base, heard):
                    client.tell(told)
            elif number % _STRIDE == 0:
                await asyncio.sleep(0)
            number += 1
        return number >= history.start

    async def _told(self, base: str, heard: Heard) -> Told | None:
        event = codec.decode(heard)
        if isinstance(event, ImageProcessed | ImageFailed):
            return told_of_outcome(base, event, heard.place)
        now = await read_job(self.jobs, heard.job_id or "")
        return now.told(base, str(heard.place)) if now else None

    async def _tell_present(self, client: Client, subject_id: str) -> bool:
        """Tell where an image or a job is now; return False where there is no such thing."""
        if record := await self.images.get(subject_id):
            await client.room()
            client.tell(told_of("image", notice.of_image(client.base, record)))
            if not record.status.is_terminal:
                await self.tell_ahead(client, subject_id, generation=record.generation)
            return True
        if now := await read_job(self.jobs, subject_id):
            await self.news.settled(now.job)
            await client.room()
            client.tell(now.told(client.base))
            if subject_id not in client.counted:
                await self.tell_ahead(client, subject_id, counted=now.job.done)
            return True
        if is_young := self.young.is_young(subject_id):
            await self.tell_ahead(client, subject_id)
        return is_young

    async def tell_ahead(
        self, client: Client, subject_id: str, *, counted: int = 0, generation: int = 1
    ) -> None:
        """Tell the outcomes that were heard before they are in the record of the image or job.

        Records are written from the same log, and later: so many outcomes are counted there, and
        those of generations before this one are history. Some are told twice.
        """
        for number in self.history.outcomes_of(subject_id)[counted:]:
            await client.room()
            if number < self.history.start:
                continue  # it was forgotten while the client read
            event = codec.decode(heard := self.history[number])
            if isinstance(event, ImageProcessed | ImageFailed) and event.generation >= generation:
                client.tell(told_of_outcome(client.base, event, heard.place))


def _heard(record: Record, event: Event) -> Heard:
    return Heard(
        place=place_of(record),
        kind=codec.type_of(type(event)),
        value=record.value,
        image_id=getattr(event, "image_id", None),
        job_id=getattr(event, "job_id", None),
    )
