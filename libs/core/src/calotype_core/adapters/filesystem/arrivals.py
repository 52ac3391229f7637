"""The blocking half of the watched folder: what is in it, and what of that is whole."""

import errno
import os
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from calotype_core.ports.inbox import Arrival

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# How browsers, copying programs and editors call what they have not finished.
_UNFINISHED = ("~", ".crdownload", ".download", ".filepart", ".part", ".partial", ".swp", ".tmp")


def is_left_alone(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or says that it is not finished."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def arrival_of(key: str, state: os.stat_result) -> Arrival | None:
    """Return the file as an arrival; None where it is no regular file."""
    if not stat.S_ISREG(state.st_mode):
        return None
    return Arrival(
        key=key,
        version=f"{state.st_ino}-{state.st_size}-{state.st_mtime_ns}",
        size_bytes=state.st_size,
        arrived_at=_EPOCH + timedelta(microseconds=state.st_ctime_ns // 1000),
    )


def waiting(root: Path) -> Iterator[Arrival]:
    """Yield the files below root that are not left alone; a folder that cannot be read is skipped.

    Raises OSError where root itself cannot be read.
    """
    with os.scandir(root):
        folders = [""]
    while folders:
        below = folders.pop()
        with suppress(OSError), os.scandir(root / below) as entries:
            for entry in entries:
                if is_left_alone(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{below}{entry.name}/")
                elif (found := _arrival_at(f"{below}{entry.name}", entry)) is not None:
                    yield found


def _arrival_at(key: str, entry: "os.DirEntry[str]") -> Arrival | None:
    with suppress(OSError):  # it has gone meanwhile
        return arrival_of(key, entry.stat(follow_symlinks=False))
    return None


def is_open_for_writing(path: Path) -> bool:
    """Whether somebody certainly has the file open for writing, however quiet they are.

    Only Linux tells, and only of local disks and of files that are our own user's.
    """
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - the names below exist on Linux only

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # A lease to read is refused while anybody has the file open for writing. Who opens it in
        # the instant that we hold it waits for that instant, and the kernel signals us: with a
        # signal that does nothing, where the usual one would end the process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False
