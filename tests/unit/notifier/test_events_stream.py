"""GET /jobs/{id}/events, event by event."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from calotype_core.domain.lifecycle import Status
from calotype_core.young import UnknownIdError
from calotype_notifier import events_stream
from calotype_notifier.events_stream import EventsRoute, TooManyFollowersError
from calotype_notifier.place import MalformedEventIdError
from calotype_notifier.settings import NotifierSettings
from tests.unit.notifier.audience import (
    BASE,
    JOB,
    NOW,
    OTHER_JOB,
    PROCESSED,
    World,
    failed,
)

pytestmark = pytest.mark.anyio

ENDED = (Status.COMPLETED, Status.FAILED)
Frame = dict[str, Any]
Frames = AsyncGenerator[str, None]


class Stage:
    """A world and its route."""

    def __init__(self, settings: NotifierSettings | None = None) -> None:
        self.world = World()
        self.route = EventsRoute(live=self.world.live, settings=settings or NotifierSettings())

    async def connect(self, last: str | None = None) -> Frames:
        stream = await self.route.follow(BASE, JOB, last)
        assert stream is not None
        assert await anext(stream) == "retry: 2000\n\n"
        return stream

    async def has_seen_all(self, last: str) -> bool:
        return await self.route.follow(BASE, JOB, last) is None

    async def change(self, **changes: Any) -> None:  # noqa: ANN401 - fields of the record
        job = await self.world.jobs.get(JOB)
        assert job is not None
        changed = replace(job, **changes)
        await self.world.jobs.update(JOB, lambda _: changed)

    async def finish(self) -> None:
        await self.world.write_job(*ENDED)
        await self.world.job_ends()


def frame(text: str) -> Frame:
    fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
    return {**fields, "data": json.loads(fields["data"])}


async def take(stream: Frames, count: int) -> list[Frame]:
    async with asyncio.timeout(30):
        return [frame(await anext(stream)) for _ in range(count)]


async def rest(stream: Frames) -> list[Frame]:
    async with asyncio.timeout(30):
        return [frame(text) async for text in stream]


async def test_a_job_from_its_beginning_to_its_end() -> None:
    """First the job as it is, then its images, then its end, after which the stream ends."""
    stage = Stage()
    await stage.world.write_job(total=2)
    stream = await stage.connect()
    [job] = await take(stream, 1)
    assert (job["event"], job["data"]["status"], job["data"]["total"]) == ("job", "processing", 2)
    async with stage.world.telling():
        await stage.finish()
        told = await rest(stream)
    assert [one["event"] for one in told] == ["image", "image", "finished"]
    assert [one["id"] for one in told] == [one["data"]["eventId"] for one in told]
    end = told[-1]["data"]
    assert (end["status"], end["jobId"], end["urls"][1]) == ("completed", JOB, None)


async def test_of_a_job_that_is_finished() -> None:
    """Who comes late is told the job and its end, and once it has seen that, nothing more."""
    stage = Stage()
    await stage.finish()
    job, end = await rest(await stage.connect())
    assert (job["event"], end["event"]) == ("job", "finished")
    assert "urls" not in job["data"]
    assert await stage.has_seen_all(end["id"])


async def test_the_end_as_it_happened_is_the_end() -> None:
    """The id under which a WebSocket was told the end counts as well; an image's does not."""
    stage = Stage()
    await stage.finish()
    assert await stage.has_seen_all("1767225600000-j0-3")
    told = await rest(await stage.connect("1767225600000-b0-1"))
    assert [one["event"] for one in told] == ["image", "job", "finished"]


async def test_an_end_of_long_ago() -> None:
    """An end that is not remembered any more is known by its time; an earlier one is not it."""
    stage = Stage()
    await stage.world.write_job(*ENDED)
    await stage.change(finished_at=NOW)
    assert await stage.has_seen_all("1767225600100-j0-3")
    told = await rest(await stage.connect("1767225000000-j0-3"))
    assert [one["event"] for one in told] == ["reset", "job", "finished"]


async def test_a_retried_job_is_followed_again() -> None:
    """Who has seen the end of a job that was retried is told how it goes on."""
    stage = Stage()
    await stage.finish()
    [_, end] = await rest(await stage.connect())
    await stage.change(generation=2, expanded=1)
    stream = await stage.connect(end["id"])
    told = await take(stream, 3)
    assert [one["event"] for one in told] == ["image", "image", "job"]
    assert told[-1]["data"]["status"] == "processing"


async def test_nothing_is_missed_from_the_first_event_on() -> None:
    """The first event has an id, too: who lost the connection after it misses no image."""
    stage = Stage()
    await stage.world.write_job(total=2)
    await stage.world.happens(failed(50))
    stream = await stage.connect()
    [job] = await take(stream, 1)
    await stage.world.happens(PROCESSED, after=1)
    [image, present] = await take(await stage.connect(job["id"]), 2)
    assert (image["event"], present["event"]) == ("image", "job")


async def test_silence_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing happens a comment is sent; a job that was deleted meanwhile ends the stream."""
    monkeypatch.setattr(events_stream, "PING_SECONDS", 0.01)
    stage = Stage()
    await stage.world.write_job(total=2)
    stream = await stage.connect()
    await take(stream, 1)
    assert (await anext(stream)).startswith(":")
    await stage.world.jobs.delete(JOB)
    async with asyncio.timeout(30):
        assert all([text.startswith(":") async for text in stream])


async def test_an_end_that_came_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """An end that is on record and was never heard of is told all the same."""
    monkeypatch.setattr(events_stream, "PING_SECONDS", 0.01)
    stage = Stage()
    await stage.world.write_job(total=2)
    stream = await stage.connect()
    await take(stream, 1)
    await stage.world.write_job(*ENDED)
    async with asyncio.timeout(30):
        told = [frame(text) async for text in stream if not text.startswith(":")]
    assert [one["event"] for one in told] == ["finished"]


async def test_the_end_of_the_process_ends_the_stream() -> None:
    """When the process is to end streams end, and no further one begins."""
    stage = Stage()
    await stage.world.write_job(total=2)
    stream = await stage.connect()
    await take(stream, 1)
    stage.world.sockets.end()
    assert await rest(stream) == []
    with pytest.raises(TooManyFollowersError, match="connect again"):
        await stage.connect()


async def test_who_leaves_is_forgotten() -> None:
    """A stream that is closed leaves its place to another."""
    stage = Stage()
    await stage.world.write_job(total=2)
    for _ in range(20):  # more than may be at once
        stream = await stage.connect()
        await stream.aclose()


async def test_who_falls_behind_is_let_go() -> None:
    """A client that does not read gets what fits, and its stream ends: it resumes."""
    stage = Stage(NotifierSettings(socket_backlog=3))
    await stage.world.write_job(total=9)
    stream = await stage.connect()
    await take(stream, 1)
    for number in range(9):
        await stage.world.happens(failed(number, JOB))
    assert len(await rest(stream)) == 3


async def test_what_is_refused() -> None:
    """An id that nothing has, and an id that is none of an event's, are refused by their codes."""
    stage = Stage()
    with pytest.raises(UnknownIdError):
        await stage.route.follow(BASE, OTHER_JOB, None)
    with pytest.raises(MalformedEventIdError):
        await stage.route.follow(BASE, OTHER_JOB, "7")
