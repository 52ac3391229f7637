"""One client for everything that a service keeps in MongoDB.

Writes are acknowledged by a majority, in its journal; reads go to the primary, which alone knows
what has been written. One document is the largest thing that changes at once: no transactions, so
that everything that speaks MongoDB's protocol will do.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import ConfigurationError, DuplicateKeyError, InvalidName, PyMongoError

from calotype_core.adapters.mongo.collections import INDEXES, MARKS, PREPARED
from calotype_core.adapters.mongo.documents import Document
from calotype_core.adapters.mongo.failures import translated
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.errors import Unavailable
from calotype_core.settings import SettingsError

T = TypeVar("T")

Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]

MAX_TRIES = 50  # of a write that others come before; each time at least one of them got through
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.1  # seconds
_DROPPED_AT_ONCE = 200  # documents: a moment's work for any server
_DRIVERS_SHARE = 0.9  # of the time: the driver knows best what it waited for, so it speaks first


class Mongo:
    """The database; belongs to the event loop that opened it."""

    def __init__(self, database: Database, settings: MongoSettings, random: Random) -> None:
        self._database = database
        self._settings = settings
        self._random = random
        self._used: dict[str, Collection] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: MongoSettings, *, random: Random) -> AsyncIterator["Mongo"]:
        """Make a client and close it again; the server is first looked for when it is asked.

        Raises SettingsError where the address or the database's name is none.
        """
        database = await asyncio.to_thread(_database, settings, asyncio.get_running_loop())
        try:
            yield cls(database, settings, random)
        finally:
            await asyncio.to_thread(database.client.close)  # it says good-bye to the server

    def collection(self, name: str) -> Collection:
        """Return a collection; check looks at all that were asked for."""
        self._used[name] = self._database[name]
        return self._used[name]

    async def check(self) -> None:
        """Return where the server answers, was prepared, and shows what is used.

        Raises Unavailable.
        """
        async with self.answering():
            marked = await self._database[MARKS].find_one(PREPARED)
            for one in self._used.values():
                await one.find_one({}, {"_id": 1})
        if marked is None:
            raise Unavailable(
                f"The database {self._settings.mongo_database!r} was not prepared. Run:"
                " calotype records ensure; or see CALOTYPE_MONGO_DATABASE and CALOTYPE_MONGO_URL."
            )

    async def prepare(self) -> Sequence[str]:
        """Make every index and mark the database as ours; return a line where that was not so.

        May run at any time, and twice. Raises Unavailable.
        """
        async with self.answering():
            for name, indexes in INDEXES.items():
                if indexes:
                    await self._database[name].create_indexes(indexes)
            marked = await self._database[MARKS].update_one(PREPARED, {"$set": {}}, upsert=True)
        fresh = marked.upserted_id is not None
        return [f"{self._settings.mongo_database}: prepared, with its indexes"] if fresh else []

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Bound what is asked of the server within; raises Unavailable for what went wrong there.

        DuplicateKeyError passes: it is an answer.
        """
        seconds = self._settings.mongo_timeout_seconds
        bound = asyncio.timeout(seconds)
        try:
            async with bound:
                yield
        except TimeoutError as error:
            if not bound.expired():
                raise
            raise Unavailable(
                f"MongoDB did not answer within {seconds:g} s (CALOTYPE_MONGO_TIMEOUT_SECONDS): "
                "check that it runs at the address in CALOTYPE_MONGO_URL, and is not overloaded."
            ) from error
        except PyMongoError as error:
            told = translated(error, self._settings.mongo_database)
            if told is error:
                raise
            raise told from error

    async def settle(self, step: Callable[[], Awaitable[T | None]]) -> T:
        """Take a step until it gives something, and return that; raises Unavailable.

        None and DuplicateKeyError say that somebody else was faster: look again, and try again.
        """
        async with self.answering():
            pause = _FIRST_PAUSE
            for _ in range(MAX_TRIES):
                try:
                    if (result := await step()) is not None:
                        return result
                except DuplicateKeyError:
                    pass
                await asyncio.sleep(self._random.uniform(0, pause))
                pause = min(2 * pause, _LONGEST_PAUSE)
            raise Unavailable(
                f"Others changed the same document {MAX_TRIES} times in between: try again."
            )

    async def find(
        self,
        collection: Collection,
        where: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]],
        limit: int,
        fields: Mapping[str, bool] | None = None,
    ) -> Sequence[Document]:
        """Return the first documents, up to limit, or some fields of them; raises Unavailable."""
        if limit < 1:
            return []  # to MongoDB, no limit
        async with self.answering():
            found = collection.find(where, fields, sort=sort, limit=limit, batch_size=limit)
            return await found.to_list()

    async def drop(self, collection: Collection, where: Mapping[str, Any]) -> int:
        """Remove all such documents, some at a time, and return how many; raises Unavailable."""
        dropped = 0
        while some := await self.find(
            collection, where, sort=[], limit=_DROPPED_AT_ONCE, fields={"_id": True}
        ):
            async with self.answering():
                # Once more with all that was asked for: one may have changed in between.
                gone = await collection.delete_many(
                    {**where, "_id": {"$in": [one["_id"] for one in some]}}
                )
            dropped += gone.deleted_count
        return dropped


def _database(settings: MongoSettings, loop: asyncio.AbstractEventLoop) -> Database:
    milliseconds = int(settings.mongo_timeout_seconds * 1000 * _DRIVERS_SHARE)
    try:
        client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            settings.mongo_url,
            io_loop=loop,
            appname="calotype",
            timeoutMS=milliseconds,  # of one operation with all that it takes, a retry too
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            w="majority",
            journal=True,
            readPreference="primary",
        )
        return client[settings.mongo_database]
    except InvalidName:
        raise SettingsError(
            "CALOTYPE_MONGO_DATABASE: expected a name without spaces, dots, slashes and dollars, "
            f"got {settings.mongo_database!r}"
        ) from None
    except (ConfigurationError, ValueError):
        # What the driver says may quote the address, and with it the password.
        raise SettingsError(
            "CALOTYPE_MONGO_URL: expected mongodb://[name:password@]host[:port][/?options], with "
            "name and password percent-encoded, got something else"
        ) from None
