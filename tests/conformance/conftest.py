"""One fixture a port gives each of its adapters in turn; open_… gives the durable ones unopened."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from functools import partial
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from calotype_core.ports.attempts import Attempts
from calotype_core.ports.deliveries import Deliveries
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.expansions import Expansions
from calotype_core.ports.idempotency import IdempotencyKeys
from calotype_core.ports.image_records import ImageRecords
from calotype_core.ports.job_records import JobRecords
from calotype_core.ports.object_store import ObjectStore
from calotype_core.ports.secrets import Secrets
from calotype_core.ports.webhooks import Webhooks
from tests import servers
from tests.conformance.adapters import (
    ATTEMPTS,
    CHANNELS,
    DELIVERIES,
    EVENT_LOGS,
    EXPANSIONS,
    IDEMPOTENCY_KEYS,
    IMAGE_RECORDS,
    INBOXES,
    JOB_RECORDS,
    LABELLERS,
    OBJECT_STORES,
    SECRETS,
    WEBHOOKS,
    Place,
    durable,
    every,
)
from tests.conformance.channels import SECRET, Outlet
from tests.conformance.inboxes import Letterbox
from tests.conformance.labellers import Open, stand_in_for_aws
from tests.receiver import Receiver


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with ExitStack() as afterwards:
        place = Place(tmp_path, afterwards)
        yield place
        if "kafka" in request.node.name:
            asyncio.run(servers.drop_topics(place.kafka()))


@pytest.fixture(params=every(OBJECT_STORES))
async def object_store(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[ObjectStore]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(OBJECT_STORES))
def open_object_store(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[ObjectStore]]:
    return partial(request.param, place)


@pytest.fixture(params=every(INBOXES))
async def letterbox(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Letterbox]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Yield an endpoint that stands for one in public; whatever came there is verified after."""
    async with Receiver.open("127.0.0.2") as receiver:
        yield receiver
    for one in receiver.received:
        Webhook(SECRET).verify(one.body, one.headers)


@pytest.fixture(params=every(CHANNELS))
async def outlet(request: pytest.FixtureRequest) -> AsyncIterator[Outlet]:
    async with request.param() as opened:
        yield opened


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """Yield the address of what stands in for AWS."""
    with stand_in_for_aws() as endpoint:
        yield endpoint


@pytest.fixture(params=every(LABELLERS))
def open_labellers(request: pytest.FixtureRequest) -> Open:
    return partial(request.param, lambda: request.getfixturevalue("aws"))


@pytest.fixture(params=every(EVENT_LOGS))
async def event_log(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[EventLog]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(EVENT_LOGS))
def open_event_log(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[EventLog]]:
    return partial(request.param, place)


@pytest.fixture(params=every(IMAGE_RECORDS))
async def image_records(
    request: pytest.FixtureRequest, place: Place
) -> AsyncIterator[ImageRecords]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(IMAGE_RECORDS))
def open_image_records(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[ImageRecords]]:
    return partial(request.param, place)


@pytest.fixture(params=every(JOB_RECORDS))
async def job_records(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[JobRecords]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(JOB_RECORDS))
def open_job_records(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[JobRecords]]:
    return partial(request.param, place)


@pytest.fixture(params=every(ATTEMPTS))
async def attempts(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Attempts]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(ATTEMPTS))
def open_attempts(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[Attempts]]:
    return partial(request.param, place)


@pytest.fixture(params=every(DELIVERIES))
async def deliveries(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Deliveries]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(DELIVERIES))
def open_deliveries(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[Deliveries]]:
    return partial(request.param, place)


@pytest.fixture(params=every(WEBHOOKS))
async def webhooks(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Webhooks]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(WEBHOOKS))
def open_webhooks(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[Webhooks]]:
    return partial(request.param, place)


@pytest.fixture(params=every(SECRETS))
async def secrets(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Secrets]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(SECRETS))
def open_secrets(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[Secrets]]:
    return partial(request.param, place)


@pytest.fixture(params=every(EXPANSIONS))
async def expansions(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Expansions]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(EXPANSIONS))
def open_expansions(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[Expansions]]:
    return partial(request.param, place)


@pytest.fixture(params=every(IDEMPOTENCY_KEYS))
async def idempotency_keys(
    request: pytest.FixtureRequest, place: Place
) -> AsyncIterator[IdempotencyKeys]:
    async with request.param(place) as opened:
        yield opened


@pytest.fixture(params=durable(IDEMPOTENCY_KEYS))
def open_idempotency_keys(
    request: pytest.FixtureRequest, place: Place
) -> Callable[[], AbstractAsyncContextManager[IdempotencyKeys]]:
    return partial(request.param, place)
