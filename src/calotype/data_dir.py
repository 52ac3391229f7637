"""The folder that holds everything: made, checked, and held by one process at a time."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from calotype_core.errors import Unavailable

ENOUGH_FREE_BYTES = 512 * 1024 * 1024  # below this a warning is due
_LEAST_TO_START_BYTES = 1024 * 1024  # an empty database and its log take a part of it
_OURS = ("objects", "scratch")  # folders in the data folder that nobody else puts anything into
LEAST_FREE_BYTES = 32 * 1024 * 1024  # below this the next upload may well not fit


class DataDirError(Unavailable):
    """The data folder cannot be used; the message says why and what to do."""

    code = "data_dir_unusable"


@contextmanager
def held(path: Path) -> Iterator[Path]:
    """Yield the folder, made if need be, proved writable, and this process's alone."""
    folder = path.absolute()
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((folder / "lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _prove_writable(folder)
        except BlockingIOError:
            raise DataDirError(
                f"Another Calotype is using {folder}. Stop it, or choose another folder with"
                " CALOTYPE_DATA_DIR."
            ) from None
        except OSError as error:
            raise _unusable(folder, error) from error
        yield folder


def emptied(folder: Path) -> Path:
    """Return the folder, made or made empty: what a killed process left in it is nobody's.

    Raises DataDirError.
    """
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    return folder


def inbox_within(folder: Path, inbox_dir: Path | None) -> Path:
    """Return the watched folder, which empties: so nothing of ours may be in it, nor it in ours.

    Raises DataDirError.
    """
    inbox = (inbox_dir or folder / "uploads").resolve()
    ours = folder.resolve()
    if ours.is_relative_to(inbox) or any(inbox.is_relative_to(ours / one) for one in _OURS):
        raise DataDirError(
            f"{inbox} cannot be the watched folder: Calotype keeps its own files there. Choose"
            " another with CALOTYPE_INBOX_DIR."
        )
    return inbox


def prove_room(folder: Path) -> None:
    """Return if there is room for more; raises DataDirError."""
    if (free := free_bytes(folder)) < LEAST_FREE_BYTES:
        raise DataDirError(f"The disk of the data folder is full ({free} bytes free): free some.")


def free_bytes(folder: Path) -> int:
    """Return the bytes that are free where the folder is."""
    return shutil.disk_usage(folder).free


def _unusable(folder: Path, error: OSError) -> DataDirError:
    return DataDirError(
        f"Cannot use {folder} as the data folder ({error.strerror}). Make it writable, free"
        " some space, or choose another with CALOTYPE_DATA_DIR."
    )


def _prove_writable(folder: Path) -> None:
    probe = folder / ".writable"
    try:
        with probe.open("wb") as file:
            file.write(b"\0" * _LEAST_TO_START_BYTES)
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)
