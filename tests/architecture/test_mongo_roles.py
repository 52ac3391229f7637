"""Least privilege in MongoDB: the roles hold what the services' adapters use, and nothing else."""

import json
from collections.abc import Mapping
from pathlib import Path

from calotype_core import topology
from calotype_core.adapters.mongo import collections
from calotype_core.adapters.mongo.collections import INDEXES
from calotype_core.adapters.mongo.settings import MongoSettings

ROOT = Path(__file__).parents[2]
ROLES = json.loads((ROOT / "deploy/policies/mongo/roles.json").read_text())
READ = {"find"}
WRITE = {"find", "insert", "update"}
REMOVE = WRITE | {"remove"}
JOBS = (collections.JOBS, collections.JOB_SECTIONS, collections.JOB_PAGES)
TELLING = (
    collections.DELIVERIES,
    collections.DELIVERY_LINES,
    collections.WEBHOOKS,
    collections.SECRETS,
)
RECORDS = (collections.IMAGES, *JOBS)

EXPECTED: Mapping[str, Mapping[str, set[str]]] = {
    topology.INGEST: {
        collections.IDEMPOTENCY_KEYS: REMOVE,
        collections.EXPANSIONS: REMOVE,
        **dict.fromkeys(JOBS, READ),
    },
    topology.PROCESSOR: {collections.ATTEMPTS: REMOVE},
    topology.QUERY: dict.fromkeys(RECORDS, REMOVE),
    topology.NOTIFIER: {**dict.fromkeys(RECORDS, READ), **dict.fromkeys(TELLING, REMOVE)},
}


def allowed(role: Mapping[str, list[dict[str, dict[str, str] | list[str]]]]) -> dict[str, set[str]]:
    """Return what a role may do, by collection."""
    return {
        one["resource"]["collection"]: set(one["actions"])  # type: ignore[call-overload]
        for one in role["privileges"]
    }


def test_each_service_has_a_role() -> None:
    """There is one role a service, which inherits nothing and stays in our database."""
    assert {role["createRole"] for role in ROLES} == {f"calotype-{name}" for name in EXPECTED}
    assert [role["roles"] for role in ROLES] == [[]] * len(ROLES)
    databases = {one["resource"]["db"] for role in ROLES for one in role["privileges"]}
    assert databases == {MongoSettings().mongo_database}


def test_a_role_allows_what_its_service_does() -> None:
    """Each may do what its adapters do, and see that the database was prepared."""
    for role in ROLES:
        service = role["createRole"].removeprefix("calotype-")
        assert allowed(role) == {**EXPECTED[service], collections.MARKS: READ}


def test_every_collection_is_somebodys() -> None:
    """Each collection is written by one service and no other."""
    writers = [name for uses in EXPECTED.values() for name, may in uses.items() if may > READ]
    assert sorted(writers) == sorted(INDEXES)
