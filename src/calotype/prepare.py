"""calotype topics|bucket|records ensure: make a server what Calotype needs, once or again.

And what is kept on one of them that an operator has to know.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from secrets import token_bytes

from calotype_core import logs
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.secrets import MongoSecrets
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.adapters.s3.bucket import ensure_bucket
from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.settings import load
from calotype_notifier.own_secret import CallbackSecrets
from calotype_notifier.settings import DeliverySettings

Environ = Mapping[str, str]


async def ensure(what: str, environ: Environ) -> None:
    """Prepare one of WHAT with the environment's settings, and print a line for each change.

    May run at any time, and twice. Raises SettingsError, Unavailable.
    """
    logs.configure("auto", "critical")  # what goes wrong is in the error, and said once
    done = await WHAT[what](environ)
    print(*(done or ["nothing to change"]), sep="\n")


async def callback_secrets(environ: Environ) -> tuple[str, ...]:
    """Return what signs the services' requests to callback URLs: chosen, or kept in MongoDB.

    Raises SettingsError, Unavailable.
    """
    chosen = load(DeliverySettings, environ).webhook_secret
    async with Mongo.open(load(MongoSettings, environ), random=Random()) as mongo:  # noqa: S311 - jitter
        return await CallbackSecrets(chosen, MongoSecrets(mongo), token_bytes).get()


async def _topics(environ: Environ) -> Sequence[str]:
    return await ensure_topics(load(KafkaSettings, environ))


async def _bucket(environ: Environ) -> Sequence[str]:
    settings = load(S3Settings, environ)
    async with S3Connection.open(settings) as connection:
        return await ensure_bucket(connection, settings)


async def _records(environ: Environ) -> Sequence[str]:
    settings = load(MongoSettings, environ)
    async with Mongo.open(settings, random=Random()) as mongo:  # noqa: S311 - jitter
        return await mongo.prepare()


WHAT: Mapping[str, Callable[[Environ], Awaitable[Sequence[str]]]] = {
    "topics": _topics,
    "bucket": _bucket,
    "records": _records,
}
