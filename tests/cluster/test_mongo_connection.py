"""What is said where MongoDB is away, silent, or lets nobody in."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from pymongo.uri_parser import parse_uri

from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.image_records import MongoImageRecords
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.errors import Unavailable
from tests.mongo import fresh_database

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]


@pytest.fixture
def settings() -> Iterator[MongoSettings]:
    with fresh_database() as settings:
        yield settings


async def test_a_server_that_answers_is_ready(settings: MongoSettings) -> None:
    """Check returns once the database was prepared, even before anything was stored."""
    async with Mongo.open(settings, random=Random()) as mongo:
        MongoImageRecords(mongo)
        with pytest.raises(Unavailable, match=r"records ensure.*CALOTYPE_MONGO_DATABASE"):
            await mongo.check()
        await mongo.prepare()
        await mongo.check()


async def test_indexes_are_made_once(settings: MongoSettings) -> None:
    """Preparing it again changes nothing, says so, and is no error."""
    async with Mongo.open(settings, random=Random()) as mongo:
        assert await mongo.prepare() == [f"{settings.mongo_database}: prepared, with its indexes"]
        assert await mongo.prepare() == []
        made = await mongo.collection("images").index_information()
    assert set(made) == {"_id_", "by_filename"}


async def test_a_wrong_password(settings: MongoSettings) -> None:
    """Who is not let in reads which variable to look at, and nobody reads the password."""
    host, port = parse_uri(settings.mongo_url)["nodelist"][0]
    wrong = replace(settings, mongo_url=f"mongodb://somebody:secret@{host}:{port}")
    async with Mongo.open(wrong, random=Random()) as mongo:
        with pytest.raises(Unavailable, match="CALOTYPE_MONGO_URL") as told:
            await mongo.check()
    assert "password" in told.value.message
    assert "secret" not in told.value.message
