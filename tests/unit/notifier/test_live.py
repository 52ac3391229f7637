"""What clients are told: the past, the present, and what happens."""

import asyncio
from dataclasses import replace

import pytest

from calotype_core.domain.events import ImageFailed, ImageProcessed, JobFinished
from calotype_core.domain.ids import make_id
from calotype_core.domain.lifecycle import Status
from calotype_core.errors import Unavailable
from calotype_notifier import job_news
from calotype_notifier.live import RESET, Wanted
from calotype_notifier.place import parse_place
from tests.unit.notifier.audience import (
    BASE,
    FAILED,
    FINISHED,
    IMAGES,
    JOB,
    NOW,
    OTHER_JOB,
    PROCESSED,
    SHA,
    World,
    all_told,
    failed,
    next_told,
    until,
)

pytestmark = pytest.mark.anyio

COMPLETED_NOTICE = {
    "status": "completed",
    "imageId": IMAGES[0],
    "url": f"{BASE}/image/{IMAGES[0]}",
    "renditions": [
        {
            "name": "main",
            "url": f"{BASE}/image/{IMAGES[0]}/main",
            "format": "webp",
            "width": 4,
            "height": 3,
            "sizeBytes": 5,
            "sha256": SHA,
        }
    ],
    "metadata": {
        "width": 4,
        "height": 3,
        "format": "jpeg",
        "sizeBytes": 9,
        "colourMode": "rgb",
        "orientation": 1,
        "sha256": SHA,
        "pages": 1,
        "hasAlpha": False,
    },
}
FAILED_NOTICE = {
    "status": "failed",
    "imageId": IMAGES[1],
    "failure": {"code": "corrupt", "message": "It is."},
}
END = {
    "status": "completed",
    "jobId": JOB,
    "total": 2,
    "completed": 1,
    "failed": 1,
    "urls": [f"{BASE}/image/{IMAGES[0]}", None],
}


def event_id(letter: str, offset: int, after: int = 0) -> str:
    return f"{1767225600000 + 1000 * after}-{letter}0-{offset}"


async def test_followers_of_an_image_are_told_its_outcome() -> None:
    """Who follows an image is told what became of it, and who follows another is not."""
    world = World()
    first, second = world.follower(IMAGES[0]), world.follower(IMAGES[1])
    await world.happens(PROCESSED)
    await world.happens(FAILED)
    [told] = await all_told(first)
    assert told == {**COMPLETED_NOTICE, "jobId": JOB, "position": 0, "eventId": event_id("b", 1)}
    [told] = await all_told(second)
    assert told == {**FAILED_NOTICE, "jobId": JOB, "position": 1, "eventId": event_id("b", 2)}


async def test_followers_of_a_job_are_told_of_its_images() -> None:
    """Who follows a job is told of each of its images, with its place in the job."""
    world = World()
    client = world.follower(JOB)
    await world.happens(PROCESSED)
    await world.happens(FAILED)
    await world.happens(failed(7, OTHER_JOB))
    assert [one["position"] for one in await all_told(client)] == [0, 1]


async def test_who_follows_image_and_job_is_told_once() -> None:
    """A client that follows an image and its job gets one notice of it."""
    world = World()
    client = world.follower(IMAGES[0], JOB)
    await world.happens(PROCESSED)
    assert len(await all_told(client)) == 1


async def test_a_single_image_is_in_no_job() -> None:
    """The notice of an image that is in no job says nothing of jobs."""
    world = World()
    client = world.follower(IMAGES[1])
    await world.happens(failed(1))
    assert await all_told(client) == [{**FAILED_NOTICE, "eventId": event_id("i", 1)}]


@pytest.mark.parametrize("outcome", [PROCESSED, FAILED])
async def test_a_request_for_more_is_no_outcome_of_the_image(
    outcome: ImageProcessed | ImageFailed,
) -> None:
    """Of a request's outcome nobody is told live, then or later: the image is what it was."""
    world = World()
    client = world.follower(outcome.image_id)
    world.sockets.follow_all(client)
    await world.happens(replace(outcome, request_id="r", job_id=None, position=None))
    assert world.history.end == 0
    assert await all_told(client) == []


async def test_who_wants_everything_is_told_everything() -> None:
    """A client that subscribes to all is told of images alone, of jobs' images, and of ends."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED)
    client = world.follower()
    await world.live.subscribe(client, Wanted(ids=None))
    async with world.telling():
        await world.happens(failed(9))
        await world.happens(PROCESSED)
        await world.happens(FAILED)
        await world.happens(FINISHED)
        told = await next_told(client, 4)
    assert told[-1] == {**END, "eventId": event_id("j", 4)}
    assert [one["status"] for one in told[:3]] == ["failed", "completed", "failed"]


async def test_followers_of_a_job_are_told_its_end() -> None:
    """When a job has finished, its followers get its counts, and its URLs in input order."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED)
    client = world.follower(JOB)
    async with world.telling():
        await world.happens(FINISHED)
        assert await next_told(client) == [{**END, "eventId": event_id("j", 1)}]


async def test_an_end_waits_for_records_that_are_away() -> None:
    """Where the records cannot be read, the end of a job is told once they can be."""
    world = World()
    client = world.follower(JOB)
    refusals = [Unavailable("the database is away")] * 2
    reading = world.jobs.get

    async def get(job_id: str) -> object:
        if refusals:
            raise refusals.pop()
        return await reading(job_id)

    world.jobs.get = get  # type: ignore[method-assign, assignment]  # away, for a while
    async with world.telling():
        await world.write_job(Status.COMPLETED, Status.FAILED)
        await world.happens(FINISHED)
        assert (await next_told(client))[0]["urls"] == END["urls"]


async def test_the_end_comes_after_its_images() -> None:
    """An outcome that is heard after its job's end, from another lane, is told before it."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED)
    client = world.follower(JOB)
    async with world.telling():
        await world.happens(FINISHED)
        await world.happens(PROCESSED)
        await world.happens(FAILED)
        told = await next_told(client, 3)
    assert [one.get("position") for one in told] == [0, 1, None]


async def test_a_job_that_moves_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """While images of a job are done its followers are told the counts, read once for all."""
    monkeypatch.setattr(job_news, "_EVERY_SECONDS", 0.01)
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED, total=3)
    reads: list[str] = []
    reading = world.jobs.get

    async def get(job_id: str) -> object:
        reads.append(job_id)
        return await reading(job_id)

    world.jobs.get = get  # type: ignore[method-assign, assignment]  # counted
    clients = [world.follower(JOB) for _ in range(5)]
    for client in clients:
        world.sockets.follow(client, JOB, images=False)
    for _ in range(20):
        await world.happens(PROCESSED)
    async with world.telling():
        progress = {"status": "processing", "jobId": JOB, "total": 3, "completed": 1, "failed": 1}
        assert [await next_told(one) for one in clients] == [[progress]] * 5
    assert reads == [JOB]


async def test_the_present_of_a_job_that_goes_on() -> None:
    """A job that is not finished tells its counts, and no URLs yet."""
    world = World()
    await world.write_job(Status.COMPLETED, total=2)
    client = world.follower()
    await world.live.subscribe(client, Wanted(ids=[JOB]))
    assert await all_told(client) == [
        {"status": "processing", "jobId": JOB, "total": 2, "completed": 1, "failed": 0}
    ]


async def test_unknown_ids_are_named() -> None:
    """Ids that nothing has are told as an error, and not followed; what is known beside them is."""
    world = World()
    await world.write_image(IMAGES[0])
    client = world.follower()
    await world.live.subscribe(client, Wanted(ids=[IMAGES[2], IMAGES[0], IMAGES[3]]))
    assert client.follows == {IMAGES[0]}
    present, error = await all_told(client)
    assert present == {"status": "processing", "imageId": IMAGES[0]}
    assert (error["error"]["code"], error["error"]["ids"]) == ("unknown_id", IMAGES[2:4])


async def test_a_young_id_is_followed_in_silence() -> None:
    """Of an id so young that its record may be on its way nothing is told; its outcome will be."""
    world = World()
    young = make_id(int(world.clock.now().timestamp() * 1000), 1)
    client = world.follower()
    await world.live.subscribe(client, Wanted(ids=[young]))
    assert client.follows == {young}
    assert await all_told(client) == []


async def test_an_outcome_may_be_heard_before_it_is_on_record() -> None:
    """Who comes when the log has told an image's outcome and its record has not, is told it."""
    world = World()
    await world.write_image(IMAGES[1])
    await world.happens(failed(1))
    client = world.follower()
    await world.live.subscribe(client, Wanted(ids=[IMAGES[1]]))
    present, outcome = await all_told(client)
    assert present == {"status": "processing", "imageId": IMAGES[1]}
    assert outcome == {**FAILED_NOTICE, "eventId": event_id("i", 1)}


async def test_an_outcome_of_before_a_retry_is_history() -> None:
    """An image that is tried again has had an outcome, and whoever comes now waits for the next."""
    world = World()
    await world.write_image(IMAGES[1], generation=2)
    await world.happens(failed(1))
    client = world.follower()
    await world.live.subscribe(client, Wanted(ids=[IMAGES[1]]))
    assert [one["status"] for one in await all_told(client)] == ["processing"]


async def test_a_job_tells_outcomes_that_are_not_counted_yet() -> None:
    """Of a job's images those are told that are heard and not in its counts; the rest are."""
    world = World()
    await world.write_job(Status.COMPLETED, total=3)
    await world.happens(PROCESSED)
    await world.happens(FAILED)
    client, counting = world.follower(), world.follower()
    await world.live.subscribe(client, Wanted(ids=[JOB]))
    await world.live.subscribe(counting, Wanted(ids=[JOB], images=False))
    present, outcome = await all_told(client)
    assert (present["completed"], present["failed"]) == (1, 0)
    assert outcome["imageId"] == IMAGES[1]
    assert await all_told(counting) == [present]


async def test_an_end_is_remembered_after_its_images() -> None:
    """Who resumes is told of a job's images before its end, though that was heard first."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED)
    async with world.telling():
        for event in (FINISHED, PROCESSED, FAILED):
            await world.happens(event)
        await until(lambda: world.history.end == 3)
    client = world.follower()
    since = parse_place(event_id("t", 0))
    await world.live.catch_up(client, Wanted(ids=[JOB], since=since))
    assert [one.get("position") for one in await all_told(client)] == [0, 1, None]


async def test_the_present_end_waits_for_its_images() -> None:
    """Who comes when a job's record says that it has finished is told of its images before."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED, finished_at=NOW)
    await world.happens(PROCESSED)
    client = world.follower()
    telling = asyncio.create_task(world.live.subscribe(client, Wanted(ids=[JOB])))
    await until(lambda: bool(client.follows))
    await world.happens(FAILED)
    await telling
    assert [one.get("position") for one in await all_told(client)] == [1, None]


async def test_a_resume_tells_what_was_missed() -> None:
    """Who resumes is told what it follows and missed, in order, then the present."""
    world = World()
    await world.write_image(IMAGES[1], Status.FAILED)
    for number in (1, 2, 1, 3):
        await world.happens(failed(number))
    client = world.follower()
    since = parse_place(event_id("i", 1))
    await world.live.subscribe(client, Wanted(ids=[IMAGES[1]], since=since))
    missed, present = await all_told(client)
    assert missed["eventId"] == event_id("i", 3)
    assert "eventId" not in present
    assert present["status"] == "failed"


async def test_a_resume_tells_the_end_that_was_missed() -> None:
    """Of a job that has finished meanwhile its images and its end are told, as if live."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED)
    await world.job_ends()
    client = world.follower()
    await world.live.subscribe(client, Wanted(ids=[JOB], since=parse_place(event_id("b", 1))))
    image, end, present = await all_told(client)
    assert image["imageId"] == IMAGES[1]
    assert end == {**END, "eventId": event_id("j", 3)}
    assert present == END


async def test_a_resume_may_leave_images_out() -> None:
    """Who follows a job without its images is not told those that it missed either."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED)
    await world.job_ends()
    since = parse_place(event_id("b", 1))
    client = world.follower()
    await world.live.catch_up(client, Wanted(ids=[JOB], since=since, images=False))
    assert [one["eventId"] for one in await all_told(client)] == [event_id("j", 3)]


async def test_who_was_away_too_long_is_told_so() -> None:
    """From before what is remembered, a client is told to begin anew, then the present."""
    world = World()
    await world.write_image(IMAGES[1])
    client = world.follower()
    since = parse_place("1000-i0-1")
    await world.live.subscribe(client, Wanted(ids=[IMAGES[1]], since=since))
    await world.happens(failed(1))
    reset, present, now = await all_told(client)
    assert reset["reset"] is True
    assert "present" in reset["message"]
    assert present["status"] == "processing"
    assert now["status"] == "failed"


async def test_a_resume_that_is_outrun() -> None:
    """Where a slow client's past is forgotten while it reads it, it is told to begin anew."""
    world = World(most_bytes=5_000)
    for number in range(4):
        await world.happens(failed(number))
    client = world.follower(backlog=1)
    wanted = Wanted(ids=None, since=parse_place(event_id("i", 1)))
    telling = asyncio.create_task(world.live.catch_up(client, wanted))
    await next_told(client)
    for number in range(4, 40):
        await world.happens(failed(number))
    while (told := await client.next()) != RESET:
        assert told is not None
    await telling


async def test_a_deleted_job_has_no_end() -> None:
    """Of a job that is gone by the time its end is told, nothing is told, and others go on."""
    world = World()
    await world.write_job(Status.COMPLETED, Status.FAILED)
    client = world.follower(OTHER_JOB, JOB)
    async with world.telling():
        await world.happens(JobFinished(job_id=OTHER_JOB, completed=0, failed=0, finished_at=NOW))
        await world.happens(FINISHED)
        assert (await next_told(client))[0]["jobId"] == JOB
