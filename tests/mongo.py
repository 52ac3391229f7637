"""Databases for tests, on the server that `make services-up` started."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pymongo import MongoClient

from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.settings import load
from tests import servers


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
