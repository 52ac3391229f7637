"""What every inbox promises."""

from contextlib import aclosing

import pytest

from calotype_core.ports.inbox import Arrival
from calotype_core.ports.object_store import CHUNK_BYTES, ObjectMissingError
from tests.conformance.inboxes import Letterbox

pytestmark = pytest.mark.anyio

ODD_KEYS = [
    "a photo, später.jpg",
    "2026/märz/1+1=2 & 100%.jpg",
    "50%25 off?.png",
    "Урок ☕ 写真 #3.jpg",
    "'quoted' \"twice\" <b>.jpg",
    "e\u0301 and é.jpg",
    "a\\b.jpg",
]
NOWHERE = [
    "",
    "/",
    "nothing.jpg",
    "a//b.jpg",
    "../objects/a",
    "a/../../b",
    "/etc/passwd",
    "x" * 2000,
    "a\0b",
]


async def listed(box: Letterbox) -> dict[str, Arrival]:
    found = [one async for one in box.inbox.list()]
    assert len({one.key for one in found}) == len(found), "of each key one"
    return {one.key: one for one in found}


async def put(box: Letterbox, key: str, data: bytes) -> Arrival:
    await box.put(key, data)
    arrival = await box.inbox.find(key)
    assert arrival is not None
    return arrival


async def read(box: Letterbox, arrival: Arrival) -> bytes:
    return b"".join([chunk async for chunk in box.inbox.read(arrival)])


@pytest.mark.parametrize("key", ["a.jpg", "2026/03/a.jpg", *ODD_KEYS])
async def test_what_was_put_waits_under_its_own_key(letterbox: Letterbox, key: str) -> None:
    """Whatever its owner called it, an object is listed, found, read and removed by that name."""
    arrival = await put(letterbox, key, b"bytes")
    assert (arrival.key, arrival.size_bytes) == (key, 5)
    assert await listed(letterbox) == {key: arrival}
    assert await read(letterbox, arrival) == b"bytes"
    await letterbox.inbox.remove(arrival)
    assert await listed(letterbox) == {}
    assert await letterbox.inbox.find(key) is None


async def test_an_arrival_is_the_same_for_everyone(letterbox: Letterbox) -> None:
    """Key, version and time are the same in every listing and every look: they make an id."""
    first = await put(letterbox, "a.jpg", b"bytes")
    await put(letterbox, "b.jpg", b"bytes")
    await read(letterbox, first)
    for _ in range(3):
        assert await letterbox.inbox.find("a.jpg") == first
        assert (await listed(letterbox))["a.jpg"] == first


async def test_putting_again_is_another_version(letterbox: Letterbox) -> None:
    """Other bytes under a key are another arrival; what was there is read no longer."""
    old = await put(letterbox, "a.jpg", b"old bytes")
    new = await put(letterbox, "a.jpg", b"new bytes")
    assert new != old
    assert new.version != old.version
    assert await listed(letterbox) == {"a.jpg": new}
    assert await read(letterbox, new) == b"new bytes"
    with pytest.raises(ObjectMissingError):
        await read(letterbox, old)


async def test_removing_a_version_leaves_a_newer_one(letterbox: Letterbox) -> None:
    """Who has accepted a version removes that one, whatever has come under its key since."""
    old = await put(letterbox, "a.jpg", b"old bytes")
    new = await put(letterbox, "a.jpg", b"new bytes")
    await letterbox.inbox.remove(old)
    assert await listed(letterbox) == {"a.jpg": new}
    assert await read(letterbox, new) == b"new bytes"


async def test_what_has_gone_is_removed_once_more(letterbox: Letterbox) -> None:
    """Removing twice is no error, and what has gone is said to be missing."""
    arrival = await put(letterbox, "a.jpg", b"bytes")
    await letterbox.inbox.remove(arrival)
    await letterbox.inbox.remove(arrival)
    with pytest.raises(ObjectMissingError):
        await read(letterbox, arrival)


async def test_a_version_is_read_whole_or_not_at_all(letterbox: Letterbox) -> None:
    """A reader whose object is replaced half-way ends with the old bytes, or is told."""
    old = bytes(8 * CHUNK_BYTES)
    arrival = await put(letterbox, "a.jpg", old)
    async with aclosing(letterbox.inbox.read(arrival)) as chunks:  # type: ignore[type-var]  # a generator
        seen = await anext(chunks)
        await letterbox.put("a.jpg", b"\1" * len(old))
        try:
            seen += b"".join([chunk async for chunk in chunks])
        except ObjectMissingError:
            return
    assert seen == old


async def test_an_object_without_bytes_waits(letterbox: Letterbox) -> None:
    """No bytes are an arrival like any other: somebody has to be told that they are none."""
    arrival = await put(letterbox, "empty.jpg", b"")
    assert arrival.size_bytes == 0
    assert await read(letterbox, arrival) == b""
    assert await listed(letterbox) == {"empty.jpg": arrival}


async def test_what_marks_a_folder_is_left_alone(letterbox: Letterbox) -> None:
    """A folder that was made with a browser of buckets is no arrival; what is in it is one."""
    await letterbox.put("2026/", b"")
    arrival = await put(letterbox, "2026/a.jpg", b"bytes")
    assert await listed(letterbox) == {"2026/a.jpg": arrival}
    assert await letterbox.inbox.find("2026/") is None


@pytest.mark.parametrize("key", NOWHERE)
async def test_nothing_is_found_where_nothing_is(letterbox: Letterbox, key: str) -> None:
    """A key from outside, whatever it is, leads to what is in the inbox or nowhere."""
    assert await letterbox.inbox.find(key) is None


async def test_all_are_listed(letterbox: Letterbox) -> None:
    """A listing is complete, however many pages it takes."""
    for number in range(1100):
        await letterbox.put(f"{number % 3}/{number}.jpg", b"x")
    assert len(await listed(letterbox)) == 1100
