"""What every store of image records promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calotype_core.domain.ids import make_id
from calotype_core.domain.image import Failure, ImageRecord, Requested, Transition
from calotype_core.domain.lifecycle import Status
from calotype_core.ports.image_records import ImageRecords
from tests import strategies

pytestmark = pytest.mark.anyio

OpenRecords = Callable[[], AbstractAsyncContextManager[ImageRecords]]
IDS = [make_id(unix_ms, 7) for unix_ms in range(1, 6)]

RECORDS = st.builds(
    ImageRecord,
    image_id=strategies.ids,
    generation=strategies.some,
    status=st.sampled_from(Status),
    job_id=st.none() | strategies.ids,
    position=st.none() | strategies.counts,
    filename=st.none() | strategies.texts,
    original=st.none() | strategies.originals,
    url=st.none() | strategies.texts,
    metadata=st.none() | strategies.metadata,
    renditions=st.lists(strategies.renditions, max_size=3).map(tuple),
    requested=st.lists(
        st.builds(Requested, rendition=strategies.renditions, at=strategies.times), max_size=3
    ).map(tuple),
    failure=st.none() | st.builds(Failure, code=strategies.texts, message=strategies.texts),
    history=st.lists(
        st.builds(Transition, status=st.sampled_from(Status), at=strategies.times), max_size=3
    ).map(tuple),
)


def record(image_id: str, filename: str | None = None) -> ImageRecord:
    return ImageRecord(image_id=image_id, generation=1, status=Status.PROCESSING, filename=filename)


async def keep(records: ImageRecords, kept: ImageRecord) -> ImageRecord:
    return await records.update(kept.image_id, lambda _: kept)


async def test_an_unknown_image_is_none(image_records: ImageRecords) -> None:
    """Nothing is known of an image that was never written."""
    assert await image_records.get(IDS[0]) is None
    assert await image_records.by_filename("cat.jpg") is None
    assert list(await image_records.newest(10)) == []


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
@given(kept=RECORDS)
async def test_a_record_is_kept_whole(image_records: ImageRecords, kept: ImageRecord) -> None:
    """Every field of a record comes back as it was written."""
    assert await keep(image_records, kept) == kept
    assert await image_records.get(kept.image_id) == kept


async def test_a_change_is_given_what_was(image_records: ImageRecords) -> None:
    """The first change is given None, the next one what the first one made."""
    seen: list[ImageRecord | None] = []

    def change(before: ImageRecord | None) -> ImageRecord:
        seen.append(before)
        return replace(before or record(IDS[0]), attempts=before.attempts + 1 if before else 0)

    first = await image_records.update(IDS[0], change)
    second = await image_records.update(IDS[0], change)
    assert (seen[0], seen[-1]) == (None, first)
    assert await image_records.get(IDS[0]) == second


async def test_a_failing_change_changes_nothing(image_records: ImageRecords) -> None:
    """What a change raises passes through, and the record is what it was."""

    def change(_: ImageRecord | None) -> ImageRecord:
        raise LookupError("no such step")

    kept = await keep(image_records, record(IDS[0]))
    with pytest.raises(LookupError, match="no such step"):
        await image_records.update(IDS[0], change)
    assert await image_records.get(IDS[0]) == kept


async def test_the_newest_come_first(image_records: ImageRecords) -> None:
    """Newest gives descending ids, as many as asked for, and goes on before a given one."""
    for image_id in (IDS[2], IDS[0], IDS[4], IDS[1], IDS[3]):
        await keep(image_records, record(image_id))
    page = [one.image_id for one in await image_records.newest(2)]
    rest = [one.image_id for one in await image_records.newest(10, before=page[-1])]
    assert page + rest == sorted(IDS, reverse=True)
    assert list(await image_records.newest(10, before=IDS[0])) == []
    assert list(await image_records.newest(0)) == []


async def test_the_newest_of_a_name(image_records: ImageRecords) -> None:
    """Of several images that came in under a name, by_filename gives the newest."""
    for image_id, filename in zip(IDS, ["a.jpg", "b.jpg", "a.jpg", None, "A.jpg"], strict=True):
        await keep(image_records, record(image_id, filename))
    found = await image_records.by_filename("a.jpg")
    assert found is not None
    assert found.image_id == IDS[2]
    assert await image_records.by_filename("c.jpg") is None


async def test_a_name_learnt_later_is_found(image_records: ImageRecords) -> None:
    """An outcome may be seen before the acceptance that tells the name; then the name is found."""
    await keep(image_records, record(IDS[0]))
    named = await keep(image_records, record(IDS[0], "cat.jpg"))
    assert await image_records.by_filename("cat.jpg") == named


async def test_records_outlive_the_process(open_image_records: OpenRecords) -> None:
    """What was written before is there after closing and opening again."""
    async with open_image_records() as records:
        kept = await keep(records, record(IDS[0], "cat.jpg"))
    async with open_image_records() as records:
        assert await records.get(IDS[0]) == kept


async def test_two_processes_lose_no_change(open_image_records: OpenRecords) -> None:
    """Changes that two processes make to a record at the same time are all in it."""

    def change(before: ImageRecord | None) -> ImageRecord:
        known = before or record(IDS[0])
        return replace(known, attempts=known.attempts + 1)

    async with open_image_records() as ours, open_image_records() as theirs:
        await asyncio.gather(
            *(records.update(IDS[0], change) for records in (ours, theirs) for _ in range(8))
        )
        kept = await ours.get(IDS[0])
    assert kept is not None
    assert kept.attempts == 16
