"""What is said where there is no MongoDB, or none that answers."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from calotype_core.adapters.mongo.attempts import MongoAttempts
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.image_records import MongoImageRecords
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.domain.image import Failure, ImageRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.errors import Unavailable
from calotype_core.settings import SettingsError

pytestmark = pytest.mark.anyio

RECORD = ImageRecord(image_id="image", generation=1, status=Status.PROCESSING)
FAILURE = Failure(code="code", message="message")


def settings(url: str, seconds: float = 0.3) -> MongoSettings:
    return MongoSettings(mongo_url=url, mongo_timeout_seconds=seconds)


@pytest.fixture
async def silent() -> AsyncIterator[int]:
    """Give the port of a server that takes connections and never says a word."""
    met: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: met.append(writer), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in met:
        writer.close()


@pytest.mark.parametrize(
    "url", ["mongodb://me:secret@127.0.0.1:1", "mongodb://me:secret@nobody.invalid"]
)
async def test_no_server(url: str) -> None:
    """Where nothing answers, every call ends with the variable to look at, and no password."""
    async with Mongo.open(settings(url), random=Random()) as mongo:
        records, attempts = MongoImageRecords(mongo), MongoAttempts(mongo)
        for call in (
            mongo.check(),
            mongo.prepare(),
            records.get("image"),
            records.newest(10),
            records.update("image", lambda _: RECORD),
            attempts.begin("event"),
            attempts.failed("event", FAILURE),
        ):
            with pytest.raises(Unavailable, match="CALOTYPE_MONGO_URL") as told:
                await call
            assert "secret" not in told.value.message


async def test_a_silent_server(silent: int) -> None:
    """A server that keeps silent holds nobody up for long, not even more than there are threads."""
    async with Mongo.open(settings(f"mongodb://127.0.0.1:{silent}"), random=Random()) as mongo:
        records = MongoImageRecords(mongo)
        told = await asyncio.gather(
            *(records.get("image") for _ in range(100)), return_exceptions=True
        )
    assert {type(one) for one in told} == {Unavailable}


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1", "mongodb://me:sec/ret@127.0.0.1", "mongodb://me:secret@127.0.0.1:secret"],
)
async def test_an_address_that_is_none(url: str) -> None:
    """An address that cannot be read is told by its variable, and not quoted."""
    with pytest.raises(SettingsError, match="CALOTYPE_MONGO_URL: expected") as told:
        async with Mongo.open(settings(url), random=Random()):
            pass
    assert "secret" not in str(told.value)
    assert "sec/ret" not in str(told.value)


async def test_a_name_that_is_none() -> None:
    """A name that no database can have is told by its variable."""
    with pytest.raises(SettingsError, match="CALOTYPE_MONGO_DATABASE: expected"):
        async with Mongo.open(MongoSettings(mongo_database="a b"), random=Random()):
            pass


async def test_a_connection_that_was_closed() -> None:
    """Who asks while the process shuts down is told so."""
    async with Mongo.open(settings("mongodb://127.0.0.1:1"), random=Random()) as mongo:
        records = MongoImageRecords(mongo)
    with pytest.raises(Unavailable, match="shutting down"):
        await records.get("image")
