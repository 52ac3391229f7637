"""The blocking half of the store: what its threads do with files and folders.

Partial, Reader and Listing outlive a cancelled caller: a thread may still be at work on one when it
is told to let go. Each therefore has a lock, and does nothing once it is closed.
"""

import errno
import hashlib
import os
import secrets
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import FileIO
from itertools import islice, takewhile
from pathlib import Path
from typing import BinaryIO

from calotype_core.adapters.filesystem.names import folder_of, key_of
from calotype_core.errors import Unavailable
from calotype_core.ports.object_store import (
    CHUNK_BYTES,
    InvalidKeyError,
    LocalFile,
    ObjectMissingError,
    StoredObject,
    StoreFullError,
)

LISTED_AT_ONCE = 500
_TRIES = 5  # at a folder that somebody's delete takes away under us
_PARTIAL = ".partial"
_CAUSES = {
    errno.EACCES: "may not be read or written by the user that Calotype runs as: grant it that",
    errno.EPERM: "may not be read or written by the user that Calotype runs as: grant it that",
    errno.EROFS: "is mounted read-only: mount it for writing",
    errno.EIO: "has a disk that fails: see the kernel's log, and replace it",
}


class Folders:
    """The root folder and what may happen in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._making = threading.Lock()

    def prepare(self) -> None:
        """Make the root where it is missing, sweep what an earlier process left, try to write."""
        partials = self.root / _PARTIAL
        partials.mkdir(parents=True, exist_ok=True)
        for left in partials.iterdir():
            left.unlink(missing_ok=True)
        trial = self.new_partial()
        trial.touch()
        trial.unlink()

    def new_partial(self) -> Path:
        """Return a path for an unfinished file; rename is atomic only within one filesystem."""
        return self.root / _PARTIAL / secrets.token_hex(16)

    def move_in(self, source: Path, target: Path) -> None:
        """Put source at target, in one step and durably; folders are made as needed."""
        self.move(source, target)
        sync_folder(target.parent)

    def move(self, source: Path, target: Path) -> None:
        """Put source at target in one step, which is durable once target's folder is synced."""
        for left in reversed(range(_TRIES)):
            try:
                self._make(target.parent)
                source.replace(target)
                break
            except (NotADirectoryError, IsADirectoryError, FileExistsError):
                raise InvalidKeyError("The key, or a folder of it, is another object's.") from None
            except FileNotFoundError:
                # A delete took the emptied folder away between the two; try again.
                if not left or not source.exists():
                    raise

    def remove(self, path: Path) -> None:
        """Remove the object durably, and the folders that it leaves empty."""
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return
        sync_folder(path.parent)
        with self._making, suppress(OSError):  # not empty: it stays, and so do those above
            for folder in path.relative_to(self.root).parents[:-1]:
                (self.root / folder).rmdir()

    def _make(self, folder: Path) -> None:
        # Locked, so that nobody stores into a folder whose own entry is not on the disk yet.
        with self._making:
            missing = takewhile(lambda one: not one.exists(), (folder, *folder.parents))
            for one in reversed(tuple(missing)):
                one.mkdir()
                sync_folder(one.parent)


class Partial:
    """A file on its way in."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._path = folders.new_partial()
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._closed = False
        self._sha256 = hashlib.sha256()
        self._size_bytes = 0

    def write(self, chunks: Sequence[bytes]) -> None:
        """Add the chunks."""
        with self._lock:
            file = self._opened()
            for chunk in chunks:
                file.write(chunk)
                self._sha256.update(chunk)
                self._size_bytes += len(chunk)

    def publish(self, key: str, target: Path) -> StoredObject:
        """Make the file the object, whole and durable."""
        with self._lock:
            file = self._opened()
            file.flush()
            os.fsync(file.fileno())
            file.close()
            self._folders.move_in(self._path, target)
            self._closed = True
        return StoredObject(key=key, size_bytes=self._size_bytes, sha256=self._sha256.hexdigest())

    def discard(self) -> None:
        """Remove the file, unless it was published."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._file is not None:
                with suppress(
                    OSError
                ):  # closing writes what is buffered, which a full disk refuses
                    self._file.close()
                self._path.unlink(missing_ok=True)

    def _opened(self) -> BinaryIO:
        if self._closed:
            raise ValueError("the partial was discarded")
        if self._file is None:
            self._file = self._path.open("xb", buffering=CHUNK_BYTES)
        return self._file


class Reader:
    """A range of an object's bytes; it reads the object as it was at the first read."""

    def __init__(self, path: Path, start: int, stop: int | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        self._closed = False
        self._at = start
        self._stop = stop

    def read(self) -> bytes:
        """Return the next chunk, empty at the end; raises ObjectMissingError."""
        with self._lock:
            if self._closed:
                return b""
            if self._file is None:
                self._file = _open(self._path)
                self._file.seek(self._at)
            wanted = CHUNK_BYTES if self._stop is None else min(CHUNK_BYTES, self._stop - self._at)
            chunk = self._file.read(max(0, wanted)) or b""
            self._at += len(chunk)
            return chunk

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
            if self._file is not None:
                self._file.close()


class Listing:
    """A walk through the keys that begin with a prefix."""

    def __init__(self, root: Path, prefix: str) -> None:
        self._lock = threading.Lock()
        self._keys = _walk(root, folder_of(root, prefix), prefix)

    def more(self) -> Sequence[str]:
        """Return some further keys, none at the end."""
        with self._lock:
            return list(islice(self._keys, LISTED_AT_ONCE))

    def close(self) -> None:
        """Let go of the folders."""
        with self._lock:
            self._keys.close()


def take_in_all(
    folders: Folders, files: Sequence[LocalFile], targets: Sequence[Path]
) -> Sequence[StoredObject]:
    """Make the files objects: moved where that can be, else copied and removed."""
    stored = [_take_in(folders, *pair) for pair in zip(files, targets, strict=True)]
    for folder in {target.parent for target in targets}:
        sync_folder(folder)  # once for all the files in it
    return stored


def _take_in(folders: Folders, one: LocalFile, target: Path) -> StoredObject:
    with one.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = os.fstat(file.fileno()).st_size
        os.fsync(file.fileno())
    try:
        folders.move(one.path, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return _copy_in(folders, one.key, one.path, target)
    return StoredObject(key=one.key, size_bytes=size_bytes, sha256=sha256)


def size_of(path: Path) -> int:
    """Return the object's bytes; raises ObjectMissingError."""
    with _open(path) as file:
        return os.fstat(file.fileno()).st_size


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable; one that has gone meanwhile has none."""
    with suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def store_errors(folder: str) -> Iterator[None]:
    """Tell the operating system's errors as the port has them, of a folder in these words."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFullError(
                f"The disk of the folder {folder} is full: free some room on it."
            ) from error
        cause = _CAUSES.get(error.errno or 0, f"cannot be used just now ({error.strerror})")
        raise Unavailable(f"The folder {folder} {cause}.") from error


def _copy_in(folders: Folders, key: str, source: Path, target: Path) -> StoredObject:
    partial = Partial(folders)
    try:
        with source.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                partial.write([chunk])
        stored = partial.publish(key, target)
    finally:
        partial.discard()
    source.unlink()
    return stored


def _open(path: Path) -> FileIO:
    try:
        return path.open("rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise ObjectMissingError("There is no such object in the store.") from None


def _walk(root: Path, folder: Path | None, prefix: str) -> Generator[str, None, None]:
    if folder is None:
        return
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            key = key_of(path.relative_to(root).parts)
            if key is None:
                continue
            if entry.is_dir(follow_symlinks=False):
                if f"{key}/".startswith(prefix) or prefix.startswith(f"{key}/"):
                    yield from _walk(root, path, prefix)
            elif key.startswith(prefix):
                yield key
