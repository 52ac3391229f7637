"""What `calotype bucket ensure` makes of a bucket."""

from collections.abc import AsyncIterator

import pytest
from minio.commonconfig import ENABLED, Filter
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule

from calotype_core.adapters.s3.bucket import OLD_VERSIONS_DAYS, ensure_bucket
from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.errors import Unavailable
from tests import buckets
from tests.servers import environ

pytestmark = [pytest.mark.anyio, pytest.mark.cluster]


@pytest.fixture
def settings() -> S3Settings:
    return buckets.settings_of(buckets.new_name(), CALOTYPE_S3_NOTIFY_ARN="")


@pytest.fixture
async def connection(settings: S3Settings) -> AsyncIterator[S3Connection]:
    async with S3Connection.open(settings) as opened:
        yield opened


def rules(connection: S3Connection) -> dict[str | None, Rule]:
    found = connection.client.get_bucket_lifecycle(connection.bucket)
    return {rule.rule_id: rule for rule in found.rules} if found else {}


def queues(connection: S3Connection) -> list[tuple[str | None, str | None]]:
    found = connection.client.get_bucket_notification(connection.bucket)
    rules = [(one.queue, one.prefix_filter_rule) for one in found.queue_config_list]
    return [(queue, prefix.value if prefix else None) for queue, prefix in rules]


async def test_a_missing_bucket_is_made(connection: S3Connection, settings: S3Settings) -> None:
    """A bucket that is not there is made, and keeps versions, replaced ones for a time."""
    done = await ensure_bucket(connection, settings)
    assert done[0] == f"Made the bucket {connection.bucket} in us-east-1."
    assert connection.client.get_bucket_versioning(connection.bucket).status == ENABLED
    expiry = rules(connection)["calotype-old-versions"].noncurrent_version_expiration
    assert expiry
    assert expiry.noncurrent_days == OLD_VERSIONS_DAYS
    await connection.check()


async def test_once_is_enough(connection: S3Connection, settings: S3Settings) -> None:
    """A bucket that is as it should be is left alone, and nothing is said to have changed."""
    await ensure_bucket(connection, settings)
    before = rules(connection)
    assert await ensure_bucket(connection, settings) == []
    assert rules(connection) == before


async def test_what_others_configured_stays(connection: S3Connection, settings: S3Settings) -> None:
    """Somebody's own lifecycle rule, and their wish for other days, outlive ours."""
    theirs = Rule(
        ENABLED, Filter(prefix="uploads/"), rule_id="theirs", expiration=Expiration(days=7)
    )
    connection.client.make_bucket(connection.bucket)
    connection.client.set_bucket_lifecycle(connection.bucket, LifecycleConfig([theirs]))
    await ensure_bucket(connection, settings)
    found = rules(connection)
    assert found["theirs"] == theirs
    assert "calotype-old-versions" in found


async def test_new_objects_are_announced(connection: S3Connection) -> None:
    """Where a queue is set, the bucket tells it of new objects below uploads/, once."""
    arn = environ()["CALOTYPE_S3_NOTIFY_ARN"]
    settings = buckets.settings_of(connection.bucket, CALOTYPE_S3_NOTIFY_ARN=arn)
    assert any(arn in one for one in await ensure_bucket(connection, settings))
    assert await ensure_bucket(connection, settings) == []
    assert queues(connection) == [(arn, "uploads/")]


async def test_a_queue_that_is_none_is_named(connection: S3Connection) -> None:
    """A queue that the store does not know is told with its variable, and nothing is set."""
    settings = buckets.settings_of(
        connection.bucket, CALOTYPE_S3_NOTIFY_ARN="arn:minio:sqs::NOBODY:kafka"
    )
    with pytest.raises(Unavailable, match="CALOTYPE_S3_NOTIFY_ARN"):
        await ensure_bucket(connection, settings)
    assert queues(connection) == []
