"""What `calotype topics ensure` makes of the brokers' topics, and leaves of them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from calotype_core.adapters.kafka.connection import client_options
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.topology import DEAD_LETTERS, IMAGES_ACCEPTED, RETENTION
from tests import servers
from tests.cluster.members import fresh_settings

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]

DAY = 24 * 60 * 60 * 1000


@pytest.fixture
async def settings() -> AsyncIterator[KafkaSettings]:
    fresh = fresh_settings(partitions=3)
    yield fresh
    await servers.drop_topics(fresh)


@asynccontextmanager
async def admin_of(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client_options(settings, "tests"))
    await admin.start()
    yield admin
    await admin.close()


async def partitions(settings: KafkaSettings) -> Mapping[str, int]:
    """Return how many partitions each topic of these settings has, without the namespace."""
    async with admin_of(settings) as admin:
        there = await admin.describe_topics()
    space = settings.kafka_namespace
    return {
        one["topic"].removeprefix(space): len(one["partitions"])
        for one in there
        if one["topic"].startswith(space)
    }


async def configs(
    settings: KafkaSettings, topic: str, *, until: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    """Return a topic's configuration; a broker hears of a change a moment after it was made."""
    resource = ConfigResource(ConfigResourceType.TOPIC, settings.kafka_namespace + topic)
    found: dict[str, str] = {}
    async with admin_of(settings) as admin:
        for _ in range(50):
            [answer] = await admin.describe_configs([resource])
            found = {key: value for key, value, *_ in answer.resources[0][4]}
            if not until or until.items() <= found.items():
                break
            await asyncio.sleep(0.1)
    return found


async def make(settings: KafkaSettings, topic: str, **configs: str) -> None:
    """Make a topic of two partitions, as somebody else might have."""
    named = {key.replace("_", "."): value for key, value in configs.items()}
    async with admin_of(settings) as admin:
        name = settings.kafka_namespace + topic
        await admin.create_topics([NewTopic(name, 2, 1, topic_configs=named)])


async def test_topics_are_made_as_the_topology_says(settings: KafkaSettings) -> None:
    """Each topic has its partitions and retention, and the brokers' time; dead letters fit."""
    changes = await ensure_topics(settings)
    assert changes == sorted(
        f"{settings.kafka_namespace}{topic}: created with 3 partitions" for topic in RETENTION
    )
    assert await partitions(settings) == dict.fromkeys(RETENTION, 3)
    for topic, kept in RETENTION.items():
        found = await configs(settings, topic)
        assert found["retention.ms"] == str(kept // timedelta(milliseconds=1))
        assert found["message.timestamp.type"] == "LogAppendTime"
        assert found["cleanup.policy"] == "delete"
        largest = 2 * 1024 * 1024 if topic == DEAD_LETTERS else 1_048_588
        assert found["max.message.bytes"] == str(largest)


async def test_a_second_run_changes_nothing(settings: KafkaSettings) -> None:
    """Where all is as it should be, nothing is changed, and no change is told."""
    await ensure_topics(settings)
    assert await ensure_topics(settings) == []


async def test_topics_grow_and_never_shrink(settings: KafkaSettings) -> None:
    """More partitions are added, fewer are not taken away."""
    await ensure_topics(settings)
    changes = await ensure_topics(replace(settings, kafka_partitions=5))
    assert f"{settings.kafka_namespace}{DEAD_LETTERS}: grown from 3 to 5 partitions" in changes
    assert await ensure_topics(settings) == []
    assert await partitions(settings) == dict.fromkeys(RETENTION, 5)


@pytest.mark.parametrize(
    ("retention", "after"),
    [(str(DAY), str(7 * DAY)), (str(30 * DAY), str(30 * DAY)), ("-1", "-1")],
)
async def test_what_is_kept_is_never_shortened(
    settings: KafkaSettings, retention: str, after: str
) -> None:
    """A retention that is too short is raised; one that somebody chose longer stays."""
    await make(settings, IMAGES_ACCEPTED, retention_ms=retention)
    await ensure_topics(settings)
    found = await configs(settings, IMAGES_ACCEPTED, until={"retention.ms": after})
    assert found["retention.ms"] == after


async def test_settings_of_others_stay(settings: KafkaSettings) -> None:
    """What somebody set that the topology does not speak of is there after a change."""
    await make(settings, IMAGES_ACCEPTED, segment_bytes="10485760", cleanup_policy="compact")
    changes = await ensure_topics(settings)
    name = f"{settings.kafka_namespace}{IMAGES_ACCEPTED}"
    assert f"{name}: cleanup.policy set to delete" in changes
    assert f"{name}: message.timestamp.type set to LogAppendTime" in changes
    found = await configs(settings, IMAGES_ACCEPTED, until={"cleanup.policy": "delete"})
    assert (found["segment.bytes"], found["cleanup.policy"]) == ("10485760", "delete")


async def test_two_at_once(settings: KafkaSettings) -> None:
    """Two that run at the same time, to create and then to grow, are no error for each other."""
    await asyncio.gather(*(ensure_topics(settings) for _ in range(3)))
    more = replace(settings, kafka_partitions=4)
    await asyncio.gather(*(ensure_topics(more) for _ in range(3)))
    assert await partitions(settings) == dict.fromkeys(RETENTION, 4)


async def command(**environ: str) -> tuple[int | None, str, str]:
    """Run `calotype topics ensure`; return its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "calotype", "topics", "ensure"),
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_command(settings: KafkaSettings) -> None:
    """It tells each change on a line, and then that there is nothing to change."""
    environ = {
        "CALOTYPE_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "CALOTYPE_KAFKA_NAMESPACE": settings.kafka_namespace,
        "CALOTYPE_KAFKA_PARTITIONS": "1",
    }
    code, out, err = await command(**environ)
    assert (code, len(out.splitlines()), err) == (0, len(RETENTION), "")
    assert await command(**environ) == (0, "nothing to change\n", "")


@pytest.mark.parametrize(
    ("servers", "code", "said"),
    [
        ("127.0.0.1:1", 1, "calotype: Kafka at 127.0.0.1:1 did not change its topics"),
        ("nowhere", 2, "calotype: CALOTYPE_KAFKA_BOOTSTRAP_SERVERS: expected host:port"),
    ],
)
async def test_the_command_without_brokers(servers: str, code: int, said: str) -> None:
    """Brokers that are away, and settings that cannot be, are told in one line, and apart."""
    ended, out, err = await command(CALOTYPE_KAFKA_BOOTSTRAP_SERVERS=servers)
    assert (ended, out, len(err.splitlines())) == (code, "", 1)
    assert err.startswith(said)
