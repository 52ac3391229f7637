"""What the SQLite database promises beside what its adapters do."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from calotype_core.adapters.sqlite import database as database_module
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.schema import STEPS, SchemaTooNewError
from calotype_core.errors import Unavailable
from calotype_core.ports.object_store import StoreFullError

pytestmark = pytest.mark.anyio

Work = Callable[[sqlite3.Connection], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "calotype.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database.open(path) as opened:
        yield opened


def keeping(event_id: str) -> Work:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO attempts VALUES (?, 1, NULL, NULL)", (event_id,))

    return work


def write_diary(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a diary, not a database" * 100)


def kept(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT event_id FROM attempts ORDER BY event_id").fetchall()
    return [event_id for (event_id,) in rows]


def synchronous(connection: sqlite3.Connection) -> int:
    mode: int = connection.execute("PRAGMA synchronous").fetchone()[0]
    return mode


class Held:
    """A write that holds up the writer until it is let go, so that others gather behind it."""

    def __init__(self, database: Database) -> None:
        self._begun, self._go = threading.Event(), threading.Event()
        self.statements: list[str] = []
        self.task = asyncio.create_task(database.write(self.work, durable=False))

    def work(self, connection: sqlite3.Connection) -> None:
        self._begun.set()
        assert self._go.wait(30)
        connection.set_trace_callback(self.statements.append)

    async def begun(self) -> None:
        """Return once the writer is at this write, and so has taken all that it will with it."""
        assert await asyncio.to_thread(self._begun.wait, 30)

    async def let_go(self) -> None:
        await asyncio.sleep(0)  # the others get into the queue
        self._go.set()
        await self.task


async def test_a_read_sees_every_write_that_returned(database: Database) -> None:
    """What was written is read at once, from another thread than the event loop's."""
    await database.write(keeping("a"), durable=False)
    assert await database.read(kept) == ["a"]
    thread = await database.write(lambda _: threading.current_thread(), durable=False)
    assert thread is not threading.current_thread()


async def test_a_read_cannot_write(database: Database) -> None:
    """A read that tries to write is refused."""
    with pytest.raises(Unavailable):
        await database.read(keeping("a"))


async def test_reads_do_not_wait_for_writes(database: Database) -> None:
    """While a write is at work, reads go on and see what was before it."""
    await database.write(keeping("a"), durable=False)
    held = Held(database)
    assert await database.read(kept) == ["a"]
    await held.let_go()


async def test_writes_that_wait_share_a_commit(database: Database) -> None:
    """Whatever gathered while the writer was busy is committed together."""
    held = Held(database)
    await held.begun()
    writes = [asyncio.create_task(database.write(keeping(str(n)), durable=True)) for n in range(50)]
    await held.let_go()
    await asyncio.gather(*writes)
    assert held.statements.count("COMMIT") == 2  # of the write that held them up, and of the rest
    assert len(await database.read(kept)) == 50


async def test_a_failure_is_its_own_writers(database: Database) -> None:
    """A write that fails in a batch is undone; the others in it are committed."""

    def failing(connection: sqlite3.Connection) -> None:
        keeping("half")(connection)
        raise LookupError("mine")

    held = Held(database)
    one, bad, two = (
        asyncio.create_task(database.write(work, durable=True))
        for work in (keeping("a"), failing, keeping("b"))
    )
    await held.let_go()
    with pytest.raises(LookupError, match="mine"):
        await bad
    await asyncio.gather(one, two)
    assert await database.read(kept) == ["a", "b"]


class OddError(BaseException):
    pass


@pytest.mark.parametrize("error", [StopIteration, OddError, sqlite3.IntegrityError])
async def test_no_error_stops_the_writer(database: Database, error: type[BaseException]) -> None:
    """Whatever a write raises, the next one is served."""

    def failing(_: sqlite3.Connection) -> None:
        raise error

    (told,) = await asyncio.gather(database.write(failing, durable=True), return_exceptions=True)
    assert isinstance(told, BaseException)
    await database.write(keeping("a"), durable=True)
    assert await database.read(kept) == ["a"]


async def test_a_cursor_does_not_leave_its_thread(database: Database) -> None:
    """A cursor as a result is refused: freed on the event loop it would break a later write."""
    with pytest.raises(TypeError, match="cursor"):
        await database.write(lambda connection: connection.execute("SELECT 1"), durable=False)
    with pytest.raises(TypeError, match="cursor"):
        await database.read(lambda connection: connection.execute("SELECT 1"))


async def test_many_writers_at_once_are_all_served(database: Database) -> None:
    """Hundreds of writers of the same statement, each going on as soon as it is answered."""

    async def write_on(name: str) -> None:
        for number in range(20):
            await database.execute(
                "INSERT INTO attempts VALUES (?, 1, NULL, NULL)",
                (f"{name}-{number}",),
                durable=True,
            )

    await asyncio.gather(*(write_on(str(name)) for name in range(200)))
    assert len(await database.read(kept)) == 4000


async def test_durable_writes_are_synced(database: Database) -> None:
    """A durable write is committed with synchronous=FULL (2), a relaxed one with NORMAL (1)."""
    assert await database.write(synchronous, durable=True) == 2
    assert await database.write(synchronous, durable=False) == 1
    assert await database.write(synchronous, durable=True) == 2


async def test_one_durable_write_makes_its_batch_durable(database: Database) -> None:
    """A batch that holds one durable write is synced as a whole."""
    held = Held(database)
    await held.begun()
    relaxed = asyncio.create_task(database.write(synchronous, durable=False))
    durable = asyncio.create_task(database.write(synchronous, durable=True))
    await held.let_go()
    assert list(await asyncio.gather(relaxed, durable)) == [2, 2]


async def test_a_cancelled_caller_breaks_nothing(database: Database) -> None:
    """A caller that leaves while its write waits harms no other, and is told of if it was made."""
    committed: list[str] = []
    held = Held(database)
    leaving = asyncio.create_task(
        database.write(keeping("a"), durable=True, on_commit=lambda: committed.append("a"))
    )
    staying = asyncio.create_task(database.write(keeping("b"), durable=True))
    await asyncio.sleep(0)
    leaving.cancel()
    await held.let_go()
    await staying
    assert leaving.cancelled()
    assert committed == ["a"]
    assert await database.read(kept) == ["a", "b"]


async def test_a_failed_write_is_not_announced(database: Database) -> None:
    """on_commit is not called for a write that was undone."""

    def failing(_: sqlite3.Connection) -> None:
        raise LookupError

    committed: list[str] = []
    with pytest.raises(LookupError):
        await database.write(failing, durable=True, on_commit=lambda: committed.append("a"))
    assert committed == []


async def test_more_writes_than_may_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers over the bound wait for room and are all served."""
    monkeypatch.setattr(database_module, "MAX_WAITING", 2)
    async with Database.open(path) as database:
        await asyncio.gather(*(database.write(keeping(str(n)), durable=False) for n in range(20)))
        assert len(await database.read(kept)) == 20


async def test_closing_finishes_what_was_asked(path: Path) -> None:
    """Writes that wait when the database is closed are made first; later ones are refused."""
    async with Database.open(path) as database:
        held = Held(database)
        writes = [asyncio.create_task(database.write(keeping(n), durable=False)) for n in "abc"]
        await held.let_go()
    await asyncio.gather(*writes)
    with pytest.raises(Unavailable, match="shutting down"):
        await database.write(keeping("d"), durable=False)
    async with Database.open(path) as database:
        assert await database.read(kept) == ["a", "b", "c"]


DYING = """
import asyncio, os, sys
from pathlib import Path
from calotype_core.adapters.sqlite.database import Database

async def main():
    async with Database.open(Path(sys.argv[1])) as database:
        for name, durable in [("durable", True), ("relaxed", False)]:
            await database.write(
                lambda connection: connection.execute(
                    "INSERT INTO attempts VALUES (?, 1, NULL, NULL)", (name,)
                ).rowcount,
                durable=durable,
            )
        os._exit(7)

asyncio.run(main())
"""


async def test_what_returned_outlives_a_kill(path: Path) -> None:
    """A process that dies without closing has lost no write that returned, relaxed or durable."""
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", DYING, str(path)], check=False
    )
    assert died.returncode == 7
    async with Database.open(path) as database:
        assert await database.read(kept) == ["durable", "relaxed"]


async def test_a_newer_schema_is_refused(path: Path) -> None:
    """A database that a newer version wrote is not touched, and the error says what to do."""
    async with Database.open(path) as database:
        await database.read(kept)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    connection.close()
    with pytest.raises(SchemaTooNewError, match="newer Calotype"):
        async with Database.open(path):
            pass


async def test_what_is_no_database_is_refused(path: Path) -> None:
    """A file of another kind is left alone, and the error names it."""
    write_diary(path)
    with pytest.raises(Unavailable, match=r"calotype\.db"):
        async with Database.open(path):
            pass


async def test_a_folder_that_cannot_be_is_refused(path: Path) -> None:
    """Where the folder cannot be made, the error names the database."""
    path.parent.touch()
    with pytest.raises(Unavailable, match=r"calotype\.db"):
        async with Database.open(path):
            pass


async def test_a_full_disk_is_said_to_be_one(database: Database) -> None:
    """A write that finds no room raises StoreFullError; with room again, writes go on."""

    def limit(pages: int) -> Work:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()

        return work

    await database.write(limit(1), durable=False)  # less than there are: not one more
    with pytest.raises(StoreFullError):
        await database.write(keeping("a" * 1_000_000), durable=True)
    await database.write(limit(1_000_000), durable=False)
    await database.write(keeping("b"), durable=True)
    assert await database.read(kept) == ["b"]


async def test_a_lost_transaction_fails_all_of_its_batch(database: Database) -> None:
    """Where SQLite undoes a whole batch, nobody in it is told that it was written."""

    def losing(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        connection.execute("SELECT * FROM no_such_table")

    held = Held(database)
    await held.begun()
    writes = [
        asyncio.create_task(database.write(work, durable=True))
        for work in (keeping("a"), losing, keeping("b"))
    ]
    await held.let_go()
    told = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(one) for one in told] == [Unavailable] * 3
    assert await database.read(kept) == []
