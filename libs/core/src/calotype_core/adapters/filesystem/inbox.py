import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import islice
from pathlib import Path

from calotype_core.adapters.filesystem.arrivals import (
    arrival_of,
    is_left_alone,
    is_open_for_writing,
    waiting,
)
from calotype_core.adapters.filesystem.files import LISTED_AT_ONCE, Reader, store_errors
from calotype_core.ports.clock import Clock
from calotype_core.ports.inbox import Arrival, ArrivalUnreadableError, Inbox
from calotype_core.ports.object_store import ObjectMissingError

QUIET_SECONDS = 2.0
_CLOCKS_DIFFER_SECONDS = 60.0  # a file server's and ours, at most


class FilesystemInbox(Inbox):
    """A watched folder: the files in it, and in the folders below, wait to be accepted.

    A file is whole once nothing about it has changed for quiet_seconds and, as far as can be told,
    nobody has it open for writing. Left alone are links, whatever is no regular file, and names
    that say that they are not finished or not for others: .x, x~, x.part, x.tmp and their like. A
    file arrived when it was last written, moved in or renamed (its ctime), not when its content is
    from (its mtime): an old photograph that is moved in today arrives today.
    """

    def __init__(self, root: Path, clock: Clock, *, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._root = root
        self._clock = clock
        self._quiet_seconds = quiet_seconds

    @classmethod
    @asynccontextmanager
    async def open(
        cls, root: Path, clock: Clock, *, quiet_seconds: float = QUIET_SECONDS
    ) -> AsyncIterator["FilesystemInbox"]:
        """Open the folder, or make it; raises Unavailable where that cannot be."""
        with store_errors(str(root)):
            await asyncio.to_thread(root.mkdir, parents=True, exist_ok=True)
        yield cls(root, clock, quiet_seconds=quiet_seconds)

    async def list(self) -> AsyncGenerator[Arrival, None]:
        """See Inbox."""
        found = waiting(self._root)
        while arrivals := await asyncio.to_thread(self._some, found):
            for arrival in arrivals:
                if await asyncio.to_thread(self._is_whole, arrival):
                    yield arrival

    async def find(self, key: str) -> Arrival | None:
        """See Inbox."""
        arrival = await asyncio.to_thread(self._look, key)
        if arrival is None or not await asyncio.to_thread(self._is_whole, arrival):
            return None
        return arrival

    async def read(self, arrival: Arrival) -> AsyncGenerator[bytes, None]:
        """See Inbox."""
        reader = Reader(self._root / arrival.key, 0, None)
        try:
            await asyncio.to_thread(self._prove_unchanged, arrival)
            while chunk := await asyncio.to_thread(self._read, reader):
                yield chunk
            await asyncio.to_thread(self._prove_unchanged, arrival)  # nor was it while we read
        finally:
            # Not awaited: a generator that is thrown away cannot.
            asyncio.get_running_loop().run_in_executor(None, reader.close)

    async def remove(self, arrival: Arrival) -> None:
        """See Inbox. Its folder stays: it is the owner's."""
        await asyncio.to_thread(self._remove, arrival)

    def _some(self, found: Iterator[Arrival]) -> Sequence[Arrival]:
        with store_errors(self._root.name):
            return tuple(islice(found, LISTED_AT_ONCE))

    def _look(self, key: str) -> Arrival | None:
        names = key.split("/")  # a key from outside may lead anywhere: only what list() tells of is
        if not all(names) or any(is_left_alone(one) for one in names):
            return None
        path = self._root.joinpath(*names)
        with suppress(OSError, ValueError):
            inside = path.parent.resolve() == self._root.resolve().joinpath(*names[:-1])
            return arrival_of(key, path.lstat()) if inside else None
        return None

    def _is_whole(self, arrival: Arrival) -> bool:
        age = (self._clock.now() - arrival.arrived_at).total_seconds()
        # What is from a far future shows a clock that was put right, and tells nothing of its age.
        is_quiet = age >= self._quiet_seconds or age < -_CLOCKS_DIFFER_SECONDS
        return is_quiet and not is_open_for_writing(self._root / arrival.key)

    def _prove_unchanged(self, arrival: Arrival) -> None:
        if self._look(arrival.key) != arrival:
            raise ObjectMissingError("That version is in the inbox no longer.")

    def _read(self, reader: Reader) -> bytes:
        with store_errors(self._root.name):
            try:
                return reader.read()
            except PermissionError as error:
                raise ArrivalUnreadableError(
                    "The file may not be read by the user that Calotype runs as: grant it that."
                ) from error

    def _remove(self, arrival: Arrival) -> None:
        # Between the look and the removal are microseconds, in which nobody must replace the file.
        with suppress(ObjectMissingError), store_errors(self._root.name):
            self._prove_unchanged(arrival)
            (self._root / arrival.key).unlink(missing_ok=True)
