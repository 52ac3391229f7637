"""One SQLite file for everything that standalone keeps, written by one thread.

Group commit: what waits is run in one transaction, each write in a savepoint of its own, and
answered after the one commit that all of them share. Under load that makes one fsync of hundreds.
Write-ahead logging lets reads go on beside it, on threads of their own.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from calotype_core.adapters.sqlite.schema import migrate
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.ports.object_store import StoreFullError

T = TypeVar("T")

MAX_WAITING = 4096  # writes; further callers wait for room
MAX_BATCH = 512  # writes in one transaction
READERS = 4
_BUSY_SECONDS = 5.0
_WAL_BYTES_KEPT = 64 * 1024 * 1024


@dataclass(slots=True, eq=False)
class _Write:
    work: Callable[[sqlite3.Connection], Any]
    durable: bool
    on_commit: Callable[[], None] | None
    settled: "asyncio.Future[None]"
    result: Any = None
    error: BaseException | None = None


class Database:
    """The file, its writer thread and its readers; belongs to the event loop that opened it."""

    def __init__(self, writing: sqlite3.Connection, reading: Sequence[sqlite3.Connection]) -> None:
        self._connection = writing
        self._reading = reading
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._room = asyncio.Semaphore(MAX_WAITING)
        self._waiting: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._synchronous = ""
        self._threads = ThreadPoolExecutor(len(self._reading), "sqlite-reader")
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for connection in self._reading:
            self._idle.put(connection)
        # A daemon, so that a process which dies without closing is not kept alive by it.
        self._writer = threading.Thread(target=self._write_on, name="sqlite-writer", daemon=True)
        self._writer.start()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator["Database"]:
        """Open the file, or make it; leaving the context finishes every write that was asked for.

        Raises SchemaTooNewError, or Unavailable where the file cannot be opened.
        """
        writing, *reading = await asyncio.to_thread(_open, path)
        database = cls(writing, reading)
        try:
            yield database
        finally:
            await database._close()

    async def write(
        self,
        work: Callable[[sqlite3.Connection], T],
        *,
        durable: bool,
        on_commit: Callable[[], None] | None = None,
    ) -> T:
        """Run work in a transaction, on the writer's thread, and return its result once committed.

        durable: survives a power cut once this returns; else it survives the death of the process,
        and the next durable write makes it so too. What work raises undoes its own changes only.
        A caller that is cancelled while it waits may or may not have written; where it has,
        on_commit is called on the event loop all the same. Raises StoreFullError, Unavailable.
        """
        await self._room.acquire()
        if self._closing:
            self._room.release()
            raise Unavailable("The database is closed: the process is shutting down.")
        write = _Write(work, durable, on_commit, self._loop.create_future())
        self._waiting.put(write)
        await write.settled
        if write.error is not None:
            raise write.error
        result: T = write.result
        return result

    async def execute(
        self, statement: str, values: Sequence[str | int | None], *, durable: bool
    ) -> int:
        """Write one statement, as write does, and return how many rows it changed."""
        return await self.write(
            lambda connection: connection.execute(statement, values).rowcount, durable=durable
        )

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run work on a reader's thread; it sees every write that has returned, and can write none.

        Raises Unavailable.
        """
        return await self._loop.run_in_executor(self._threads, self._read, work)

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._idle.get()  # never waits: there are as many as there are threads
        try:
            return _result_of(work, connection)
        except sqlite3.Error as error:
            told = _translated(error)
            raise told from told.__cause__
        finally:
            self._idle.put(connection)

    def _write_on(self) -> None:
        while batch := self._next_batch():
            self._commit(batch)
            # The loop is gone where it was torn down while we finished; then so are the callers.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._settle, batch)

    def _next_batch(self) -> list[_Write]:
        batch: list[_Write] = []
        one = self._waiting.get()
        while one is not None:
            batch.append(one)
            if len(batch) == MAX_BATCH or self._waiting.empty():
                return batch
            one = self._waiting.get()
        if batch:
            self._waiting.put(None)  # the end was reached behind these: find it again after them
        return batch

    def _commit(self, batch: Sequence[_Write]) -> None:
        try:
            self._begin("FULL" if any(one.durable for one in batch) else "NORMAL")
            for one in batch:
                self._attempt(one)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()
            for one in batch:
                one.error = one.error or _translated(error)

    def _begin(self, synchronous: str) -> None:
        if synchronous != self._synchronous:
            self._connection.execute(f"PRAGMA synchronous = {synchronous}")
            self._synchronous = synchronous
        self._connection.execute("BEGIN IMMEDIATE")

    def _attempt(self, one: _Write) -> None:
        self._connection.execute("SAVEPOINT one")
        try:
            one.result = _result_of(one.work, self._connection)
        except BaseException as error:  # whatever it is, it is its caller's: the writer lives on
            one.error = _translated(error)
            if isinstance(error, sqlite3.Error) and not self._connection.in_transaction:
                raise  # SQLite undid all of the batch, as it may where the disk is full
            self._connection.execute("ROLLBACK TO one")
        self._connection.execute("RELEASE one")

    def _settle(self, batch: Sequence[_Write]) -> None:
        for one in batch:
            self._room.release()
            if one.on_commit is not None and one.error is None:
                one.on_commit()
            if not one.settled.done():  # done: its caller was cancelled and has gone
                one.settled.set_result(None)

    async def _close(self) -> None:
        self._closing = True
        self._waiting.put(None)
        await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        self._writer.join()
        self._threads.shutdown()
        for connection in (*self._reading, self._connection):
            connection.close()  # the last one out folds the write-ahead log into the file


def _result_of(work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    result = work(connection)
    if isinstance(result, sqlite3.Cursor):
        # Freed on another thread, it would reset a statement that this one is running by then.
        result.close()
        raise TypeError("a cursor must not leave its thread: return rows, or rowcount")
    return result


def _open(path: Path) -> list[sqlite3.Connection]:
    with contextlib.ExitStack() as opened:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            writing = _connect(path, opened)
            writing.execute("PRAGMA journal_mode = WAL").fetchall()
            writing.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}").fetchall()
            migrate(writing, path)
            reading = [_connect(path, opened) for _ in range(READERS)]
            for connection in reading:
                connection.execute("PRAGMA query_only = ON")
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                f"The database {path} cannot be opened ({error}): check that its folder exists, "
                "that this process may write to it, and that the file is a database."
            ) from error
        opened.pop_all()
        return [writing, *reading]


def _connect(path: Path, opened: contextlib.ExitStack) -> sqlite3.Connection:
    # Each connection is used by one thread at a time, though not always by the same.
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    opened.callback(connection.close)
    return connection


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, CalotypeError) or not isinstance(error, sqlite3.DatabaseError):
        return error
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return _caused(StoreFullError("The database's disk is full: free some room on it."), error)
    if type(error) in {sqlite3.OperationalError, sqlite3.DatabaseError}:
        return _caused(Unavailable(f"The database did not answer ({error}): try again."), error)
    return error  # a broken constraint or a wrong statement: a defect of ours, told as it is


def _caused(error: CalotypeError, cause: BaseException) -> CalotypeError:
    error.__cause__ = cause
    return error
