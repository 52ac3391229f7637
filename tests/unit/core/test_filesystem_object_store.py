"""What the folder of objects promises beside what every object store does."""

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.errors import Unavailable
from calotype_core.ports.object_store import (
    CHUNK_BYTES,
    InvalidKeyError,
    LocalFile,
    StoreFullError,
    SupportsLocalPath,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
async def store(root: Path) -> AsyncIterator[FilesystemObjectStore]:
    async with FilesystemObjectStore.open(root) as opened:
        yield opened


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def put(store: FilesystemObjectStore, key: str, *chunks: bytes) -> None:
    await store.put(key, stream(*chunks), content_type="image/png")


async def get(store: FilesystemObjectStore, key: str) -> bytes:
    return b"".join([chunk async for chunk in store.get(key)])


def make(folder: Path, mode: int = 0o700) -> None:
    folder.mkdir(mode=mode)


def folders(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_dir()}


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


async def test_an_object_is_a_file(store: FilesystemObjectStore, root: Path) -> None:
    """local_path is where the bytes are, below the root and named after the key."""
    await put(store, "originals/a", b"bytes")
    assert isinstance(store, SupportsLocalPath)
    assert store.local_path("originals/a") == root / "originals" / "a"
    assert store.local_path("originals/a").read_bytes() == b"bytes"


async def test_no_key_leads_out_of_the_root(store: FilesystemObjectStore) -> None:
    """A key that would climb out of the folder has no path."""
    for key in ("../a", "/etc/passwd", "a/../../b"):
        with pytest.raises(InvalidKeyError):
            store.local_path(key)


async def test_partials_are_swept(root: Path) -> None:
    """What an earlier process left unfinished is gone once the store is open."""
    (root / ".partial").mkdir(parents=True)
    (root / ".partial" / "left").write_bytes(b"half")
    async with FilesystemObjectStore.open(root) as store:
        await put(store, "key", b"whole")
    assert files(root) == {"key"}


async def test_an_error_in_the_middle_leaves_no_file(
    store: FilesystemObjectStore, root: Path
) -> None:
    """When the chunks break off after some were written, nothing stays on the disk."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 3_000_000
        assert len(files(root)) == 1
        raise LookupError

    with pytest.raises(LookupError):
        await store.put("key", broken(), content_type="image/png")
    assert files(root) == set()


async def test_a_cancelled_put_leaves_no_file(store: FilesystemObjectStore, root: Path) -> None:
    """When the caller is cancelled between two chunks, nothing stays on the disk."""
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 3_000_000
        begun.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(store.put("key", endless(), content_type="image/png"))
    await begun.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert files(root) == set()


async def test_a_put_cancelled_in_its_thread_is_whole_or_not_at_all(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the caller is cancelled while a thread is at work, no partial file stays."""
    working, go = threading.Event(), threading.Event()
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        working.set()
        assert go.wait(30)
        fsync(descriptor)

    async with FilesystemObjectStore.open(root) as store:
        monkeypatch.setattr(os, "fsync", slow)
        putting = asyncio.create_task(put(store, "key", b"bytes"))
        await asyncio.to_thread(working.wait, 30)
        putting.cancel()
        asyncio.get_running_loop().call_later(0.01, go.set)
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert files(root) == {"key"}
        assert await get(store, "key") == b"bytes"


async def test_bytes_are_on_the_disk_before_their_name_is(
    store: FilesystemObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A put syncs the file, renames it, and syncs the folder, in this order."""
    await put(store, "folder/other", b"bytes")
    did: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        did.append("sync")
        fsync(descriptor)

    def noted_replace(path: Path, target: Path) -> Path:
        did.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    await put(store, "folder/key", b"bytes")
    assert did == ["sync", "rename", "sync"]


@pytest.mark.parametrize(
    "told",
    [
        (errno.ENOSPC, StoreFullError, "free some room"),
        (errno.EDQUOT, StoreFullError, "free some room"),
        (errno.EACCES, Unavailable, "grant it"),
        (errno.EROFS, Unavailable, "read-only"),
        (errno.EIO, Unavailable, "disk that fails"),
        (errno.EMFILE, Unavailable, "Too many open files"),
    ],
)
async def test_the_systems_errors_are_told_in_words(
    store: FilesystemObjectStore,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: tuple[int, type[Unavailable], str],
) -> None:
    """A disk that refuses is told of with what to do, and the object is what it was."""
    code, error, words = told

    def refuse(_: int) -> None:
        raise OSError(code, os.strerror(code))

    await put(store, "key", b"old")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(error, match=words) as raised:
            await put(store, "key", b"new")
    assert type(raised.value) is error
    assert await get(store, "key") == b"old"
    assert files(root) == {"key"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_that_cannot_be_written_is_refused(root: Path) -> None:
    """Opening a folder that this user may not write to says so at once."""
    make(root, mode=0o500)
    with pytest.raises(Unavailable, match="may not be read or written"):
        async with FilesystemObjectStore.open(root):
            pass


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """Opening a folder below a file names the folder."""
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="file/objects"):
        async with FilesystemObjectStore.open(tmp_path / "file" / "objects"):
            pass


async def test_a_name_that_no_folder_takes_is_refused(store: FilesystemObjectStore) -> None:
    """A segment that comes to over 255 bytes is refused in words; one of 255 is stored."""
    await put(store, "k" * 255, b"bytes")
    with pytest.raises(InvalidKeyError, match="shorten it"):
        await put(store, "é" * 128, b"bytes")


async def test_a_key_that_is_a_folder_is_refused(store: FilesystemObjectStore) -> None:
    """An object cannot be put where a folder is, nor below another object."""
    await put(store, "a/b", b"bytes")
    with pytest.raises(InvalidKeyError):
        await put(store, "a", b"bytes")
    with pytest.raises(InvalidKeyError):
        await put(store, "a/b/c", b"bytes")
    with pytest.raises(InvalidKeyError):
        await put(store, "a/b/c/d", b"bytes")
    assert await get(store, "a/b") == b"bytes"


async def test_what_else_lies_there_is_no_object(store: FilesystemObjectStore, root: Path) -> None:
    """Hidden files, and names that no key is spelt as, are not listed; a dropped file is."""
    (root / "uploads").mkdir()
    for name in (".DS_Store", "a%b", "My photo+1.JPG"):
        (root / "uploads" / name).write_bytes(b"bytes")
    assert [key async for key in store.list("")] == ["uploads/My photo+1.JPG"]
    assert await get(store, "uploads/My photo+1.JPG") == b"bytes"


async def test_emptied_folders_go(store: FilesystemObjectStore, root: Path) -> None:
    """Deleting a folder's last object takes the folder, and those above that it empties, away."""
    await put(store, "renditions/a/b/one", b"bytes")
    await put(store, "renditions/c", b"bytes")
    await store.delete("renditions/a/b/one")
    assert folders(root) == {".partial", "renditions"}
    await store.delete("renditions/c")
    assert folders(root) == {".partial"}


async def test_puts_and_deletes_in_one_folder_do_not_disturb_each_other(
    store: FilesystemObjectStore,
) -> None:
    """A put succeeds while deletes keep taking its emptied folder away."""

    async def come_and_go(number: int) -> None:
        for _ in range(25):
            await put(store, f"folder/deep/{number}", b"bytes")
            assert await get(store, f"folder/deep/{number}") == b"bytes"
            await store.delete(f"folder/deep/{number}")

    await asyncio.gather(*(come_and_go(number) for number in range(4)))
    assert [key async for key in store.list("")] == []


async def test_a_reader_keeps_what_it_began_with(store: FilesystemObjectStore) -> None:
    """An object that is replaced or deleted while it is read is read as it was."""
    await put(store, "key", b"a" * CHUNK_BYTES * 2)
    async with aclosing(store.get("key")) as chunks:
        assert set(await anext(chunks)) == {ord("a")}
        await put(store, "key", b"b" * CHUNK_BYTES * 2)
        await store.delete("key")
        assert set(await anext(chunks)) == {ord("a")}


async def test_a_reader_may_outlive_the_store(root: Path) -> None:
    """A reader that is left after the store was closed lets go of its file."""
    async with FilesystemObjectStore.open(root) as store:
        await put(store, "key", b"bytes")
        chunks = store.get("key")
        assert await anext(chunks) == b"bytes"
    await chunks.aclose()


async def test_a_file_from_another_disk_is_copied(
    store: FilesystemObjectStore, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file cannot be moved in, its bytes are, and the file is gone all the same."""
    upload = tmp_path / "upload"
    upload.write_bytes(b"bytes" * 100_000)
    replace = Path.replace

    def replace_on_one_disk(path: Path, target: Path) -> Path:
        if path == upload:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace_on_one_disk)
    [stored] = await store.put_files([LocalFile(key="key", path=upload, content_type="image/png")])
    assert stored.size_bytes == 500_000
    assert await get(store, "key") == b"bytes" * 100_000
    assert not upload.exists()
    assert files(root) == {"key"}
