"""What every object store promises."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calotype_core.ports.object_store import (
    CHUNK_BYTES,
    MAX_KEY_BYTES,
    InvalidKeyError,
    LocalFile,
    ObjectMissingError,
    ObjectStore,
    StoredObject,
)

pytestmark = pytest.mark.anyio

OpenStore = Callable[[], AbstractAsyncContextManager[ObjectStore]]

# The store is shared by a test's examples, which is how stores are used.
EXAMPLES = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
SEGMENTS = st.text(
    st.characters(exclude_characters="/").filter(str.isprintable), min_size=1, max_size=60
).filter(lambda segment: not any(one.strip() in {"", ".", ".."} for one in segment.split("\\")))


async def stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def put(store: ObjectStore, key: str, *chunks: bytes) -> StoredObject:
    return await store.put(key, stream(chunks), content_type="image/png")


async def get(store: ObjectStore, key: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.get(key, start=start, stop=stop)])


async def keys(store: ObjectStore, prefix: str) -> set[str]:
    return {key async for key in store.list(prefix)}


async def test_what_was_put_can_be_read(object_store: ObjectStore) -> None:
    """The chunks that were put come back as one, and the answer has their size and SHA-256."""
    stored = await put(object_store, "originals/a", b"one", b"", b"two")
    assert await get(object_store, "originals/a") == b"onetwo"
    assert stored == StoredObject(
        key="originals/a", size_bytes=6, sha256=hashlib.sha256(b"onetwo").hexdigest()
    )


async def test_an_empty_object_is_an_object(object_store: ObjectStore) -> None:
    """No bytes at all can be stored and read."""
    await put(object_store, "empty")
    assert await get(object_store, "empty") == b""
    assert await object_store.size("empty") == 0


async def test_putting_again_replaces(object_store: ObjectStore) -> None:
    """Putting a key again makes the new bytes, and only those, readable."""
    await put(object_store, "key", b"a longer one")
    await put(object_store, "key", b"short")
    assert await get(object_store, "key") == b"short"
    assert await keys(object_store, "") == {"key"}


async def test_a_failed_put_leaves_nothing(object_store: ObjectStore) -> None:
    """When the chunks break off, their error passes through and no object appears."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        raise LookupError("the client has gone")

    with pytest.raises(LookupError, match="the client has gone"):
        await object_store.put("key", broken(), content_type="image/png")
    with pytest.raises(ObjectMissingError):
        await object_store.size("key")
    assert await keys(object_store, "") == set()


async def test_a_failed_put_leaves_what_was(object_store: ObjectStore) -> None:
    """When the chunks of a replacement break off, the key is what it was."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"new"
        raise LookupError

    await put(object_store, "key", b"old")
    with pytest.raises(LookupError):
        await object_store.put("key", broken(), content_type="image/png")
    assert await get(object_store, "key") == b"old"


async def test_a_file_is_taken_in(object_store: ObjectStore, tmp_path: Path) -> None:
    """A file put in is an object like any other, and the file is gone."""
    path = tmp_path / "upload"
    path.write_bytes(b"bytes")
    file = LocalFile(key="deep/er/key", path=path, content_type="image/png")
    [stored] = await object_store.put_files([file])
    assert stored.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert stored.size_bytes == 5
    assert await get(object_store, "deep/er/key") == b"bytes"
    assert not path.exists()


async def test_files_are_taken_in_together(object_store: ObjectStore, tmp_path: Path) -> None:
    """Several files become several objects, answered in the order in which they were given."""
    keys = ["a/1", "b/2", "a/3"]
    paths = [tmp_path / key.replace("/", "-") for key in keys]
    for path in paths:
        path.write_text(path.name)
    pairs = zip(keys, paths, strict=True)
    files = [LocalFile(key=key, path=path, content_type="image/png") for key, path in pairs]
    assert [one.key for one in await object_store.put_files(files)] == keys
    assert [await get(object_store, key) for key in keys] == [b"a-1", b"b-2", b"a-3"]
    assert await object_store.put_files([]) == []


async def test_a_file_replaces(object_store: ObjectStore, tmp_path: Path) -> None:
    """A file put in under a key that is taken replaces the object there."""
    path = tmp_path / "upload"
    path.write_bytes(b"new")
    await put(object_store, "key", b"old")
    await object_store.put_files([LocalFile(key="key", path=path, content_type="image/png")])
    assert await get(object_store, "key") == b"new"


async def test_chunks_are_bounded(object_store: ObjectStore) -> None:
    """A large object is read in chunks of at most CHUNK_BYTES, whatever it was put in."""
    data = bytes(range(256)) * 12_000
    await put(object_store, "key", data)
    chunks = [chunk async for chunk in object_store.get("key")]
    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= CHUNK_BYTES


@EXAMPLES
@given(
    size=st.integers(0, 3 * CHUNK_BYTES),
    start=st.integers(0, 4 * CHUNK_BYTES),
    stop=st.none() | st.integers(0, 4 * CHUNK_BYTES),
)
async def test_a_range_is_a_slice(
    object_store: ObjectStore, size: int, start: int, stop: int | None
) -> None:
    """Any range reads what the slice of the bytes is, beyond the end too."""
    data = bytes(number % 251 for number in range(size))
    await put(object_store, "key", data)
    assert await get(object_store, "key", start, stop) == data[start:stop]


@EXAMPLES
@given(segments=st.lists(SEGMENTS, min_size=1, max_size=3), data=st.binary(max_size=10))
async def test_any_key_of_the_grammar_is_one_object(
    object_store: ObjectStore, segments: list[str], data: bytes
) -> None:
    """Any key in the grammar can be stored, read, found, and deleted."""
    key = "any/" + "/".join(segments)
    await put(object_store, key, data)
    assert await get(object_store, key) == data
    assert await keys(object_store, key[:-1]) == {key}
    await object_store.delete(key)
    assert await keys(object_store, "any/") == set()


async def test_keys_that_look_alike_are_told_apart(object_store: ObjectStore) -> None:
    """Spaces, plus signs, percent signs and leading dots stay what they are."""
    alike = {"a b", "a+b", "a%20b", "a%2520b", ".a b", "%2Ea b", "ä", "...", ".partial"}
    for key in alike:
        await put(object_store, f"uploads/{key}", key.encode())
    assert await keys(object_store, "") == {f"uploads/{key}" for key in alike}
    for key in alike:
        assert await get(object_store, f"uploads/{key}") == key.encode()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        "a\nb",
        "a\0b",
        "\ud800",
        "é" * 451,
        " ",
        "a/ . ",
        "a\\..\\b",
    ],
)
async def test_a_key_outside_the_grammar_is_refused(object_store: ObjectStore, key: str) -> None:
    """No operation takes a key that is not in the grammar."""
    with pytest.raises(InvalidKeyError):
        await put(object_store, key, b"bytes")
    with pytest.raises(InvalidKeyError):
        await get(object_store, key)
    with pytest.raises(InvalidKeyError):
        await object_store.size(key)
    with pytest.raises(InvalidKeyError):
        await object_store.delete(key)


async def test_the_longest_key(object_store: ObjectStore) -> None:
    """A key may have as many bytes as the grammar grants it."""
    key = "/".join(["k" * 224] * 4) + "k"
    assert len(key) == MAX_KEY_BYTES
    await put(object_store, key, b"bytes")
    assert await get(object_store, key) == b"bytes"


async def test_what_is_missing_is_said_to_be(object_store: ObjectStore) -> None:
    """Reading or measuring a key without an object raises ObjectMissingError; a folder is none."""
    await put(object_store, "folder/key", b"bytes")
    for key in ("nothing", "folder", "folder/nothing", "folder/key/nothing"):
        with pytest.raises(ObjectMissingError):
            await get(object_store, key)
        with pytest.raises(ObjectMissingError):
            await object_store.size(key)


async def test_deleting_twice_is_no_error(object_store: ObjectStore) -> None:
    """A deleted object is gone, its neighbours stay, and deleting it again does nothing."""
    await put(object_store, "renditions/a/one", b"1")
    await put(object_store, "renditions/a/two", b"2")
    await object_store.delete("renditions/a/one")
    await object_store.delete("renditions/a/one")
    await object_store.delete("renditions/a")
    assert await keys(object_store, "") == {"renditions/a/two"}


async def test_a_prefix_may_end_anywhere(object_store: ObjectStore) -> None:
    """Listing gives the keys that begin with the prefix, be its end a segment's or not."""
    for key in ("a/b/c", "a/bc", "a/bd/e", "ab", "x/.b", "x/..b"):
        await put(object_store, key, b"bytes")
    assert await keys(object_store, "x/.") == {"x/.b", "x/..b"}
    assert await keys(object_store, "x/..") == {"x/..b"}
    assert await keys(object_store, "a") == {"a/b/c", "a/bc", "a/bd/e", "ab"}
    assert await keys(object_store, "a/") == {"a/b/c", "a/bc", "a/bd/e"}
    assert await keys(object_store, "a/b") == {"a/b/c", "a/bc", "a/bd/e"}
    assert await keys(object_store, "a/b/") == {"a/b/c"}
    assert await keys(object_store, "a/bc") == {"a/bc"}
    assert await keys(object_store, "x/y") == set()
    assert await keys(object_store, "../") == set()


async def test_a_listing_may_be_left(object_store: ObjectStore) -> None:
    """Who has seen enough of a listing, or of an object, simply stops."""
    for number in range(3):
        await put(object_store, f"key{number}", b"x" * CHUNK_BYTES * 2)
    async with aclosing(object_store.list("")) as listing:  # type: ignore[type-var]  # a generator
        assert await anext(listing) in {"key0", "key1", "key2"}
    async with aclosing(object_store.get("key1")) as chunks:  # type: ignore[type-var]  # as above
        assert await anext(chunks)


async def test_objects_outlive_the_process(open_object_store: OpenStore) -> None:
    """What was put before is there after closing and opening again."""
    async with open_object_store() as store:
        await put(store, "originals/a", b"bytes")
    async with open_object_store() as store:
        assert await get(store, "originals/a") == b"bytes"
