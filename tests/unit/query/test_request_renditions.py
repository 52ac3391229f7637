"""More is asked of an image that is here: what is announced, waited for, and answered."""

import asyncio
from dataclasses import replace

import pytest

from calotype_core.domain.image import (
    Failure,
    ImageRecord,
    Original,
)
from calotype_core.domain.instructions import MAIN
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.projection import project_requested
from calotype_core.errors import CalotypeError, Unavailable
from calotype_query.errors import (
    ImageUnfinishedError,
    ImageUnusableError,
    OriginalGoneError,
    RenditionFailedError,
    RenditionNameTakenError,
    TooManyRenditionsError,
)
from tests.unit.query.desks import (
    FLIPPED,
    IMAGE_ID,
    LEFT,
    PLAIN,
    RECORD,
    RIGHT,
    TURNED,
    World,
    failed,
    names,
    processed,
    wish,
)

pytestmark = pytest.mark.anyio


async def test_what_is_there_is_answered_at_once() -> None:
    """Where the record has all that is asked for, nothing is announced, and nobody waits."""
    world = World()
    made = await world.ask(wish(main=PLAIN), wait=0)
    assert (names(made), made.request_id) == ([MAIN], None)
    assert await world.announced() == []


async def test_what_is_lacking_is_made() -> None:
    """Only what is not there is announced, and all is answered in the order of the request."""
    world = World()
    made = await world.made(wish(b=TURNED, main=PLAIN, a=FLIPPED))
    [event] = await world.announced()
    assert list(event.instructions.renditions) == ["a", "b"]
    assert event.original == RECORD.original
    assert (names(made), made.request_id) == (["b", MAIN, "a"], event.request_id)
    assert names(await world.ask(wish(a=FLIPPED, b=TURNED), wait=0)) == ["a", "b"]
    assert len(await world.announced()) == 1


async def test_a_request_is_the_same_whoever_makes_it() -> None:
    """Its id follows from the image and what it lacks of what is asked, in whichever order."""
    first, second, other = World(), World(), World()
    for world, asked in (
        (first, wish(a=TURNED, b=FLIPPED)),
        (second, wish(b=FLIPPED, main=PLAIN, a=TURNED)),
        (other, wish(a=FLIPPED, b=TURNED)),
    ):
        assert (await world.ask(asked, wait=0)).renditions is None
    ids = [(await world.announced())[0].request_id for world in (first, second, other)]
    assert ids[0] == ids[1] != ids[2]


async def test_without_a_name_the_digest_is_it() -> None:
    """One recipe without a name is called by its digest, and by its point where it has its own."""
    world = World(replace(RECORD, focal_point=LEFT))
    plain = replace(wish(main=TURNED), named=False)
    assert names(await world.made(plain)) == [TURNED.digest]
    assert names(await world.ask(replace(plain, focal_point=LEFT), wait=0)) == [TURNED.digest]
    [around] = names(await world.made(replace(plain, focal_point=RIGHT)))
    assert around.startswith(f"{TURNED.digest}-f")


async def test_another_point_is_another_rendition() -> None:
    """Around a point of its own a rendition is no other's: not the image's, not a request's."""
    world = World()
    await world.made(wish(LEFT, a=TURNED))
    [event] = await world.announced()
    assert event.focal_point == LEFT
    assert names(await world.ask(wish(LEFT, a=TURNED), wait=0)) == ["a"]
    for other in (wish(RIGHT, a=TURNED), wish(a=TURNED), wish(LEFT, main=PLAIN)):
        with pytest.raises(RenditionNameTakenError):
            await world.ask(other)


async def test_a_request_that_fails() -> None:
    """The cause is told with its code; asked again it is tried again, as the same request."""
    world = World()
    for count in (1, 2):
        asking = asyncio.create_task(world.ask(wish(a=TURNED)))
        await world.tell(failed(await world.next_announced(count)))
        with pytest.raises(RenditionFailedError, match="reaches outside") as caught:
            await asking
        assert (caught.value.code, caught.value.status) == ("crop_outside_image", 422)
    first, second = await world.announced()
    assert first.event_id == second.event_id
    assert await world.images.get(IMAGE_ID) == RECORD


async def test_asked_many_times_at_once_it_is_one_event() -> None:
    """Who asks for what is on its way waits for the same event; one who leaves ends nothing."""
    world = World()
    asking = [asyncio.create_task(world.ask(wish(a=TURNED))) for _ in range(5)]
    event = await world.next_announced()
    asking[0].cancel()
    assert (await world.ask(wish(a=TURNED), wait=0)).renditions is None
    await world.tell(processed(event))
    answers = await asyncio.gather(*asking[1:])
    assert [names(one) for one in answers] == [["a"]] * 4
    assert len(await world.announced()) == 1


async def test_each_callback_is_announced() -> None:
    """Who wants to be told elsewhere makes the same request once more, for that callback."""
    world = World()
    urls = ["https://a.example/", None, "https://b.example/", "https://a.example/"]
    for url in urls:
        await world.ask(replace(wish(a=TURNED), callback_url=url), wait=0)
    events = await world.announced()
    assert [one.callback_url for one in events] == urls[:3]
    assert len({one.event_id for one in events}) == 1


async def test_what_nobody_hears_of_is_announced_again() -> None:
    """An outcome may pass unheard: who asks a minute later is believed."""
    world = World()
    await world.ask(wish(a=TURNED), wait=0)
    world.clock.advance(61)
    await world.ask(wish(a=TURNED), wait=0)
    assert len(await world.announced()) == 2


async def test_a_promise_needs_the_log() -> None:
    """Where the log did not take the request nothing is promised, and the next one is announced."""
    world = World()
    world.log.away = 1
    both = await asyncio.gather(
        *(world.ask(wish(a=TURNED), wait=0) for _ in range(2)), return_exceptions=True
    )
    assert [type(one) for one in both] == [Unavailable, Unavailable]
    assert (await world.ask(wish(a=TURNED), wait=0)).renditions is None
    assert len(await world.announced()) == 1


async def test_who_is_told_finds_it() -> None:
    """The answer waits for the record, so that what it names is served; but not for ever."""
    world = World()
    asking = asyncio.create_task(world.ask(wish(a=TURNED, main=PLAIN)))
    await world.tell(processed(await world.next_announced()), projected=False)
    turns = 0
    while not asking.done():
        world.clock.advance(0.02 if world.clock.sleepers else 0)
        await asyncio.sleep(0)
        turns += world.clock.monotonic() < 2
    assert names(asking.result()) == ["a", MAIN]
    assert turns > 90


async def test_two_who_want_one_name() -> None:
    """Of two requests that meet, the later is told that the name is taken by then."""
    world = World()
    asking = [asyncio.create_task(world.ask(wish(a=one))) for one in (TURNED, FLIPPED)]
    await world.next_announced(2)
    first, second = await world.announced()
    later = replace(processed(second), accepted_at=world.clock.now().replace(year=2027))
    for outcome in (later, processed(first)):
        await world.images.update(
            IMAGE_ID,
            lambda known, outcome=outcome: project_requested(known, outcome),  # type: ignore[misc]  # bound now
        )
    await world.tell(later)
    await world.tell(processed(first))
    assert names(await asking[0]) == ["a"]
    with pytest.raises(RenditionNameTakenError):
        await asking[1]


Refusal = tuple[ImageRecord, type[CalotypeError], str]
REFUSALS: dict[str, Refusal] = {
    "processing": (
        replace(RECORD, status=Status.PROCESSING),
        ImageUnfinishedError,
        f"once /status/{IMAGE_ID}",
    ),
    "not known from its beginning": (
        replace(RECORD, instructions=None, original=None, focal_point=None),
        ImageUnfinishedError,
        f"once /status/{IMAGE_ID}",
    ),
    "failed": (
        replace(RECORD, status=Status.FAILED, failure=Failure(code="a", message="Cut off.")),
        ImageUnusableError,
        "upload it again.*Cut off",
    ),
    "failed in a job": (
        replace(RECORD, status=Status.FAILED, job_id="job"),
        ImageUnusableError,
        "retry its job",
    ),
    "no original": (replace(RECORD, original=None), OriginalGoneError, "upload the image again"),
    "never taken in": (
        replace(RECORD, original=Original(key="uploads/a", size_bytes=10**10, sha256="")),
        OriginalGoneError,
        "upload the image again",
    ),
    "full": (RECORD, TooManyRenditionsError, "CALOTYPE_IMAGE_MAX_RENDITIONS"),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_images_of_which_nothing_is_made(refusal: Refusal) -> None:
    """Why not is said with what to do about it, as a conflict; nothing is announced."""
    record, kind, words = refusal
    world = World(record, most=1)
    with pytest.raises(kind, match=words) as caught:
        await world.ask(wish(a=TURNED))
    assert caught.value.status == 409
    assert await world.announced() == []


async def test_what_is_there_needs_no_original() -> None:
    """An image whose original is gone still answers with what was made of it."""
    world = World(replace(RECORD, original=None), most=1)
    assert names(await world.ask(wish(main=PLAIN))) == [MAIN]


async def test_a_taken_name_is_told_with_its_path() -> None:
    """Each name that is taken is told, and what is served under it."""
    with pytest.raises(RenditionNameTakenError) as caught:
        await World().ask(wish(main=TURNED, a=PLAIN))
    assert [one.path for one in caught.value.problems] == ["renditions.main"]
