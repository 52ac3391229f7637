"""Databases for tests, on the server that `make services-up` started."""

import struct
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from random import Random
from typing import Any

from pymongo import MongoClient
from pymongo.uri_parser import parse_uri

from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.settings import load
from tests import servers
from tests.faults.proxy import Proxy


@contextmanager
def fresh_database() -> Iterator[MongoSettings]:
    """Give the way to a database that is not there yet, and drop it in the end."""
    settings = replace(
        load(MongoSettings, servers.environ()), mongo_database=f"calotype-test-{uuid.uuid4().hex}"
    )
    try:
        yield settings
    finally:
        client: MongoClient[dict[str, Any]] = MongoClient(settings.mongo_url)
        with client:
            client.drop_database(settings.mongo_database)


def command(name: str, collection: str) -> bytes:
    """Return how a command on a collection begins on the wire."""
    return (
        struct.pack(f"<B{len(name) + 1}si", 2, name.encode(), len(collection) + 1)
        + collection.encode()
    )


@asynccontextmanager
async def through_proxy(
    settings: MongoSettings, *, retry: bool
) -> AsyncIterator[tuple[Proxy, Mongo]]:
    """Open the database through a proxy; retry: the driver repeats what was not answered."""
    host, port = parse_uri(settings.mongo_url)["nodelist"][0]
    with Proxy(host, port) as proxy:
        query = f"directConnection=true&retryWrites={str(retry).lower()}"
        url = f"mongodb://{proxy.address}/?{query}"
        async with Mongo.open(replace(settings, mongo_url=url), random=Random()) as mongo:
            yield proxy, mongo


@contextmanager
def losing(proxy: Proxy, word: bytes) -> Iterator[None]:
    """Have the answer to one request that holds the word be lost, and check that it was."""
    before = proxy.lost
    proxy.lose_answers(lambda data: word in data)
    yield
    assert proxy.lost == before + 1
