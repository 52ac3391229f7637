"""Topics, as topology.py wants them: created, grown, kept for as long as it says; never less."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from calotype_core.adapters.kafka.connection import client_options, kafka_errors
from calotype_core.adapters.kafka.producer import MAX_RECORD_BYTES
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.topology import DEAD_LETTERS, RETENTION

_SAFE_REPLICATION = 3
_SET_BY_TOPIC = 1  # ConfigSource of DescribeConfigs: said of this very topic, no default


async def ensure_topics(
    settings: KafkaSettings, wanted: Mapping[str, timedelta] = RETENTION
) -> Sequence[str]:
    """Create what is missing, grow what is small, and return a line for each change.

    May run at any time, and twice. Nothing is shrunk or dropped, and settings of topics that are
    not ours to decide stay. Raises Unavailable.
    """
    admin = AIOKafkaAdminClient(**client_options(settings, "calotype-topics"))
    with kafka_errors(settings, "change its topics"):
        try:
            async with asyncio.timeout(6 * settings.kafka_timeout_seconds):
                await admin.start()
                return await _ensured(admin, settings, wanted)
        finally:
            await admin.close()


async def _ensured(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, wanted: Mapping[str, timedelta]
) -> Sequence[str]:
    there = await _partitions(admin)
    configs = {
        settings.kafka_namespace + topic: _configs(topic, kept, settings)
        for topic, kept in wanted.items()
    }
    missing = {name: said for name, said in configs.items() if name not in there}
    changes = [*await _create(admin, missing, settings)] if missing else []
    for name in configs.keys() & there.keys():
        changes += await _grow(admin, name, there[name], settings)
        changes += await _configure(admin, name, configs[name])
    return sorted(changes)


async def _partitions(admin: AIOKafkaAdminClient) -> Mapping[str, int]:
    return {
        one["topic"]: len(one["partitions"])
        for one in await admin.describe_topics(await admin.list_topics())
    }


def _configs(topic: str, kept: timedelta, settings: KafkaSettings) -> dict[str, str]:
    configs = {
        "cleanup.policy": "delete",
        "retention.ms": str(int(kept.total_seconds() * 1000)),
        # The brokers' time: a service whose clock is wrong can neither shorten what is kept nor be
        # refused.
        "message.timestamp.type": "LogAppendTime",
    }
    if topic == DEAD_LETTERS:
        configs["max.message.bytes"] = str(MAX_RECORD_BYTES)
    if settings.kafka_replication >= _SAFE_REPLICATION:
        configs["min.insync.replicas"] = "2"
    return configs


async def _create(
    admin: AIOKafkaAdminClient, missing: Mapping[str, dict[str, str]], settings: KafkaSettings
) -> Sequence[str]:
    topics = [
        NewTopic(
            name,
            num_partitions=settings.kafka_partitions,
            replication_factor=settings.kafka_replication,
            topic_configs=configs,
        )
        for name, configs in missing.items()
    ]
    answer = await admin.create_topics(topics)
    errors = {name: (code, said) for name, code, said in answer.topic_errors if code}
    for code, said in errors.values():
        if code != TopicAlreadyExistsError.errno:  # else somebody was faster
            raise for_code(code)(said)
    return [
        f"{name}: created with {settings.kafka_partitions} partitions"
        for name in missing.keys() - errors.keys()
    ]


async def _grow(
    admin: AIOKafkaAdminClient, name: str, partitions: int, settings: KafkaSettings
) -> Sequence[str]:
    if partitions >= settings.kafka_partitions:
        return ()
    await admin.create_partitions({name: NewPartitions(total_count=settings.kafka_partitions)})
    return [f"{name}: grown from {partitions} to {settings.kafka_partitions} partitions"]


async def _configure(
    admin: AIOKafkaAdminClient, name: str, configs: Mapping[str, str]
) -> Sequence[str]:
    known = await _configured(admin, name)
    changed = {key: value for key, value in configs.items() if known.get(key) != value}
    if not changed:
        return ()
    # The request replaces all that is said of the topic, so that what others said is said again.
    everything = {**known, **changed}
    for answer in await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, configs=everything)]
    ):
        for code, said, *_ in answer.resources:
            if code:
                raise for_code(code)(said)
    return [f"{name}: {key} set to {value}" for key, value in changed.items()]


async def _configured(admin: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {
        key: value
        for answer in answers
        for *_, entries in answer.resources
        for key, value, _read_only, source, *_rest in entries
        if source == _SET_BY_TOPIC
    }
