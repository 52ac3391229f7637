import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerClosed
from aiokafka.protocol.group import LeaveGroupRequest

from calotype_core import logs
from calotype_core.adapters.kafka.connection import reason
from calotype_core.adapters.kafka.settings import KafkaSettings

_log = logs.get_logger(__name__)

Client: TypeAlias = AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient

_STOP_SECONDS = 5.0
_ABANDON_SECONDS = 1.0
_LEAVE_SECONDS = 2.0
_HANG_UP_SECONDS = 0.2
_LATE_SECONDS = 2.0


async def started(client: Client, settings: KafkaSettings) -> None:
    """Start a client; raises what keeps it from the brokers."""
    try:
        await _begun(client, settings.kafka_timeout_seconds)
    except KafkaConnectionError as error:
        found = await reason(settings)
        await asyncio.sleep(_HANG_UP_SECONDS)  # what failed is closed, and has still to hang up
        if found is None:
            raise
        raise found from error


async def _begun(client: Client, seconds: float) -> None:
    starting = asyncio.ensure_future(client.start())
    starting.add_done_callback(_looked_at)
    try:
        await asyncio.wait([starting], timeout=seconds)
    finally:
        if not starting.done():  # cut off in a handshake it would leave its socket to chance
            await asyncio.wait([starting], timeout=_LATE_SECONDS)
            starting.cancel()
    if not starting.done() or starting.cancelled():
        raise TimeoutError
    starting.result()


def _looked_at(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()


async def acquainted(
    consumer: AIOKafkaConsumer, topics: Sequence[str], settings: KafkaSettings
) -> None:
    """Have a consumer know the topics that it is to subscribe to; raises where there is no such.

    One that learns of their partitions once it is a member has its group begin again.
    """
    async with asyncio.timeout(settings.kafka_timeout_seconds):
        for topic in topics:
            await consumer._client._wait_on_metadata(topic)  # noqa: SLF001 - as start() does


async def stopped(client: Client) -> None:
    """Stop a client; one that hangs (aiokafka #773), or fails half-way, is torn down."""
    admin = isinstance(client, AIOKafkaAdminClient)
    stopping = asyncio.ensure_future(client.close() if admin else client.stop())
    try:
        await asyncio.wait([stopping], timeout=_STOP_SECONDS)
    finally:
        if not stopping.done() or stopping.cancelled() or stopping.exception():
            stopping.cancel()
            await _abandoned(client)
            await asyncio.wait([stopping], timeout=_ABANDON_SECONDS)
            _log.warning("a Kafka client did not stop by itself", kind=type(client).__name__)


async def left(consumer: AIOKafkaConsumer) -> None:
    """Leave the group while others are waited for: stop() would wait with them, then just go.

    A member that goes without a word is waited for, and then keeps its share, for a session.
    """
    group = consumer._coordinator  # noqa: SLF001 - as below
    if group is None or group.coordinator_id is None or not group.member_id:
        return
    request = LeaveGroupRequest(group.group_id, group.member_id)
    with suppress(KafkaError, OSError):
        async with asyncio.timeout(_LEAVE_SECONDS):
            # Not on the coordinator's own connection, which waits for an answer until all joined.
            await consumer._client.send(group.coordinator_id, request)  # noqa: SLF001 - as below


async def _abandoned(client: Client) -> None:
    # The one place that looks into the library: it has no way to give up what it began. What an
    # idempotent producer has taken it would send for ever, on tasks and sockets that nobody closes.
    if isinstance(client, AIOKafkaProducer):
        inner = client.client
        await _briefly(inner.close())
        await _ended(client._sender.sender_task)  # noqa: SLF001
        _drop_batches(client._message_accumulator)  # noqa: SLF001
    elif isinstance(client, AIOKafkaAdminClient):
        inner = client._client  # noqa: SLF001
        await _briefly(inner.close())
    else:
        inner, group = client._client, client._coordinator  # noqa: SLF001
        for name in ("_coordination_task", "_heartbeat_task", "_commit_refresh_task"):
            await _ended(getattr(group, name, None))
        if client._fetcher is not None:  # noqa: SLF001
            await _briefly(client._fetcher.close())  # noqa: SLF001
        await _briefly(inner.close())
    if (waited_for := inner._md_update_fut) is not None:  # noqa: SLF001
        waited_for.cancel()


def _drop_batches(accumulator: Any) -> None:  # noqa: ANN401 - the library's
    in_line = [*chain.from_iterable(accumulator._batches.values())]  # noqa: SLF001
    batches = {*in_line, *accumulator._pending_batches}  # noqa: SLF001
    accumulator._batches.clear()  # noqa: SLF001
    # Those that stand in line for another try have left this set, and will be taken out of it.
    accumulator._pending_batches.update(batches)  # noqa: SLF001
    accumulator.fail_all(ProducerClosed())
    for batch in batches:
        batch._drain_waiter.exception()  # noqa: SLF001 - else it is logged as forgotten


async def _ended(task: asyncio.Task[Any] | None) -> None:
    for _ in range(3):  # each time it is cancelled in what it waits for meanwhile
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait([task], timeout=_ABANDON_SECONDS)


async def _briefly(closing: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(closing)
    task.add_done_callback(_looked_at)  # there is nothing more to try
    await asyncio.wait([task], timeout=_ABANDON_SECONDS)
    task.cancel()
