"""Topics, as topology.py wants them: created, grown, kept for as long as it says; never less."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidPartitionsError, TopicAlreadyExistsError, for_code

from calotype_core.adapters.kafka.clients import started, stopped
from calotype_core.adapters.kafka.connection import client_options, kafka_errors
from calotype_core.adapters.kafka.producer import MAX_RECORD_BYTES
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.topology import DEAD_LETTERS, RETENTION

_SAFE_REPLICATION = 3
_SET_BY_TOPIC = 1  # ConfigSource of DescribeConfigs: said of this very topic, no default
_FOR_EVER = -1
_LOOK_AGAIN_SECONDS = 0.1
# The brokers' time: a service whose clock is wrong can neither shorten what is kept nor be refused.
_FIXED = {"cleanup.policy": "delete", "message.timestamp.type": "LogAppendTime"}


async def ensure_topics(
    settings: KafkaSettings, wanted: Mapping[str, timedelta] = RETENTION
) -> Sequence[str]:
    """Create what is missing, raise what is too small, and return a line for each change.

    May run at any time, twice, and twice at once. Nothing is shrunk, shortened or dropped, and
    settings of topics that are not ours to decide stay. Raises Unavailable.
    """
    admin = AIOKafkaAdminClient(**client_options(settings, "calotype-topics"))
    with kafka_errors(settings, "change its topics"):
        try:
            async with asyncio.timeout(6 * settings.kafka_timeout_seconds):
                await started(admin, settings)
                return await _ensured(admin, settings, wanted)
        finally:
            await stopped(admin)


async def _ensured(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, wanted: Mapping[str, timedelta]
) -> Sequence[str]:
    least = {
        settings.kafka_namespace + topic: _least(topic, kept, settings)
        for topic, kept in wanted.items()
    }
    missing = least.keys() - await _partitions(admin)
    created = await _create(admin, {name: least[name] for name in missing}, settings)
    changes = [f"{name}: created with {settings.kafka_partitions} partitions" for name in created]
    there = await _shown(admin, dict.fromkeys(least, 1))
    for name in least.keys() - created:
        changes += await _grow(admin, name, there[name], settings)
        changes += await _configure(admin, name, least[name])
    await _shown(admin, dict.fromkeys(least, settings.kafka_partitions))
    return sorted(changes)


async def _partitions(admin: AIOKafkaAdminClient) -> Mapping[str, int]:
    # Of all topics: to ask for one by its name would create it, where brokers do that.
    return {one["topic"]: len(one["partitions"]) for one in await admin.describe_topics()}


async def _shown(admin: AIOKafkaAdminClient, wanted: Mapping[str, int]) -> Mapping[str, int]:
    """Wait until the brokers tell of the topics with so many partitions: they do so a bit later."""
    while True:
        there = await _partitions(admin)
        if all(there.get(name, 0) >= count for name, count in wanted.items()):
            return there
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _least(topic: str, kept: timedelta, settings: KafkaSettings) -> Mapping[str, int]:
    numbers = {"retention.ms": int(kept.total_seconds() * 1000)}
    if topic == DEAD_LETTERS:
        numbers["max.message.bytes"] = MAX_RECORD_BYTES
    if settings.kafka_replication >= _SAFE_REPLICATION:
        numbers["min.insync.replicas"] = 2
    return numbers


async def _create(
    admin: AIOKafkaAdminClient, missing: Mapping[str, Mapping[str, int]], settings: KafkaSettings
) -> AbstractSet[str]:
    """Return those that this has created, and not somebody else at the same time."""
    topics = [
        NewTopic(
            name,
            num_partitions=settings.kafka_partitions,
            replication_factor=settings.kafka_replication,
            topic_configs={**_FIXED, **{key: str(number) for key, number in numbers.items()}},
        )
        for name, numbers in missing.items()
    ]
    if not topics:
        return frozenset()
    answer = await admin.create_topics(topics)
    faster = {
        name for name, code, _ in answer.topic_errors if code == TopicAlreadyExistsError.errno
    }
    _raise_first((code, said) for name, code, said in answer.topic_errors if name not in faster)
    return missing.keys() - faster


async def _grow(
    admin: AIOKafkaAdminClient, name: str, partitions: int, settings: KafkaSettings
) -> Sequence[str]:
    if partitions >= settings.kafka_partitions:
        return ()
    wanted = NewPartitions(total_count=settings.kafka_partitions)
    try:
        await admin.create_partitions({name: wanted})
    except InvalidPartitionsError:  # somebody was faster, or wanted even more
        return ()
    return [f"{name}: grown from {partitions} to {settings.kafka_partitions} partitions"]


async def _configure(
    admin: AIOKafkaAdminClient, name: str, least: Mapping[str, int]
) -> Sequence[str]:
    effective, own = await _configured(admin, name)
    changed = {key: value for key, value in _FIXED.items() if effective.get(key) != value}
    changed |= {
        key: str(number) for key, number in least.items() if _is_less(effective.get(key), number)
    }
    if not changed:
        return ()
    # The request replaces all that is said of the topic, so that what others said is said again.
    everything = {**own, **changed}
    for answer in await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, configs=everything)]
    ):
        _raise_first((code, said) for code, said, *_ in answer.resources)
    return [f"{name}: {key} set to {value}" for key, value in changed.items()]


def _is_less(value: str | None, number: int) -> bool:
    return value is None or _FOR_EVER < int(value) < number


async def _configured(
    admin: AIOKafkaAdminClient, name: str
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what holds for a topic, and what of it was said of this very topic."""
    effective: dict[str, str] = {}
    own: dict[str, str] = {}
    for answer in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)]):
        _raise_first((code, said) for code, said, *_ in answer.resources)
        for *_, entries in answer.resources:
            for key, value, _read_only, source, *_rest in entries:
                effective[key] = value
                if source == _SET_BY_TOPIC:
                    own[key] = value
    return effective, own


def _raise_first(answers: Iterable[tuple[int, Any]]) -> None:
    for code, said in answers:
        if code:
            raise for_code(code)(said)
