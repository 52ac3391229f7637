"""Where a processor keeps what it works on: a folder of its own, gone when it goes."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from calotype_core.settings import PATH, setting
from calotype_processor.errors import ScratchUnusableError

_PREFIX = "calotype-"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScratchSettings:
    """Where the processor works, where the store is not on this machine."""

    # Not looked up here: a container may have no other folder to write to than the one it is told.
    scratch_dir: Path | None = setting(
        None,
        PATH,
        "Where originals and prints are for as long as an image is worked on, a few hundred MiB;"
        " unset: the system's folder for temporary files.",
    )


@contextmanager
def scratch_folder(parent: Path | None) -> Iterator[Path]:
    """Yield a folder below parent that is this process's alone; raises ScratchUnusableError.

    None is the system's folder for temporary files.

    What killed processes left there is swept: a folder belongs to somebody while it is locked.
    """
    try:
        parent = parent or Path(tempfile.gettempdir())
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        folder, lock = _own(parent)
    except OSError as error:
        raise ScratchUnusableError(
            f"The folder {parent or 'for temporary files'} cannot be worked in ({error.strerror}):"
            " make it writable, or choose another with CALOTYPE_SCRATCH_DIR."
        ) from error
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _own(parent: Path) -> tuple[Path, IO[str]]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():  # else it was swept before it was locked
            return folder, lock
        lock.close()


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{_PREFIX}*/lock"):
        # BlockingIOError: its process lives. The rest: somebody else is sweeping it.
        with suppress(OSError), left.open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left.parent, ignore_errors=True)
