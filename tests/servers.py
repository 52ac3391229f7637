"""The real servers that `make services-up` started. Without them a test skips; in CI it fails."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from calotype_core.adapters.kafka.connection import client_options
from calotype_core.adapters.kafka.settings import KafkaSettings

_ENVIRON = Path(__file__).parents[1] / ".services" / "environ"


def environ() -> Mapping[str, str]:
    """Return the variables that lead a service to the servers, with every right there.

    Beside the product's own (CALOTYPE_KAFKA_…, CALOTYPE_S3_…, CALOTYPE_MONGO_…) those that only
    tests need (CALOTYPE_TEST_…).
    """
    if not _ENVIRON.exists():
        missing = "no servers: run `make services-up` first"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    lines = _ENVIRON.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line)


async def drop_topics(settings: KafkaSettings) -> None:
    """Remove the topics of a test: thousands of partitions make a broker slow to start."""
    assert settings.kafka_namespace
    admin = AIOKafkaAdminClient(**client_options(settings, "tests"))
    try:
        await admin.start()
        there = await admin.list_topics()
        await admin.delete_topics(
            [one for one in there if one.startswith(settings.kafka_namespace)]
        )
    finally:
        await admin.close()
