"""What the watched folder promises beside what every inbox does: what is not whole stays."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calotype_core.adapters.filesystem.inbox import QUIET_SECONDS, FilesystemInbox
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.errors import Unavailable
from calotype_core.ports.inbox import ArrivalUnreadableError
from calotype_core.ports.object_store import CHUNK_BYTES, ObjectMissingError

pytestmark = pytest.mark.anyio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that goes by the disk's time, and then only by hand."""
    return ManualClock(datetime.now(UTC) + timedelta(seconds=0.1))


@pytest.fixture
async def inbox(root: Path, clock: ManualClock) -> AsyncIterator[FilesystemInbox]:
    async with FilesystemInbox.open(root, clock) as opened:
        yield opened


async def keys(inbox: FilesystemInbox) -> set[str]:
    return {one.key async for one in inbox.list()}


def drop(root: Path, key: str, data: bytes = b"bytes") -> Path:
    path = root / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


async def test_a_file_waits_once_it_is_quiet(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """A file that was just written is left alone until nothing has changed for a while."""
    drop(root, "a.jpg")
    assert await keys(inbox) == set()
    assert await inbox.find("a.jpg") is None
    clock.advance(QUIET_SECONDS)
    assert await keys(inbox) == {"a.jpg"}


async def test_an_old_file_that_is_moved_in_arrives_today(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """A file's own date, which copies and moves keep, is no sign that it is whole, or old news."""
    path = drop(root.parent, "holiday.jpg")
    os.utime(path, (0, 0))
    path.rename(root / "holiday.jpg")
    assert await keys(inbox) == set()
    clock.advance(QUIET_SECONDS)
    [arrival] = [one async for one in inbox.list()]
    assert abs(arrival.arrived_at - clock.now()) < timedelta(seconds=10)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
async def test_a_file_that_is_still_open_for_writing_waits(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """A copy that stands still half-way, for however long, is not taken for a whole file."""
    with (root / "half.jpg").open("wb") as file:
        file.write(b"half")
        file.flush()
        clock.advance(3600)
        assert await keys(inbox) == set()
        assert await inbox.find("half.jpg") is None
    assert await keys(inbox) == {"half.jpg"}


async def test_a_clock_that_was_wrong_holds_nothing_up(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """Files from before the clock was put back an hour are from the future, and not young."""
    drop(root, "a.jpg")
    clock.turn_to(clock.now() - timedelta(hours=1))
    assert await keys(inbox) == {"a.jpg"}


async def test_unfinished_and_hidden_names_are_left_alone(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """Nothing is taken that says it is not finished, or not for others; nor links, nor pipes."""
    names = [".x", ".hidden/a.jpg", "a.jpg.part", "b.TMP", "c.crdownload", "d.jpg~", "e.swp"]
    for name in names:
        drop(root, name)
    outside = drop(root.parent, "outside/secret.jpg")
    (root / "link.jpg").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent)
    os.mkfifo(root / "pipe.jpg")
    drop(root, "whole.jpg")
    clock.advance(QUIET_SECONDS)
    assert await keys(inbox) == {"whole.jpg"}
    for name in (*names, "link.jpg", "folder/secret.jpg", "pipe.jpg", "../outside/secret.jpg"):
        assert await inbox.find(name) is None


async def test_a_name_that_is_no_text(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """A file whose name is not UTF-8 waits like any other."""
    try:
        (root / os.fsdecode(b"gr\xfc\xdfe.jpg")).write_bytes(b"bytes")
    except OSError:
        pytest.skip("this disk takes no such name")
    clock.advance(QUIET_SECONDS)
    [arrival] = [one async for one in inbox.list()]
    assert b"".join([chunk async for chunk in inbox.read(arrival)]) == b"bytes"
    await inbox.remove(arrival)
    assert await keys(inbox) == set()


async def test_a_file_that_grows_while_it_is_read(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """What is written to while it is read is not what arrived, and stays where it is."""
    path = drop(root, "a.jpg", bytes(3 * CHUNK_BYTES))
    clock.advance(QUIET_SECONDS)
    [arrival] = [one async for one in inbox.list()]
    chunks = inbox.read(arrival)
    await anext(chunks)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(ObjectMissingError):
        async for _ in chunks:
            pass
    await inbox.remove(arrival)
    assert path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_may_not_be_read(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """A file that its owner keeps to himself is said to be that, and is no outage."""
    drop(root, "a.jpg").chmod(0)
    clock.advance(QUIET_SECONDS)
    [arrival] = [one async for one in inbox.list()]
    with pytest.raises(ArrivalUnreadableError, match="grant"):
        await anext(inbox.read(arrival))


async def test_a_folder_that_has_gone_is_an_outage(inbox: FilesystemInbox, root: Path) -> None:
    """A folder that was unmounted, say, is waited for."""
    await asyncio.to_thread(root.rmdir)
    with pytest.raises(Unavailable, match="uploads"):
        await keys(inbox)
    await asyncio.to_thread(root.mkdir)
    assert await keys(inbox) == set()


async def test_the_owners_folders_stay(
    inbox: FilesystemInbox, root: Path, clock: ManualClock
) -> None:
    """Removing a file leaves its folder, which somebody may be about to put more into."""
    drop(root, "camera/1.jpg")
    clock.advance(QUIET_SECONDS)
    [arrival] = [one async for one in inbox.list()]
    await inbox.remove(arrival)
    assert await asyncio.to_thread((root / "camera").is_dir)
